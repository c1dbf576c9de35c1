import { deliver } from '../mail/maildir.js'
import type { Act, Field } from './act.js'
import { messagesOf, say } from './device.js'
import {
  bytesOf,
  type Frames,
  guidFrom,
  hello,
  journal,
  many,
  met,
  newGuid,
  numbered,
  offers,
  partsOf,
  questions,
  rangesOf,
  starredPolicy,
  starredSelection,
  starredWindows,
  streamOf,
  zeros,
} from './frames.js'
import { hostileMails } from './mails.js'
import { fileCopies, handIn, sendForward } from './sending.js'
import { strangers } from './strangers.js'

/** So many exchanges at once in which a device says the same. */
const saying =
  (frames: (field: Field) => Frames | Promise<Frames>, { mix = false, times = 1 } = {}): Act['prepare'] =>
  async (field) => {
    const stream = await streamOf(await frames(field), mix)
    return {
      bytes: times * bytesOf(stream),
      run: async (signal) => {
        const ends = await Promise.all(many(times, () => say(field.pairing, stream, signal)))
        return [...new Set(ends)].join(', ')
      },
    }
  }

async function copies({ device }: Field, count: number): Promise<Frames> {
  const [source] = await messagesOf(device)
  const start = newGuid()
  const of = { mailbox: source?.mailbox ?? '', source: source?.guid ?? '', flags: [], base: [] }
  const made = many(count, (n) => ({
    op: 'copy' as const,
    ...of,
    message: guidFrom(start, n),
    internalDateMs: 1_764_000_000_000,
  }))
  return journal(numbered(made))
}

function mailboxes(
  count: number,
  levels: number,
  letters: number,
  more?: Parameters<typeof journal>[1],
): Frames {
  const start = newGuid()
  const path = (n: number): string[] => [`m${n}`, ...many(levels - 1, () => 'a'.repeat(letters))]
  const made = many(count, (n) => ({
    op: 'mailbox-create' as const,
    mailbox: guidFrom(start, n),
    path: path(n),
    subscribed: false,
  }))
  return journal(numbered(made), more)
}

const repeated = (count: number, frame: Frames[number]): Frames => [hello(), ...many(count, () => frame)]

/** Marks of one message, set and taken away in turn. */
async function keywords({ device }: Field, count: number, times: number): Promise<Frames> {
  const [message] = await messagesOf(device)
  const names = many(count, (n) => `k${n}`)
  const marked = many(times, (n) => ({
    op: 'flags' as const,
    message: message?.guid ?? '',
    add: n % 2 === 0 ? names : [],
    remove: n % 2 === 0 ? [] : names,
  }))
  return journal(numbered(marked), { each: 1 })
}

const letterTo = (recipient: string) => (n: number) =>
  `From: a${n % 50}@example.org\nTo: ${recipient}\nSubject: mail ${n}\nMessage-ID: <${n}@many.example.org>\nDate: Mon, 24 Nov 2025 11:00:00 +0000\n\nThe text of mail ${n}.\n`

export const acts: readonly Act[] = [
  {
    who: 'device',
    name: 'asks for ranges of messages without end',
    bound: '500,000 ranges',
    prepare: saying(() => repeated(900, rangesOf(120_000))),
  },
  {
    who: 'device',
    name: 'asks for parts without end',
    bound: '200,000 parts',
    prepare: saying(() => repeated(900, partsOf(60_000))),
  },
  {
    who: 'device',
    name: 'sends a journal of long names',
    bound: '16 MiB of entries',
    prepare: saying(() => mailboxes(3600, 60, 900, { each: 4 })),
  },
  {
    who: 'device',
    name: 'sends zeros',
    bound: '4,000 B a byte from 4 MiB on',
    prepare: saying(() => repeated(900, zeros)),
  },
  {
    who: 'device',
    name: 'offers 200,000 contents',
    bound: 'only the last one is remembered',
    prepare: saying(() => repeated(20, offers(10_000))),
  },
  {
    who: 'device',
    name: '60 exchanges at once with a frame of codec 2',
    bound: '2 exchanges of a device, 32 KiB a frame',
    prepare: saying(() => repeated(1, partsOf(8000)), { mix: true, times: 60 }),
  },
  {
    who: 'device',
    name: 'one exchange of 100 frames of codec 2',
    bound: '200,000 parts, a quarter of the time',
    prepare: saying(() => repeated(100, partsOf(8000)), { mix: true }),
  },
  {
    who: 'device',
    name: '200 long senders with stars in its rules',
    bound: '100 rules, 100 patterns each of 1,000 B',
    prepare: saying(() => met({}, starredPolicy())),
  },
  {
    who: 'device',
    name: 'selects by 250 long patterns with stars, and makes mailboxes of long names',
    bound: '1,000 patterns of 1,000 B',
    prepare: saying(() => mailboxes(200, 2, 900, { policy: starredSelection })),
  },
  {
    who: 'device',
    name: 'has 100 windows of long patterns with stars, and makes mailboxes of long names',
    bound: '100 windows, 100 patterns each',
    prepare: saying(() => mailboxes(200, 2, 900, { policy: starredWindows })),
  },
  {
    who: 'device',
    name: '60 exchanges at once with 8 questions of many words',
    bound: '2 exchanges of a device, 8 questions of 500 B',
    prepare: saying(questions, { times: 60 }),
  },
  {
    who: 'device',
    name: 'makes 500 mailboxes',
    bound: '25,000 entries',
    prepare: saying(() => mailboxes(500, 1, 0)),
  },
  {
    who: 'device',
    name: 'copies a message 500 times',
    bound: '25,000 entries',
    prepare: saying((field) => copies(field, 500)),
  },
  {
    who: 'device',
    name: 'sets 20,000 keywords of a message and takes them away, 10 times',
    bound: '16 MiB of entries',
    prepare: saying((field) => keywords(field, 20_000, 20)),
  },
  {
    who: 'device',
    name: 'hands in 4,000 mails that forward 100 messages each, and whose bytes never come',
    bound: '4,000 mails on the way, 100 references',
    prepare: saying((field) => handIn(field, 4000)),
  },
  {
    who: 'device',
    name: 'files 2,000 copies of a mail that it hands in, and whose bytes never come',
    bound: '25,000 entries',
    prepare: saying((field) => fileCopies(field, 2000)),
  },
  {
    who: 'device',
    name: 'sends a mail that forwards one of 2.5 MB 90 times, which the endpoint puts in',
    bound: '100 references, 256 MiB a mail',
    prepare: (field) => sendForward(field, { messageBytes: 2_500_000, times: 90 }),
  },
  {
    who: 'device',
    name: 'expunges all mail',
    bound: 'half of it, and all of that stays',
    prepare: saying(async ({ device }) =>
      journal(
        numbered(
          (await messagesOf(device)).map(({ guid, flags }) => ({
            op: 'expunge',
            message: guid,
            base: flags,
          })),
        ),
      ),
    ),
  },
  ...hostileMails.map(
    ({ name, make, policy, bound = 'mime/limits.ts' }): Act => ({
      who: 'author',
      name,
      bound,
      prepare: async ({ victim, device }) => {
        const message = make()
        return {
          bytes: message.length,
          run: async () => {
            deliver(victim.maildir, { mailbox: 'INBOX', message, seconds: 1_764_000_000, number: 900 })
            await device.sync(undefined, policy)
            return 'arrived'
          },
        }
      },
    }),
  ),
  {
    who: 'author',
    name: '10,000 mails at once',
    bound: 'piece by piece',
    prepare: async ({ victim, device }) => {
      const [count, message] = [10_000, letterTo('u@example.org')]
      return {
        bytes: count * message(0).length,
        run: async () => {
          for (let n = 0; n < count; n++)
            deliver(victim.maildir, {
              mailbox: 'INBOX',
              message: message(n),
              seconds: 1_764_000_000,
              number: 1000 + n,
            })
          await device.sync()
          return 'arrived'
        },
      }
    },
  },
  ...strangers,
]
