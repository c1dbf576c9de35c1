import type { Law } from './law.js'
import { append, copy, expunge, flags, recall } from './message-laws.js'
import { id } from './world.js'

/** Of messages of one content in several mailboxes, and of drafts beside other mail. */
export const moreMessageLaws: readonly Law[] = [
  {
    name: 'an adopted append is no message of another mailbox',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('b', { mailbox: 'work' })
    },
    does: [append('a', { adopt: true }, 'b')],
    after: ['INBOX/ inbox', 'INBOX/a #1', 'Work/ work', 'Work/b #1'],
  },
  {
    name: 'an adopted append is no message that is gone',
    before: async (w) => {
      await w.message('b')
      await w.expunge('b')
    },
    does: [append('a', { adopt: true }, 'b')],
    after: ['INBOX/ inbox', 'INBOX/a #2', 'b: gone'],
  },
  {
    name: 'a recall is no message of another mailbox',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('b', { mailbox: 'work' })
    },
    does: [recall('a', ['\\Seen'], 'b')],
    after: ['INBOX/ inbox', 'Work/ work', 'Work/b #1'],
  },
  {
    name: 'a draft that both have edited is there twice, beside mail from before and after',
    before: async (w) => {
      await w.message('old')
      await w.message('a', { flags: ['\\Draft'] })
      await w.see()
      await w.message('there', { flags: ['\\Draft'] })
      await w.message('mail')
      await w.expunge('a')
      await w.message('here', { flags: ['\\Draft'], by: 'device' })
    },
    does: [expunge('a', ['\\Draft'])],
    after: [
      'INBOX/ inbox',
      'INBOX/here #5 \\Draft',
      'INBOX/mail #4',
      'INBOX/old #1',
      'INBOX/there #3 \\Draft',
      'a: gone',
    ],
    told: ['drafts-apart in inbox here here there there'],
  },
  {
    name: 'a draft that both have edited is named beside the last that each wrote, and by each alone beside none',
    before: async (w) => {
      await w.message('a', { flags: ['\\Draft'] })
      await w.message('seen', { flags: ['\\Draft'] })
      await w.see()
      await w.message('first', { flags: ['\\Draft'], by: 'other' })
      await w.message('there', { flags: ['\\Draft'], by: 'other' })
      await w.expunge('a')
    },
    does: [expunge('a', ['\\Draft'])],
    after: [
      'INBOX/ inbox',
      'INBOX/first #3 \\Draft',
      'INBOX/seen #2 \\Draft',
      'INBOX/there #4 \\Draft',
      'a: gone',
    ],
  },
  {
    name: 'what was no draft and is expunged by both is no conflict, whatever drafts there are',
    before: async (w) => {
      await w.message('a')
      await w.see()
      await w.message('there', { flags: ['\\Draft'] })
      await w.expunge('a')
      await w.message('here', { flags: ['\\Draft'], by: 'device' })
    },
    does: [expunge('a')],
    after: ['INBOX/ inbox', 'INBOX/here #3 \\Draft', 'INBOX/there #2 \\Draft', 'a: gone'],
  },
  {
    name: 'an expunge that the device knew of already is no conflict',
    before: async (w) => {
      await w.message('a', { flags: ['\\Draft'] })
      await w.expunge('a')
      await w.see()
      await w.message('there', { flags: ['\\Draft'] })
      await w.message('here', { flags: ['\\Draft'], by: 'device' })
    },
    does: [expunge('a', ['\\Draft'])],
    after: ['INBOX/ inbox', 'INBOX/here #3 \\Draft', 'INBOX/there #2 \\Draft', 'a: gone'],
  },
  {
    name: 'an expunge of what waits for its content, and somebody has marked, leaves it waiting',
    does: [append('a', { flags: ['\\Flagged'] }), expunge('a')],
    after: ['INBOX/ inbox', 'INBOX/a hidden \\Flagged'],
  },
  {
    name: 'a UID that is set aside for what waits for its content is given to nothing else',
    before: (w) => w.message('b'),
    does: [append('a', { uid: 7 }), append('c', {}, 'b')],
    after: ['INBOX/ inbox', 'INBOX/a hidden #7', 'INBOX/b #8', 'INBOX/c #9'],
  },
  {
    name: 'a UID that the device’s mail server gives what waits for its content is set aside for it',
    does: [append('a'), { op: 'renumber', message: id('a'), uid: 7 }],
    after: ['INBOX/ inbox', 'INBOX/a hidden #7'],
  },
  {
    name: 'a copy that the device knew is no conflict where it moved what somebody expunged',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('a')
      await w.message('b', { content: 'a' })
      await w.see()
      await w.expunge('a')
    },
    does: [copy('c', 'a', { mailbox: id('work') }), expunge('a', [], 'c')],
    after: ['INBOX/ inbox', 'INBOX/b #2', 'Work/ work', 'Work/c #1', 'a: gone'],
    told: ['moved-expunged in inbox here c'],
  },
  {
    name: 'drafts that the device knew when it expunged one make no conflict',
    before: async (w) => {
      await w.message('a', { flags: ['\\Draft'] })
      await w.message('mine', { flags: ['\\Draft'], by: 'device' })
      await w.see()
      await w.message('there', { flags: ['\\Draft'], by: 'other' })
      await w.expunge('a')
    },
    does: [expunge('a', ['\\Draft'])],
    after: ['INBOX/ inbox', 'INBOX/mine #2 \\Draft', 'INBOX/there #3 \\Draft', 'a: gone'],
  },
  {
    name: 'what is gone and never came does not live on when somebody marks it, who is told',
    before: async (w) => {
      await w.message('a', { whole: false })
      await w.see()
      await w.expunge('a')
    },
    does: [flags('a', ['\\Flagged'])],
    after: ['INBOX/ inbox', 'a: gone'],
    told: ['no source for a'],
  },
  {
    name: 'a copy waits with what waits for the same content, though another that waited is gone',
    does: [append('a'), append('c', {}, 'a'), expunge('c'), copy('b', 'a')],
    after: ['INBOX/ inbox', 'INBOX/a hidden', 'INBOX/b hidden', 'c: gone'],
  },
  {
    name: 'of two equal messages the one that the device was told of has the name by which it once called the other',
    before: async (w) => {
      await w.message('a')
      await w.message('b', { content: 'a' })
      await w.callsIt('a', 'b')
      await w.see()
    },
    does: [flags('a', ['\\Seen'])],
    after: ['INBOX/ inbox', 'INBOX/a #1 \\Seen', 'INBOX/b #2'],
  },
  {
    name: 'a text that was moved when its message had come already takes the message along',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('text', { substitute: true, flags: ['\\Seen', '$PacketboatUnreadable'] })
      await w.see()
      await w.message('mail')
      await w.expunge('text', 'mail')
    },
    does: [
      copy('moved', 'text', {
        mailbox: id('work'),
        base: ['\\Seen', '$PacketboatUnreadable'],
        flags: ['\\Seen', '$PacketboatUnreadable'],
      }),
      expunge('text', [], 'moved'),
    ],
    after: [
      'INBOX/ inbox',
      'Work/ work',
      'Work/new #2 \\Seen',
      'mail: gone, lives on as new',
      'moved: gone, lives on as new',
      'text: gone, lives on as mail',
    ],
  },
  {
    name: 'a text whose message came, and went again, is moved alone',
    before: async (w) => {
      await w.mailbox('work', ['Work'])
      await w.message('text', { substitute: true })
      await w.see()
      await w.expunge('text')
    },
    does: [copy('moved', 'text', { mailbox: id('work') }), expunge('text', [], 'moved')],
    after: ['INBOX/ inbox', 'Work/ work', 'Work/moved #1', 'text: gone'],
  },
]
