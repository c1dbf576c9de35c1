import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import type { Envelope } from '../../mime/headers/envelope.js'
import {
  envelopeLines,
  listedEnvelope,
  minuteMs,
  readEnvelopeLines,
  writeEnvelopeLines,
} from '../../mime/headers/listed-envelope.js'
import { type Outline, readOutline, withSizes, writeOutline } from '../../mime/outline.js'
import { type Flags, type Guid, plausibleDateMs, type UidRange } from '../../replica/model.js'
import { readDescending, writeDescending } from '../descending.js'
import { Distance } from '../distance.js'
import {
  protocolError,
  readFlags,
  readGuids,
  readRanges,
  unzigzag,
  writeFlags,
  writeGuids,
  writeRanges,
  zigzag,
} from '../values.js'

/** Tier 0: messages that the initiator does not know yet, newest first: numbers descend. */
export interface List {
  readonly mailbox: number
  readonly entries: readonly ListEntry[]
  /** The numbers still to be listed after these: the checkpoint. */
  readonly missing: readonly UidRange[]
}

export interface ListEntry {
  readonly number: number
  /** 0: not given yet. */
  readonly uid: number
  readonly guid: Guid
  readonly flags: Flags
  readonly internalDateMs: number
  /** The number of the message in this mailbox that this one answers, where that is known. */
  readonly answers?: number
  /** Only what `listedEnvelope` keeps of it arrives. */
  readonly envelope: Envelope
  readonly outline: Outline
}

/** The latest that a Date can show, either way from 1970. */
const calendarMs = 8.64e15

/** Encodes a list in columns, since like compresses best beside like; text stands together at the end. */
export function encodeList({ mailbox, entries: given, missing }: List): Uint8Array {
  const writer = new ByteWriter()
  const entries = given.map((entry) => ({ ...entry, internalDateMs: plausibleDateMs(entry.internalDateMs) }))
  writer.varint(mailbox)
  writeDescending(
    writer,
    entries.map(({ number }) => number),
  )
  const distance = new Distance()
  for (const { number, uid } of entries) distance.write(writer, number, uid)
  writeGuids(
    writer,
    entries.map(({ guid }) => guid),
  )
  for (const { flags } of entries) writeFlags(writer, flags)
  writeTimes(writer, entries)
  for (const { number, answers } of entries)
    writer.varint(answers === undefined ? 0 : zigzag(number - answers))
  for (const { internalDateMs, envelope } of entries)
    writer.varint(
      envelope.dateMs === undefined ? 0 : 1 + zigzag(minutes(internalDateMs) - minutes(envelope.dateMs)),
    )
  writeRanges(writer, missing)
  for (const { outline } of entries) writeOutline(writer, outline, 'apart')
  for (const { outline } of entries) for (const { size } of outline.parts) writer.varint(size)
  writer.text(entries.map(({ envelope }) => writeEnvelopeLines(envelope)).join(''))
  return writer.finish()
}

export function decodeList(payload: Uint8Array): List {
  const reader = new ByteReader(payload)
  const mailbox = reader.varint()
  const numbers = readDescending(reader)
  const distance = new Distance()
  const uids = numbers.map((number) => distance.read(reader, number))
  const guids = readGuids(reader, numbers.length)
  const flags = numbers.map(() => readFlags(reader))
  const times = readTimes(reader, numbers.length)
  const answers = numbers.map((number) => readAnswers(reader, number))
  const dates = times.map((internalDateMs) => readDate(reader, internalDateMs))
  const missing = readRanges(reader)
  const shapes = numbers.map(() => readOutline(reader, 'apart'))
  const outlines = shapes.map((shape) => withSizes(shape, () => reader.varint()))
  const lines = reader.text(payload.length).split('\n')
  if (lines.length !== envelopeLines * numbers.length + 1 || lines.at(-1) !== '')
    throw protocolError('a list with too much or too little text')
  const entries = outlines.map((outline, i): ListEntry => {
    const text = readEnvelopeLines(lines.slice(envelopeLines * i, envelopeLines * (i + 1)))
    const [answered, dateMs] = [answers[i], dates[i]]
    return {
      number: numbers[i] ?? 0,
      uid: uids[i] ?? 0,
      guid: guids[i] ?? '',
      flags: flags[i] ?? [],
      internalDateMs: times[i] ?? 0,
      ...(answered !== undefined && { answers: answered }),
      envelope: listedEnvelope({ ...text, ...(dateMs !== undefined && { dateMs }) }),
      outline,
    }
  })
  return { mailbox, entries, missing }
}

/** Each time as the distance from the one before, in whole seconds where the mail store has no finer ones. */
function writeTimes(writer: ByteWriter, entries: readonly ListEntry[]): void {
  const unitMs = entries.every(({ internalDateMs }) => internalDateMs % 1000 === 0) ? 1000 : 1
  writer.varint(unitMs)
  let before = 0
  for (const { internalDateMs } of entries) {
    writer.varint(zigzag((internalDateMs - before) / unitMs))
    before = internalDateMs
  }
}

function readTimes(reader: ByteReader, count: number): number[] {
  const unitMs = reader.varint()
  if (unitMs !== 1 && unitMs !== 1000) throw protocolError('times of an unknown unit')
  let at = 0
  return Array.from({ length: count }, () => {
    at += unzigzag(reader.varint()) * unitMs
    if (at < 0 || !Number.isSafeInteger(at)) throw protocolError('an invalid time')
    return at
  })
}

function readAnswers(reader: ByteReader, number: number): number | undefined {
  const code = reader.varint()
  if (code === 0) return undefined
  const answers = number - unzigzag(code)
  if (answers < 1 || !Number.isSafeInteger(answers))
    throw protocolError('an answer to an invalid message number')
  return answers
}

/** The years that a Date can show. */
function readDate(reader: ByteReader, internalDateMs: number): number | undefined {
  const code = reader.varint()
  if (code === 0) return undefined
  const dateMs = (minutes(internalDateMs) - unzigzag(code - 1)) * minuteMs
  if (Math.abs(dateMs) > calendarMs) throw protocolError('a date beyond all calendars')
  return dateMs
}

function minutes(ms: number): number {
  return Math.floor(ms / minuteMs)
}
