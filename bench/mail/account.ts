import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createRandom, type Random } from '../../fixtures/random.js'
import { deliver, makeMailbox } from './maildir.js'
import {
  type Attachment,
  attach,
  blurb,
  compose,
  dateOf,
  headerOf,
  makeAttachment,
  type Raw,
  withHeader,
} from './message.js'

/** Each with its share of the messages. */
const mailboxes: readonly (readonly [name: string, share: number])[] = [
  ['INBOX', 0.3],
  ['Lists.exmh', 0.1],
  ['Lists.fork', 0.13],
  ['Lists.razor', 0.06],
  ['Sent', 0.14],
  ['Archive.2023', 0.07],
  ['Archive.2024', 0.08],
  ['Archive.2025', 0.06],
  ['Work', 0.04],
  ['Drafts', 0.01],
  ['Trash', 0.01],
]

const firstSeconds = 1_672_531_200 // 2023-01-01
const lastSeconds = 1_763_000_000 // 2025-11-13

export interface AccountOptions {
  readonly messages: number
  readonly seed: number
  /** Sizes of attachments are multiplied with this. Default 1. */
  readonly scale?: number
  /** The corpus as it is: no replies, forwards or attachments of ours. */
  readonly plain?: boolean
}

export interface AccountFacts {
  readonly messages: number
  readonly bytes: number
  readonly replies: number
  readonly forwards: number
  readonly withAttachment: number
  readonly repeated: number
}

/**
 * Lays out a Maildir++ account at `root`: INBOX and ten mailboxes. A fifth of the messages quote or forward earlier
 * ones, 8 % carry an attachment of 20 to 400 kB, of which 30 % have been there before. The same seed gives the same bytes.
 */
export function layOutAccount(root: string, corpus: readonly Raw[], options: AccountOptions): AccountFacts {
  const { messages, seed, scale = 1, plain = false } = options
  const random = createRandom(seed)
  const originals = random.shuffled(corpus)
  const made: Raw[] = []
  const attachments: Attachment[] = []
  const ids = new Set<string>()
  const facts = { messages, bytes: 0, replies: 0, forwards: 0, withAttachment: 0, repeated: 0 }
  for (const [name] of mailboxes) makeMailbox(root, name)
  const names = mailboxes.slice(1).map(([name]) => `${name}\n`)
  writeFileSync(join(root, 'subscriptions'), names.join(''))
  let used = 0
  for (let number = 0; number < messages; number++) {
    const age = number / messages
    const seconds = Math.floor(firstSeconds + (lastSeconds - firstSeconds) * age) + random.int(0, 2999)
    let message: Raw
    if (!plain && made.length > 0 && random.chance(0.2)) {
      const kind = random.chance(0.8) ? 'reply' : 'forward'
      const original = made[random.int(Math.max(0, made.length - 400), made.length - 1)] ?? ''
      message = compose(random, original, { kind, seconds, words: [8, 60] })
      facts[kind === 'reply' ? 'replies' : 'forwards']++
    } else {
      message = dated(random, originals[used % originals.length] ?? '', seconds)
      // Used up: the same message once more, with another id and a changed text.
      if (used >= originals.length) {
        message = withHeader(
          message,
          'Message-ID',
          `<${random.text(12, '0123456789abcdef')}.${used}@again.example.org>`,
        )
        message += `\n${blurb(random, 8, 60)}`
      }
      used++
    }
    const id = headerOf(message, 'Message-ID')
    if (id === '' || ids.has(id))
      message = withHeader(
        message,
        'Message-ID',
        `<${random.text(12, '0123456789abcdef')}.${number}@bench.example.org>`,
      )
    ids.add(headerOf(message, 'Message-ID'))
    if (!plain && random.chance(0.08)) {
      const repeats = attachments.length > 0 && random.chance(0.3)
      const chosen = repeats
        ? random.pick(attachments)
        : makeAttachment(random, attachmentSize(random) * scale)
      if (!repeats) attachments.push(chosen)
      message = attach(random, message, chosen)
      facts.withAttachment++
      if (repeats) facts.repeated++
    }
    made.push(message)
    facts.bytes += message.length
    const mailbox = mailboxAt(random.next())
    deliver(root, { mailbox, message, seconds, number, flags: flagsFor(random, mailbox, age) })
  }
  return facts
}

/** Mail of the day on which it comes: most is on its way for a minute at the most. */
function dated(random: Random, message: Raw, seconds: number): Raw {
  const [zone = '+0000'] = /[+-]\d{4}(?= *(?:\(.*\))?$)/.exec(headerOf(message, 'Date')) ?? []
  const late = random.chance(0.9) ? random.int(1, 60) : random.int(60, 3600)
  const east = (zone.startsWith('-') ? -60 : 60) * (60 * Number(zone.slice(1, 3)) + Number(zone.slice(3)))
  return withHeader(message, 'Date', dateOf(seconds - late + east).replace('+0000', zone))
}

/** 20 to 400 kB, most below 130: exp of a sum of uniform draws stands for the log-normal that file sizes follow. */
function attachmentSize(random: Random): number {
  const normal = Array.from({ length: 12 }, () => random.next()).reduce((sum, x) => sum + x, -6)
  return Math.round(Math.min(400e3, Math.max(20e3, Math.exp(11.3 + 0.8 * normal))))
}

function mailboxAt(position: number): string {
  let sum = 0
  for (const [name, share] of mailboxes) {
    sum += share
    if (position < sum) return name
  }
  return 'INBOX'
}

/** Most is read, some is answered or flagged. */
function flagsFor(random: Random, mailbox: string, age: number): string {
  if (mailbox === 'Drafts') return 'D'
  if (!random.chance(age < 0.9 ? 0.97 : 0.6)) return ''
  return `${random.chance(0.04) ? 'F' : ''}${random.chance(0.12) ? 'R' : ''}S`
}
