import type { Law } from './law.js'
import { append, copy, flags, recall } from './message-laws.js'
import { id } from './world.js'

const made = ['upstream: mailbox-create inbox', 'upstream: mailbox-create work']

/** What a replica that has an upstream itself tells that of what a device did. */
export const relayLaws: readonly Law[] = [
  {
    name: 'a relay passes a copy on',
    hasUpstream: true,
    before: (w) => w.message('b'),
    does: [copy('a', 'b')],
    after: ['INBOX/ inbox', 'INBOX/a #0', 'INBOX/b #0', 'upstream: copy a', 'upstream: mailbox-create inbox'],
  },
  {
    name: 'a relay waits for content that neither it nor its upstream has',
    hasUpstream: true,
    does: [append('a'), copy('b', 'a')],
    after: ['INBOX/ inbox', 'INBOX/a hidden', 'INBOX/b hidden', 'upstream: mailbox-create inbox'],
  },
  {
    name: 'a relay passes flags on, as far as they are new',
    hasUpstream: true,
    before: (w) => w.message('a', { flags: ['\\Seen'] }),
    does: [flags('a', ['\\Flagged']), flags('a', ['\\Seen'])],
    after: [
      'INBOX/ inbox',
      'INBOX/a #0 \\Flagged \\Seen',
      'upstream: flags a',
      'upstream: mailbox-create inbox',
    ],
  },
  {
    name: 'a relay tells of what lives on that it is a copy of what is gone',
    hasUpstream: true,
    before: async (w) => {
      await w.message('a')
      await w.see()
      await w.expunge('a')
    },
    does: [flags('a', ['\\Flagged'])],
    after: [
      'INBOX/ inbox',
      'INBOX/new #0 \\Flagged',
      'a: gone, lives on as new',
      'upstream: copy new',
      'upstream: expunge a',
      'upstream: mailbox-create inbox',
    ],
    told: ['a is new', 'kept in inbox here new there a'],
  },
  {
    name: 'a relay tells of a mailbox that goes, and not of mail in it that never appeared',
    hasUpstream: true,
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.see()
    },
    does: [append('a', { mailbox: id('work') }), { op: 'mailbox-delete', mailbox: id('work') }],
    after: ['INBOX/ inbox', 'a: gone', ...made, 'upstream: mailbox-delete work'],
  },
  {
    name: 'a relay tells of the mail that goes from a mailbox which stays, and not of the mailbox',
    hasUpstream: true,
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('a', { mailbox: 'work' })
      await w.see()
      await w.message('b', { mailbox: 'work' })
    },
    does: [{ op: 'mailbox-delete', mailbox: id('work') }],
    after: ['INBOX/ inbox', 'Work/ work', 'Work/b #0', 'a: gone', 'upstream: expunge a', ...made],
    told: ['mailbox-kept in work (1)'],
  },
  {
    name: 'a recall takes no twin that is recalled behind it by a name from before the upstream gave its own',
    hasUpstream: true,
    before: async (w) => {
      await w.message('b')
      await w.renamed('former', 'b')
    },
    does: [recall('a', [], 'b'), recall('former', [], 'b')],
    after: ['INBOX/ inbox', 'INBOX/b #0', 'upstream: mailbox-create inbox'],
    told: ['former is b'],
  },
]
