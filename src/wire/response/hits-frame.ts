import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import { cleanText } from '../../mime/headers/clean-text.js'
import { minuteMs } from '../../mime/headers/listed-envelope.js'
import { type Guid, plausibleDateMs } from '../../replica/model.js'
import { sumBits } from '../growth.js'
import { questionLimits } from '../question-frame.js'
import { protocolError, readGuid, readMany, unzigzag, writeGuid, writeMany, zigzag } from '../values.js'

/** What was found for a question: how much, and the newest of it. docs/PROTOCOL.md "Questions". */
export interface Hits {
  /** The question's. */
  readonly number: number
  /** Not all mail could be looked at, so there may be more hits. */
  readonly isPartial: boolean
  /** The question means nothing to the responder. */
  readonly isStrange: boolean
  /** The question can't be answered yet. */
  readonly isLater: boolean
  /** Messages that are not in its index yet, about. */
  readonly left: number
  readonly total: number
  readonly totalBytes: number
  /** Newest first. */
  readonly entries: readonly Hit[]
}

export interface Hit {
  readonly mailbox: Guid
  /** The responder's. */
  readonly message: number
  /** When it arrived, in whole minutes. */
  readonly arrivedMs: number
  readonly sizeBytes: number
  /** The name of its first sender, or the address where it has none. */
  readonly from: string
  readonly subject: string
}

/** What a hits frame says by single bits. */
export const hitsBits = { partial: 1, strange: 2, later: 4 } as const

const textLimits = { from: 100, subject: 200 } as const

/** The hit as it arrives at the other side. */
export function shownHit(hit: Hit): Hit {
  return {
    ...hit,
    arrivedMs: Math.floor(plausibleDateMs(hit.arrivedMs) / minuteMs) * minuteMs,
    from: cleanText(hit.from, textLimits.from),
    subject: cleanText(hit.subject, textLimits.subject),
  }
}

/** Encodes hits in columns, like a list. */
export function encodeHits(hits: Hits): Uint8Array {
  const { number, isPartial, isStrange, isLater, left, total, totalBytes } = hits
  const entries = hits.entries.map(shownHit)
  const mailboxes = [...new Set(entries.map(({ mailbox }) => mailbox))]
  const writer = new ByteWriter()
  writer.varint(number)
  writer.varint(sumBits(hitsBits, { partial: isPartial, strange: isStrange, later: isLater }))
  for (const count of [left, total, totalBytes]) writer.varint(count)
  writeMany(writer, mailboxes, writeGuid)
  writeMany(writer, entries, (_, { mailbox }) => writer.varint(mailboxes.indexOf(mailbox)))
  writeSteps(
    writer,
    entries.map(({ message }) => message),
  )
  writeSteps(
    writer,
    entries.map(({ arrivedMs }) => arrivedMs / minuteMs),
  )
  for (const { sizeBytes } of entries) writer.varint(sizeBytes)
  writer.text(entries.map(({ from, subject }) => `${from}\n${subject}\n`).join(''))
  return writer.finish()
}

export function decodeHits(payload: Uint8Array): Hits {
  const reader = new ByteReader(payload)
  const [number, bits] = [reader.varint(), reader.varint()]
  const [left, total, totalBytes] = [reader.varint(), reader.varint(), reader.varint()]
  const mailboxes = readMany(reader, readGuid)
  const places = readMany(reader, () => mailboxes[reader.varint()])
  if (Math.max(mailboxes.length, places.length) > questionLimits.most) throw protocolError('hits without end')
  const messages = readSteps(reader, places.length)
  const minutes = readSteps(reader, places.length)
  const sizes = places.map(() => reader.varint())
  const lines = reader.text(payload.length).split('\n')
  if (lines.length !== 2 * places.length + 1) throw protocolError('hits with too much or too little text')
  const entries = places.map((mailbox, i): Hit => {
    const [message = 0, minute = 0] = [messages[i], minutes[i]]
    if (mailbox === undefined || message < 1) throw protocolError('a hit that is no message')
    return shownHit({
      mailbox,
      message,
      arrivedMs: minute * minuteMs,
      sizeBytes: sizes[i] ?? 0,
      from: lines[2 * i] ?? '',
      subject: lines[2 * i + 1] ?? '',
    })
  })
  const has = (name: keyof typeof hitsBits): boolean => (bits & hitsBits[name]) !== 0
  return {
    number,
    isPartial: has('partial'),
    isStrange: has('strange'),
    isLater: has('later'),
    left,
    total,
    totalBytes,
    entries,
  }
}

/** Each as the step from the one before, from 0. */
function writeSteps(writer: ByteWriter, values: readonly number[]): void {
  let before = 0
  for (const value of values) {
    writer.varint(zigzag(value - before))
    before = value
  }
}

function readSteps(reader: ByteReader, count: number): number[] {
  let at = 0
  return Array.from({ length: count }, () => {
    at += unzigzag(reader.varint())
    if (at < 0 || !Number.isSafeInteger(at * minuteMs)) throw protocolError('a step that leads nowhere')
    return at
  })
}
