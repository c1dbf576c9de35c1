import { fromHex, toHex } from '../bytes/hex.js'
import type { ByteReader, ByteWriter } from '../bytes/varint.js'
import { PacketboatError } from '../errors/packetboat-error.js'
import { isKeyword, toFlags } from '../replica/flags.js'
import type { Flags, Guid, MailboxPath, UidRange } from '../replica/model.js'

/** Pairs of functions for the values that frames are made of. docs/PROTOCOL.md "Values" is their contract. */

export function protocolError(what: string): PacketboatError {
  return new PacketboatError(
    'PROTOCOL',
    `The other side sent ${what}.`,
    'Nothing that arrived before is lost. Check that both sides run the same version of packetboat, then sync again.',
  )
}

/** A whole number that may be negative as one that isn't: 0, -1, 1, -2 are 0, 1, 2, 3. */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value
}

export function unzigzag(code: number): number {
  const value = code % 2 === 0 ? code / 2 : -(code + 1) / 2
  return value === 0 ? 0 : value
}

export function writeGuid(writer: ByteWriter, guid: Guid): void {
  writer.raw(fromHex(guid))
}

export function readGuid(reader: ByteReader): Guid {
  return toHex(reader.raw(16))
}

const lowOf = (guid: Guid): number => Number.parseInt(guid.slice(20), 16)

/** GUIDs in a row: a neighbour of the one before (same time and replica) is written as the small step between them. */
export function writeGuids(writer: ByteWriter, guids: readonly Guid[]): void {
  let previous = ''
  for (const guid of guids) {
    const step = previous.slice(0, 20) === guid.slice(0, 20) ? lowOf(guid) - lowOf(previous) : 0
    if (step !== 0 && Math.abs(step) < 2 ** 20) writer.varint(step > 0 ? 2 * step : -2 * step + 1)
    else {
      writer.varint(0)
      writeGuid(writer, guid)
    }
    previous = guid
  }
}

export function readGuids(reader: ByteReader, count: number): Guid[] {
  const guids: Guid[] = []
  let previous = ''
  for (let i = 0; i < count; i++) {
    const code = reader.varint()
    if (code === 0) previous = readGuid(reader)
    else {
      const low = lowOf(previous) + (code % 2 === 0 ? code / 2 : -(code - 1) / 2)
      if (!(low >= 0 && low < 2 ** 48)) throw protocolError('a GUID step that leads nowhere')
      previous = previous.slice(0, 20) + low.toString(16).padStart(12, '0')
    }
    guids.push(previous)
  }
  return guids
}

const systemFlags = ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft', '$Forwarded']

/** A byte for the six usual ones, its bit 6 says that a count and other names follow. */
export function writeFlags(writer: ByteWriter, flags: Flags): void {
  const others = flags.filter((name) => !systemFlags.includes(name))
  let mask = others.length > 0 ? 64 : 0
  systemFlags.forEach((name, bit) => {
    if (flags.includes(name)) mask |= 1 << bit
  })
  writer.u8(mask)
  if (others.length === 0) return
  writer.varint(others.length)
  for (const name of others) writer.text(name)
}

export function readFlags(reader: ByteReader): Flags {
  const mask = reader.u8()
  if (mask > 127) throw protocolError('unknown flag bits')
  const names = systemFlags.filter((_, bit) => mask & (1 << bit))
  if (mask & 64) {
    const count = reader.varint()
    for (let i = 0; i < count; i++) names.push(readKeyword(reader))
  }
  return toFlags(names)
}

function readKeyword(reader: ByteReader): string {
  const name = reader.text(200)
  if (!isKeyword(name)) throw protocolError('a keyword that is no keyword')
  return name
}

export function writePath(writer: ByteWriter, path: MailboxPath): void {
  writer.varint(path.length)
  for (const segment of path) writer.text(segment)
}

export function readPath(reader: ByteReader): MailboxPath {
  const depth = reader.varint()
  if (depth === 0 || depth > 64) throw protocolError(`a mailbox name of ${depth} levels`)
  const path: string[] = []
  for (let i = 0; i < depth; i++) path.push(reader.text(1000))
  if (path.some((segment) => segment === '')) throw protocolError('a mailbox name with an empty level')
  return path
}

/** RFC 9051 2.3.1.1: 32 bits and not zero. */
export const maxUid = 2 ** 32 - 1

export function readUid(reader: ByteReader): number {
  const uid = reader.varint()
  if (uid < 1 || uid > maxUid) throw protocolError('an invalid UID')
  return uid
}

/** Ascending disjoint ranges as gaps and lengths. */
export function writeRanges(writer: ByteWriter, ranges: readonly UidRange[]): void {
  writer.varint(ranges.length)
  let at = 0
  for (const { from, to } of ranges) {
    writer.varint(from - at)
    writer.varint(to - from)
    at = to
  }
}

export function readRanges(reader: ByteReader): UidRange[] {
  const count = reader.varint()
  const ranges: UidRange[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    const from = at + reader.varint()
    const to = from + reader.varint()
    if (to <= from || to > Number.MAX_SAFE_INTEGER) throw protocolError('an impossible range of numbers')
    ranges.push({ from, to })
    at = to
  }
  return ranges
}

/** Reads `count` things, each at least a byte long, so that a lying count can't make a long array. */
export function readMany<T>(reader: ByteReader, read: (reader: ByteReader) => T): T[] {
  const count = reader.varint()
  const items: T[] = []
  for (let i = 0; i < count; i++) items.push(read(reader))
  return items
}

/** Most bytes of a pattern of mailboxes or of addresses. */
export const maxPatternBytes = 1000
/** Patterns in a list that a person may have written mailbox by mailbox. */
export const maxPatterns = 1000

/** Patterns, each of which costs a look at every mailbox or message. Throws PROTOCOL at more than `most`. */
export function readPatterns(reader: ByteReader, most = maxPatterns): string[] {
  const patterns = readMany(reader, () => reader.text(maxPatternBytes))
  if (patterns.length > most) throw protocolError(`a list of ${patterns.length} patterns`)
  return patterns
}

export function writeMany<T>(
  writer: ByteWriter,
  items: readonly T[],
  write: (writer: ByteWriter, item: T) => void,
): void {
  writer.varint(items.length)
  for (const item of items) write(writer, item)
}

/** A message's number: 1 and up. */
export function readMessageNumber(reader: ByteReader, from = 0): number {
  const number = from + reader.varint()
  if (number < 1 || !Number.isSafeInteger(number)) throw protocolError('an invalid message number')
  return number
}
