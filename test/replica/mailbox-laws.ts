import type { MailboxPath } from '../../src/replica/model.js'
import type { Operation } from '../../src/replica/operation.js'
import type { Law } from './law.js'
import { digestOf, id, internalDateMs } from './world.js'

export const create = (mailbox: string, path: MailboxPath): Operation => ({
  op: 'mailbox-create',
  mailbox: id(mailbox),
  path,
})

export const rename = (mailbox: string, from: MailboxPath, to: MailboxPath): Operation => ({
  op: 'mailbox-rename',
  mailbox: id(mailbox),
  from,
  to,
})

export const drop = (mailbox: string): Operation => ({ op: 'mailbox-delete', mailbox: id(mailbox) })

const subscribe = (mailbox: string, subscribed: boolean): Operation => ({
  op: 'mailbox-subscribe',
  mailbox: id(mailbox),
  subscribed,
})

const renumber = (message: string, uid: number): Operation => ({ op: 'renumber', message: id(message), uid })

export const uidNext = (mailbox: string, uidNext: number): Operation => ({
  op: 'uid-next',
  mailbox: id(mailbox),
  uidNext,
})

export const append = (message: string, mailbox: string): Operation => ({
  op: 'append',
  mailbox: id(mailbox),
  message: id(message),
  flags: [],
  internalDateMs,
  digest: digestOf(message),
  sizeBytes: 10,
  adopt: false,
})

export const mailboxLaws: readonly Law[] = [
  // mailbox-create
  { name: 'a mailbox is made', does: [create('work', ['Work'])], after: ['INBOX/ inbox', 'Work/ work'] },
  {
    name: 'a mailbox that is here by this GUID keeps its name',
    before: (w) => w.mailbox('work', ['Labour']),
    does: [create('work', ['Work'])],
    after: ['INBOX/ inbox', 'Labour/ work'],
  },
  {
    name: 'at the first meeting a mailbox of the same name is the same, and no conflict',
    before: (w) => w.mailbox('work', ['Work']),
    does: [create('mine', ['Work'])],
    after: ['INBOX/ inbox', 'Work/ work'],
    told: ['mine is work'],
  },
  {
    name: 'later a mailbox of the same name that the device has not seen is the same, and noted',
    before: async (w) => {
      await w.see()
      await w.mailbox('work', ['Work'])
    },
    does: [create('mine', ['Work'])],
    after: ['INBOX/ inbox', 'Work/ work'],
    told: ['mine is work', 'mailbox-merged in work (Work)'],
  },
  {
    name: 'a name that the device once had for another mailbox means the one that it was told of since',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.callsIt('mine', 'work')
      await w.drop('work')
      await w.mailbox('mine', ['Work'], 'other')
      await w.see()
    },
    does: [append('a', 'mine')],
    after: ['INBOX/ inbox', 'Work/ mine', 'Work/a hidden'],
  },
  {
    name: 'and means the other one as long as the device has not been told',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.callsIt('mine', 'work')
      await w.see()
      await w.mailbox('mine', ['Mine'], 'other')
    },
    does: [append('a', 'mine')],
    after: ['INBOX/ inbox', 'Mine/ mine', 'Work/ work', 'Work/a hidden'],
  },
  {
    name: 'a mailbox of the same name that the device knows is another one',
    before: async (w) => {
      await w.mailbox('work', ['Labour'])
      await w.see()
      await w.rename('work', ['Work'])
    },
    does: [create('mine', ['Work'])],
    after: ['INBOX/ inbox', 'Work (2)/ mine', 'Work/ work'],
    told: ['mailbox-apart in mine (Work (2))'],
  },
  {
    name: 'a deleted mailbox is brought back by a device that has met this replica and seen its mailboxes',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.see()
      await w.drop('work')
    },
    does: [create('work', ['Work'])],
    after: ['INBOX/ inbox', 'Work/ work'],
  },
  {
    name: 'a deleted mailbox is brought back by a device that never met this replica',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.drop('work')
      w.strange()
    },
    does: [create('work', ['Work'])],
    after: ['INBOX/ inbox', 'Work/ work'],
  },
  {
    name: 'a deleted mailbox stays so for a device that compares everything',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.drop('work')
    },
    does: [create('work', ['Work'])],
    after: ['INBOX/ inbox'],
  },
  // mailbox-rename
  {
    name: 'a mailbox is renamed',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.see()
    },
    does: [rename('work', ['Work'], ['Labour'])],
    after: ['INBOX/ inbox', 'Labour/ work'],
  },
  {
    name: 'renamed on both sides it has the name of this one',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.see()
      await w.rename('work', ['Toil'])
    },
    does: [rename('work', ['Work'], ['Labour'])],
    after: ['INBOX/ inbox', 'Toil/ work'],
    told: ['mailbox-names in work (Labour)'],
  },
  {
    name: 'renamed alike on both sides it is no conflict',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.see()
      await w.rename('work', ['Labour'])
    },
    does: [rename('work', ['Work'], ['Labour'])],
    after: ['INBOX/ inbox', 'Labour/ work'],
  },
  {
    name: 'renamed to a name that is taken it gets one beside it',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.see()
      await w.mailbox('other', ['Labour'])
    },
    does: [rename('work', ['Work'], ['Labour'])],
    after: ['INBOX/ inbox', 'Labour (2)/ work', 'Labour/ other'],
    told: ['mailbox-apart in work (Labour (2))'],
  },
  {
    name: 'a rename of a deleted mailbox is nothing',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.see()
      await w.drop('work')
    },
    does: [rename('work', ['Work'], ['Labour'])],
    after: ['INBOX/ inbox'],
  },
  // mailbox-delete
  {
    name: 'a mailbox goes with the mail that the device knew',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('a', { mailbox: 'work' })
      await w.see()
    },
    does: [drop('work')],
    after: ['INBOX/ inbox', 'a: gone'],
  },
  {
    name: 'mail that the device had not seen keeps its mailbox',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('a', { mailbox: 'work' })
      await w.see()
      await w.message('b', { mailbox: 'work' })
    },
    does: [drop('work')],
    after: ['INBOX/ inbox', 'Work/ work', 'Work/b #2', 'a: gone'],
    told: ['mailbox-kept in work (1)'],
  },
  {
    name: 'mail that was marked meanwhile keeps its mailbox',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('a', { mailbox: 'work' })
      await w.see()
      await w.flag('a', ['\\Flagged'])
    },
    does: [drop('work')],
    after: ['INBOX/ inbox', 'Work/ work', 'Work/new #2 \\Flagged', 'a: gone, lives on as new'],
    told: ['kept in work here a there new', 'mailbox-kept in work (1)'],
  },
  {
    name: 'mail that the guard does not let go keeps its mailbox',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('a', { mailbox: 'work' })
      await w.see()
      w.guard()
    },
    does: [drop('work')],
    after: ['INBOX/ inbox', 'Work/ work', 'Work/new #2', 'a: gone, lives on as new'],
    told: ['mailbox-kept in work (1)'],
  },
  {
    name: 'mail of the device that still waits for its content goes with its mailbox',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.see()
    },
    does: [append('a', 'work'), drop('work')],
    after: ['INBOX/ inbox', 'a: gone'],
  },
  { name: 'a delete of what was never here is nothing', does: [drop('work')], after: ['INBOX/ inbox'] },
  {
    name: 'a relay tells its upstream of the mailbox, and not of the mail in it',
    hasUpstream: true,
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('a', { mailbox: 'work' })
      await w.see()
    },
    does: [drop('work')],
    after: [
      'INBOX/ inbox',
      'a: gone',
      'upstream: mailbox-create inbox',
      'upstream: mailbox-create work',
      'upstream: mailbox-delete work',
    ],
  },
  // mailbox-subscribe
  {
    name: 'a subscription ends and begins',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.mailbox('home', ['Home'])
    },
    does: [subscribe('work', false), subscribe('home', false), subscribe('home', true)],
    after: ['Home/ home', 'INBOX/ inbox', 'Work/ work, not subscribed'],
  },
  {
    name: 'a subscription of what was never here is nothing',
    does: [subscribe('work', true)],
    after: ['INBOX/ inbox'],
  },
  // renumber
  {
    name: 'a message that the mail server of the device has renumbered gets a UID above that one',
    before: async (w) => {
      await w.message('a')
      await w.see()
    },
    does: [renumber('a', 9)],
    after: ['INBOX/ inbox', 'INBOX/a #10'],
  },
  {
    name: 'a UID that was given gets neither of the two',
    before: async (w) => {
      await w.message('a')
      await w.see()
      await w.message('b')
    },
    does: [renumber('a', 2)],
    after: ['INBOX/ inbox', 'INBOX/a #4', 'INBOX/b #3'],
  },
  {
    name: 'a UID of what is gone is not given again',
    before: async (w) => {
      await w.message('a')
      await w.see()
      await w.expunge('a')
      await w.message('b')
    },
    does: [renumber('a', 5)],
    after: ['INBOX/ inbox', 'INBOX/b #6', 'a: gone'],
  },
  {
    name: 'a relay passes a UID on',
    hasUpstream: true,
    before: (w) => w.message('a'),
    does: [renumber('a', 9)],
    after: ['INBOX/ inbox', 'INBOX/a #0', 'upstream: mailbox-create inbox', 'upstream: renumber a'],
  },
  {
    name: 'a relay passes on that a UID of what is gone was given',
    hasUpstream: true,
    before: async (w) => {
      await w.message('a')
      await w.expunge('a')
    },
    does: [renumber('a', 5)],
    after: [
      'INBOX/ inbox',
      'a: gone',
      'upstream: expunge a',
      'upstream: mailbox-create inbox',
      'upstream: uid-next inbox 6',
    ],
  },
  // uid-next
  {
    name: 'UIDs that may have been shown are not given again, and what the device has not heard of gets others',
    before: async (w) => {
      await w.message('a')
      await w.see()
      await w.message('b')
      await w.message('c')
    },
    does: [uidNext('inbox', 10)],
    after: ['INBOX/ inbox', 'INBOX/a #1', 'INBOX/b #10', 'INBOX/c #11'],
  },
  {
    name: 'a UIDNEXT below all is nothing',
    before: async (w) => {
      await w.message('a')
      await w.see()
      await w.message('b')
    },
    does: [uidNext('inbox', 2)],
    after: ['INBOX/ inbox', 'INBOX/a #1', 'INBOX/b #2'],
  },
  {
    name: 'a relay passes a UIDNEXT on',
    hasUpstream: true,
    does: [uidNext('inbox', 10)],
    after: ['INBOX/ inbox', 'upstream: mailbox-create inbox', 'upstream: uid-next inbox 10'],
  },
]
