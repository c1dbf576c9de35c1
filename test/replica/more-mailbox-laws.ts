import type { Law } from './law.js'
import { append, create, drop, rename, uidNext } from './mailbox-laws.js'

/** Of mailboxes that a device has named before, and of UIDs beside those of other mailboxes. */
export const moreMailboxLaws: readonly Law[] = [
  {
    name: 'a mailbox that the device has named is not the one that it makes by the same name later',
    before: (w) => w.mailbox('work', ['Work']),
    does: [create('work', ['Work']), create('another', ['Work'])],
    after: ['INBOX/ inbox', 'Work (2)/ another', 'Work/ work'],
    told: ['mailbox-apart in another (Work (2))'],
  },
  {
    name: 'a mailbox that turned out to be that of the device is not another one of its too',
    before: (w) => w.mailbox('work', ['Work']),
    does: [create('mine', ['Work']), create('another', ['Work'])],
    after: ['INBOX/ inbox', 'Work (2)/ another', 'Work/ work'],
    told: ['mine is work', 'mailbox-apart in another (Work (2))'],
  },
  {
    name: 'a mailbox that has met another one stays that one, whatever its name is by now',
    before: (w) => w.mailbox('work', ['Work']),
    does: [create('mine', ['Work']), rename('mine', ['Work'], ['Labour']), create('mine', ['Work'])],
    after: ['INBOX/ inbox', 'Labour/ work'],
    told: ['mine is work', 'mine is work'],
  },
  {
    name: 'a mailbox that has met one which was deleted since is a new one',
    before: (w) => w.mailbox('work', ['Work']),
    does: [create('mine', ['Work']), drop('mine'), create('mine', ['Work']), append('a', 'mine')],
    after: ['INBOX/ inbox', 'Work/ mine', 'Work/a hidden'],
  },
  {
    name: 'a mailbox that was deleted here, has met one which was deleted since, and is brought back is itself again',
    before: async (w) => {
      await w.see()
      await w.mailbox('mine', ['Work'], 'device')
      await w.drop('mine')
      await w.mailbox('work', ['Work'])
      await w.callsIt('mine', 'work')
      await w.drop('work')
    },
    does: [create('mine', ['Work']), append('a', 'mine')],
    after: ['INBOX/ inbox', 'Work/ mine', 'Work/a hidden'],
  },
  {
    name: 'UIDs of one mailbox are not those of another',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('a')
      await w.message('b', { mailbox: 'work' })
    },
    does: [uidNext('inbox', 10)],
    after: ['INBOX/ inbox', 'INBOX/a #10', 'Work/ work', 'Work/b #1'],
  },
]
