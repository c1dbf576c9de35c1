import type { AppendOperation, CopyOperation, Operation } from '../../src/replica/operation.js'
import type { Law } from './law.js'
import { digestOf, id, internalDateMs } from './world.js'

export const append = (
  message: string,
  more: Partial<AppendOperation> = {},
  content = message,
): Operation => ({
  op: 'append',
  mailbox: id('inbox'),
  message: id(message),
  flags: [],
  internalDateMs,
  digest: digestOf(content),
  sizeBytes: 10,
  adopt: false,
  ...more,
})

export const copy = (message: string, source: string, more: Partial<CopyOperation> = {}): Operation => ({
  op: 'copy',
  mailbox: id('inbox'),
  message: id(message),
  source: id(source),
  flags: [],
  base: [],
  internalDateMs,
  ...more,
})

export const flags = (message: string, add: string[], remove: string[] = []): Operation => ({
  op: 'flags',
  message: id(message),
  add,
  remove,
})

export const expunge = (message: string, base: string[] = [], movedTo?: string): Operation => ({
  op: 'expunge',
  message: id(message),
  base,
  ...(movedTo !== undefined && { movedTo: id(movedTo) }),
})

export const recall = (
  message: string,
  add: string[] = [],
  content: string | undefined = message,
): Operation => ({
  op: 'recall',
  mailbox: id('inbox'),
  message: id(message),
  flags: add,
  ...(content !== undefined && { digest: digestOf(content), sizeBytes: 10 }),
})

export const messageLaws: readonly Law[] = [
  // append
  {
    name: 'an append of unknown content waits for it',
    does: [append('a')],
    after: ['INBOX/ inbox', 'INBOX/a hidden'],
  },
  {
    name: 'an append of content that is here appears at once',
    before: (w) => w.message('b'),
    does: [append('a', { flags: ['\\Seen'] }, 'b')],
    after: ['INBOX/ inbox', 'INBOX/a #2 \\Seen', 'INBOX/b #1'],
  },
  {
    name: 'an append of a message that is here changes nothing',
    before: (w) => w.message('a', { flags: ['\\Seen'] }),
    does: [append('a', { flags: ['\\Flagged'] })],
    after: ['INBOX/ inbox', 'INBOX/a #1 \\Seen'],
  },
  {
    name: 'an adopted append of a message that is here is that one',
    before: (w) => w.message('a', { flags: ['\\Seen'] }),
    does: [append('a', { adopt: true, flags: ['\\Flagged'] })],
    after: ['INBOX/ inbox', 'INBOX/a #1 \\Flagged \\Seen'],
  },
  {
    name: 'an append of a message that is gone from another mailbox is told to be a new one',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('a', { mailbox: 'work' })
      await w.expunge('a')
    },
    does: [append('a', { adopt: true })],
    after: ['INBOX/ inbox', 'Work/ work', 'a: gone'],
    told: ['no source for a'],
  },
  {
    name: 'an adopted append is the message of the same content that the device has not seen',
    before: (w) => w.message('b', { flags: ['\\Seen'] }),
    does: [append('a', { adopt: true, flags: ['\\Flagged'] }, 'b')],
    after: ['INBOX/ inbox', 'INBOX/b #1 \\Flagged \\Seen'],
    told: ['a is b'],
  },
  {
    name: 'an adopted append is none of those that the device knows',
    before: async (w) => {
      await w.message('b')
      await w.see()
    },
    does: [append('a', { adopt: true }, 'b')],
    after: ['INBOX/ inbox', 'INBOX/a #2', 'INBOX/b #1'],
  },
  {
    name: 'two adopted appends of one content are two messages',
    before: async (w) => {
      await w.message('b')
      await w.message('c', { content: 'b' })
    },
    does: [
      append('a', { adopt: true }, 'b'),
      append('d', { adopt: true }, 'b'),
      append('e', { adopt: true }, 'b'),
    ],
    after: ['INBOX/ inbox', 'INBOX/b #1', 'INBOX/c #2', 'INBOX/e #3'],
    told: ['a is b', 'd is c'],
  },
  {
    name: 'an append to a mailbox that was deleted brings it back',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.see()
      await w.drop('work')
      await w.message('b')
    },
    does: [append('a', { mailbox: id('work') }, 'b')],
    after: ['INBOX/ inbox', 'INBOX/b #1', 'Work/ work', 'Work/a #1'],
    told: ['mailbox-kept in work'],
  },
  {
    name: 'an append to a mailbox that was never heard of goes to INBOX',
    before: (w) => w.message('b'),
    does: [append('a', { mailbox: id('nowhere') }, 'b')],
    after: ['INBOX/ inbox', 'INBOX/a #2', 'INBOX/b #1'],
  },
  {
    name: 'an append keeps the UID of its author’s mail server, and what the device had not seen below it gets another',
    before: (w) => w.message('b'),
    does: [append('a', { uid: 7 }, 'b')],
    after: ['INBOX/ inbox', 'INBOX/a #7', 'INBOX/b #8'],
  },
  {
    name: 'an append under a UID that is taken gets another above all that the journal names, and so does what had it',
    before: (w) => w.message('b'),
    does: [append('a', { uid: 1 }, 'b'), append('c', { uid: 3 }, 'b')],
    after: ['INBOX/ inbox', 'INBOX/a #6', 'INBOX/b #5', 'INBOX/c #7'],
  },
  {
    name: 'a relay passes an append on',
    hasUpstream: true,
    before: (w) => w.message('b'),
    does: [append('a', {}, 'b')],
    after: [
      'INBOX/ inbox',
      'INBOX/a #0',
      'INBOX/b #0',
      'upstream: append a',
      'upstream: mailbox-create inbox',
    ],
  },
  // copy
  {
    name: 'a copy has the content of its source, and what others did to its flags meanwhile',
    before: async (w) => {
      await w.message('b', { flags: ['\\Seen'] })
      await w.see()
      await w.flag('b', ['\\Flagged'], ['\\Seen'])
    },
    does: [copy('a', 'b', { flags: ['\\Seen', '\\Answered'], base: ['\\Seen'] })],
    after: ['INBOX/ inbox', 'INBOX/a #2 \\Answered \\Flagged', 'INBOX/b #1 \\Flagged'],
  },
  {
    name: 'a copy of what is gone is made of its tombstone',
    before: async (w) => {
      await w.message('b')
      await w.expunge('b')
    },
    does: [copy('a', 'b')],
    after: ['INBOX/ inbox', 'INBOX/a #2', 'b: gone'],
  },
  {
    name: 'a copy of what was never here is asked for',
    does: [copy('a', 'b')],
    after: ['INBOX/ inbox'],
    told: ['no source for a'],
  },
  {
    name: 'a copy of what waits for its content waits too',
    does: [append('b'), copy('a', 'b')],
    after: ['INBOX/ inbox', 'INBOX/a hidden', 'INBOX/b hidden'],
  },
  {
    name: 'a copy of a message that is here by that name changes nothing',
    before: async (w) => {
      await w.message('b')
      await w.message('a', { flags: ['\\Seen'] })
    },
    does: [copy('a', 'b')],
    after: ['INBOX/ inbox', 'INBOX/a #2 \\Seen', 'INBOX/b #1'],
  },
  // flags
  {
    name: 'flags are set and taken away one by one',
    before: async (w) => {
      await w.message('a', { flags: ['\\Seen', 'old'] })
      await w.see()
      await w.flag('a', ['\\Answered'])
    },
    does: [flags('a', ['\\Flagged'], ['old'])],
    after: ['INBOX/ inbox', 'INBOX/a #1 \\Answered \\Flagged \\Seen'],
  },
  {
    name: 'flags of what was never here are nothing',
    does: [flags('a', ['\\Seen'])],
    after: ['INBOX/ inbox'],
  },
  {
    name: 'flags of what is gone are nothing where they do not ask to keep it',
    before: async (w) => {
      await w.message('a')
      await w.see()
      await w.expunge('a')
    },
    does: [flags('a', ['\\Seen'])],
    after: ['INBOX/ inbox', 'a: gone'],
  },
  {
    name: 'what is gone lives on when somebody who had not seen that marks it',
    before: async (w) => {
      await w.message('a', { flags: ['\\Seen'] })
      await w.see()
      await w.expunge('a')
    },
    does: [flags('a', ['\\Flagged'])],
    after: ['INBOX/ inbox', 'INBOX/new #2 \\Flagged \\Seen', 'a: gone, lives on as new'],
    told: ['a is new', 'kept in inbox here new there a'],
  },
  {
    name: 'what is gone lives on when its deletion is taken back',
    before: async (w) => {
      await w.message('a', { flags: ['\\Deleted'] })
      await w.see()
      await w.expunge('a')
    },
    does: [flags('a', [], ['\\Deleted'])],
    after: ['INBOX/ inbox', 'INBOX/new #2', 'a: gone, lives on as new'],
    told: ['a is new', 'kept in inbox here new there a'],
  },
  {
    name: 'flags of what was moved here meanwhile are those of the moved one',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('a')
      await w.see()
      await w.message('b', { content: 'a', mailbox: 'work' })
      await w.expunge('a', 'b')
    },
    does: [flags('a', ['\\Seen'])],
    after: ['INBOX/ inbox', 'Work/ work', 'Work/b #1 \\Seen', 'a: gone, lives on as b'],
  },
  // expunge
  {
    name: 'an expunge leaves a tombstone',
    before: async (w) => {
      await w.message('a')
      await w.see()
    },
    does: [expunge('a')],
    after: ['INBOX/ inbox', 'a: gone'],
  },
  { name: 'an expunge of what was never here is nothing', does: [expunge('a')], after: ['INBOX/ inbox'] },
  {
    name: 'what was marked here meanwhile lives on',
    before: async (w) => {
      await w.message('a', { flags: ['\\Seen'] })
      await w.see()
      await w.flag('a', ['\\Flagged'])
    },
    does: [expunge('a', ['\\Seen'])],
    after: ['INBOX/ inbox', 'INBOX/new #2 \\Flagged \\Seen', 'a: gone, lives on as new'],
    told: ['kept in inbox here a there new'],
  },
  {
    name: 'what was marked before the device expunged it goes',
    before: async (w) => {
      await w.message('a', { flags: ['\\Flagged'] })
      await w.see()
    },
    does: [expunge('a', ['\\Flagged'])],
    after: ['INBOX/ inbox', 'a: gone'],
  },
  {
    name: 'a move of what was marked here meanwhile is a move',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('a')
      await w.see()
      await w.flag('a', ['\\Flagged'])
    },
    does: [copy('b', 'a', { mailbox: id('work') }), expunge('a', [], 'b')],
    after: ['INBOX/ inbox', 'Work/ work', 'Work/b #1 \\Flagged', 'a: gone, lives on as b'],
  },
  {
    name: 'what was moved by both stands in both places',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.mailbox('home', ['Home'])
      await w.message('a')
      await w.see()
      await w.message('b', { content: 'a', mailbox: 'home' })
      await w.expunge('a', 'b')
    },
    does: [copy('c', 'a', { mailbox: id('work') }), expunge('a', [], 'c')],
    after: ['Home/ home', 'Home/b #1', 'INBOX/ inbox', 'Work/ work', 'Work/c #1', 'a: gone, lives on as b'],
    told: ['moved-apart in inbox here c there b'],
  },
  {
    name: 'what was moved by one and expunged by the other stays',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('a')
      await w.see()
      await w.expunge('a')
    },
    does: [copy('b', 'a', { mailbox: id('work') }), expunge('a', [], 'b')],
    after: ['INBOX/ inbox', 'Work/ work', 'Work/b #1', 'a: gone'],
    told: ['moved-expunged in inbox here b'],
  },
  {
    name: 'what was moved here and expunged by the device stays',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('a')
      await w.see()
      await w.message('b', { content: 'a', mailbox: 'work' })
      await w.expunge('a', 'b')
    },
    does: [expunge('a')],
    after: ['INBOX/ inbox', 'Work/ work', 'Work/b #1', 'a: gone, lives on as b'],
    told: ['moved-expunged in inbox there b'],
  },
  {
    name: 'a draft that both have edited is there twice',
    before: async (w) => {
      await w.message('a', { flags: ['\\Draft'] })
      await w.see()
      await w.message('there', { flags: ['\\Draft'] })
      await w.expunge('a')
      await w.message('here', { flags: ['\\Draft'], by: 'device' })
    },
    does: [expunge('a', ['\\Draft'])],
    after: ['INBOX/ inbox', 'INBOX/here #3 \\Draft', 'INBOX/there #2 \\Draft', 'a: gone'],
    told: ['drafts-apart in inbox here here there there'],
  },
  {
    name: 'expunged by both it is gone',
    before: async (w) => {
      await w.message('a')
      await w.see()
      await w.expunge('a')
    },
    does: [expunge('a')],
    after: ['INBOX/ inbox', 'a: gone'],
  },
  {
    name: 'an expunge of what waits for its content ends the wait',
    does: [append('a'), expunge('a')],
    after: ['INBOX/ inbox', 'a: gone'],
  },
  {
    name: 'what the guard does not let go lives on',
    before: async (w) => {
      await w.message('a')
      await w.see()
      w.guard()
    },
    does: [expunge('a')],
    after: ['INBOX/ inbox', 'INBOX/new #2', 'a: gone, lives on as new'],
  },
  // recall
  {
    name: 'a recall of what is here adds its flags',
    before: (w) => w.message('a', { flags: ['\\Seen'] }),
    does: [recall('a', ['\\Flagged'])],
    after: ['INBOX/ inbox', 'INBOX/a #1 \\Flagged \\Seen'],
  },
  {
    name: 'a recall is the message of the same content',
    before: (w) => w.message('b'),
    does: [recall('a', ['\\Seen'], 'b')],
    after: ['INBOX/ inbox', 'INBOX/b #1 \\Seen'],
    told: ['a is b'],
  },
  {
    name: 'a recall of what is gone is nothing, and takes no twin',
    before: async (w) => {
      await w.message('a')
      await w.message('b', { content: 'a' })
      await w.expunge('a')
    },
    does: [recall('a')],
    after: ['INBOX/ inbox', 'INBOX/b #2', 'a: gone'],
  },
  {
    name: 'a recall without a digest is none of the others',
    before: (w) => w.message('b', { content: 'a' }),
    does: [{ op: 'recall', mailbox: id('inbox'), message: id('a'), flags: ['\\Seen'] }],
    after: ['INBOX/ inbox', 'INBOX/b #1'],
  },
  {
    name: 'two recalls of one content are two messages',
    before: (w) => w.message('b'),
    does: [recall('a', [], 'b'), recall('c', ['\\Seen'], 'b')],
    after: ['INBOX/ inbox', 'INBOX/b #1'],
    told: ['a is b'],
  },
  {
    name: 'a recall of what is forgotten takes no twin that is recalled behind it',
    before: (w) => w.message('b'),
    does: [recall('a', ['\\Flagged'], 'b'), recall('b', ['\\Seen'])],
    after: ['INBOX/ inbox', 'INBOX/b #1 \\Seen'],
  },
]
