import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import type { Flags, Guid, UidRange } from '../../replica/model.js'
import { Distance } from '../distance.js'
import {
  readFlags,
  readGuids,
  readMany,
  readMessageNumber,
  readRanges,
  readUid,
  writeFlags,
  writeGuids,
  writeMany,
  writeRanges,
} from '../values.js'

/** What happened to messages that the initiator knows. Messages go by the responder's numbers. */
export interface Changes {
  readonly mailbox: number
  /** Flags as they stand now. */
  readonly flags: readonly { readonly number: number; readonly flags: Flags }[]
  /** Messages that the initiator made or has shown to have: their numbers, UIDs, and flags as they stand now. */
  readonly numbered: readonly Numbered[]
  /** Other UIDs than before. */
  readonly uids: readonly { readonly number: number; readonly uid: number }[]
  readonly expunged: readonly UidRange[]
  /** With these, every change up to `log` has been told; `missing` are the numbers not listed yet. */
  readonly done?: {
    readonly log: number
    readonly missing: readonly UidRange[]
    /** What the window now leaves out of this mailbox, where that isn't what the initiator said. */
    readonly ashore?: Ashore
  }
}

export interface Ashore {
  readonly ranges: readonly UidRange[]
  /** How much that is. */
  readonly messages: number
  readonly bytes: number
}

export interface Numbered {
  readonly guid: Guid
  readonly number: number
  /** 0: not given yet. */
  readonly uid: number
  readonly flags: Flags
}

/** Numbers ascend. */
export function encodeChanges(changes: Changes): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(changes.mailbox)
  let at = 0
  writeMany(writer, changes.flags, (_, { number, flags }) => {
    writer.varint(number - at)
    writeFlags(writer, flags)
    at = number
  })
  writer.varint(changes.numbered.length)
  writeGuids(
    writer,
    changes.numbered.map(({ guid }) => guid),
  )
  const distance = new Distance()
  for (const { number, uid, flags } of changes.numbered) {
    writer.varint(number)
    distance.write(writer, number, uid)
    writeFlags(writer, flags)
  }
  writeMany(writer, changes.uids, (_, { number, uid }) => {
    writer.varint(number)
    writer.varint(uid)
  })
  writeRanges(writer, changes.expunged)
  if (changes.done) {
    writer.varint(changes.done.log)
    writeRanges(writer, changes.done.missing)
    const { ashore } = changes.done
    if (ashore) {
      writeRanges(writer, ashore.ranges)
      writer.varint(ashore.messages)
      writer.varint(ashore.bytes)
    }
  }
  return writer.finish()
}

export function decodeChanges(payload: Uint8Array): Changes {
  const reader = new ByteReader(payload)
  const mailbox = reader.varint()
  let at = 0
  const flags = readMany(reader, () => {
    at = readMessageNumber(reader, at)
    return { number: at, flags: readFlags(reader) }
  })
  const distance = new Distance()
  const numbered = readGuids(reader, reader.varint()).map((guid) => {
    const number = readMessageNumber(reader)
    return { guid, number, uid: distance.read(reader, number), flags: readFlags(reader) }
  })
  const uids = readMany(reader, () => ({ number: readMessageNumber(reader), uid: readUid(reader) }))
  const expunged = readRanges(reader)
  if (reader.done) return { mailbox, flags, numbered, uids, expunged }
  const [log, missing] = [reader.varint(), readRanges(reader)]
  if (reader.done) return { mailbox, flags, numbered, uids, expunged, done: { log, missing } }
  const ashore = { ranges: readRanges(reader), messages: reader.varint(), bytes: reader.varint() }
  return { mailbox, flags, numbered, uids, expunged, done: { log, missing, ashore } }
}
