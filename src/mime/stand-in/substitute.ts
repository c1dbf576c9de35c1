import type { CreateHash } from '../../bytes/hash.js'
import { toHex } from '../../bytes/hex.js'
import { cleanText } from '../headers/clean-text.js'
import type { Envelope } from '../headers/envelope.js'
import { envelopeFields } from './stand-in-synthesised.js'

/** A message that can't be read where it is kept. */
export interface SubstituteInput {
  readonly createHash: CreateHash
  /** The mailbox, as its person knows it, and the message in it: a file's name, a UID. */
  readonly mailbox: string
  readonly item: string
  /** What is wrong, and what to do about it. */
  readonly reason: string
  readonly next: string
  /** What can be told of it all the same. */
  readonly envelope?: Envelope
}

/** Bytes in a line, and of the longest text from elsewhere. */
const lineBytes = 76
const textBytes = 1000

/**
 * Writes the message that other replicas show in place of one that can't be read: it says so, why, and what
 * to do. The same input gives the same bytes.
 */
export function substituteMessage({ createHash, envelope, ...input }: SubstituteInput): Uint8Array {
  const [mailbox, item, reason, next] = [input.mailbox, input.item, input.reason, input.next].map((text) =>
    cleanText(text, textBytes),
  )
  const hash = createHash()
  hash.update(new TextEncoder().encode(`packetboat substitute ${mailbox}\n${item}\n`))
  const known = {
    from: [{ name: 'packetboat', address: 'packetboat@unreadable.invalid' }],
    to: [],
    cc: [],
    subject: 'A message that can’t be read',
  }
  const header = envelopeFields({
    ...known,
    ...envelope,
    ...(envelope?.from.length === 0 && { from: known.from }),
    messageId: `${toHex(hash.digest()).slice(0, 32)}@unreadable.invalid`,
  })
  const body = [
    'This message can’t be read where it is kept. packetboat has put this text in its place.',
    `Mailbox: ${mailbox}`,
    `Message: ${item}`,
    `Why: ${reason}`,
    `What to do: ${next}`,
    'The message comes by itself, in the place of this text, as soon as it can be read. Until then it is marked, moved and deleted with this text.',
  ]
  return new TextEncoder().encode(
    `X-Packetboat-Unreadable: v=1\n${header}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n${body.map(wrap).join('\n\n')}\n`,
  )
}

/** Breaks a text into lines between its words. */
function wrap(text: string): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + word.length >= lineBytes) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, line].join('\n')
}
