import type { Flags } from '../../src/replica/model.js'
import type { Operation } from '../../src/replica/operation.js'
import type { Law } from './law.js'
import { digestOf, id } from './world.js'

const submit = (submission: string, content = submission): Operation => ({
  op: 'submit',
  submission: id(submission),
  digest: digestOf(content),
  sizeBytes: 10,
  envelope: { from: 'ann@example.org', recipients: ['bob@example.org'] },
  urgent: false,
  queuedMs: 1,
  again: false,
})
const cancel = (submission: string): Operation => ({ op: 'cancel', submission: id(submission) })

/** A name of 16 letters, and that of its copy: docs/PROTOCOL.md "Copies". */
const [letter, copy] = ['sent letter to b', 'sent letter to c']
const filed = (flags: Flags = []): Operation => ({
  op: 'filed',
  mailbox: id('inbox'),
  message: id(copy),
  submission: id(letter),
  flags,
})

/** Mail that devices hand in. */
export const submissionLaws: readonly Law[] = [
  {
    name: 'mail to be sent waits for its content',
    does: [submit('s')],
    after: ['INBOX/ inbox', 'asked for: s', 'to send: s queued'],
  },
  {
    name: 'mail to be sent whose content is here waits until it has that for itself, and is no message',
    before: (w) => w.message('a'),
    does: [submit('s', 'a')],
    after: ['INBOX/ inbox', 'INBOX/a #1', 'asked for: s', 'to send: s queued'],
  },
  {
    name: 'a relay tells its own upstream of nothing that it has not for itself',
    hasUpstream: true,
    before: (w) => w.message('a'),
    does: [submit('s', 'a')],
    after: [
      'INBOX/ inbox',
      'INBOX/a #0',
      'asked for: s',
      'to send: s queued',
      'upstream: mailbox-create inbox',
    ],
  },
  {
    name: 'what is taken back before it has gone does not go',
    before: (w) => w.message('a'),
    does: [submit('s', 'a'), cancel('s')],
    after: ['INBOX/ inbox', 'INBOX/a #1', 'to send: s cancelled'],
  },
  {
    name: 'a mailbox goes though mail to be sent is waited for',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.see()
    },
    does: [submit('s'), { op: 'mailbox-delete', mailbox: id('work') }],
    after: ['INBOX/ inbox', 'asked for: s', 'to send: s queued'],
  },
  {
    name: 'what is taken back and not known is nobody else',
    does: [submit('s'), cancel('t')],
    after: ['INBOX/ inbox', 'asked for: s', 'to send: s queued'],
  },
  {
    name: 'a copy of mail to be sent has its content',
    before: (w) => w.message('a'),
    does: [submit(letter, 'a'), filed(['\\Seen'])],
    after: [
      'INBOX/ inbox',
      'INBOX/a #1',
      `INBOX/${copy} #2 \\Seen`,
      `asked for: ${letter}`,
      `to send: ${letter} queued`,
    ],
  },
  {
    name: 'a copy of mail to be sent waits for its content',
    does: [submit(letter), filed()],
    after: ['INBOX/ inbox', `INBOX/${copy} hidden`, `asked for: ${letter}`, `to send: ${letter} queued`],
  },
  {
    name: 'a copy of mail that is not known has no source',
    does: [filed()],
    after: ['INBOX/ inbox'],
    told: [`no source for ${copy}`],
  },
]
