import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import { type Flags, type Guid, plausibleDateMs, type UidRange } from '../../replica/model.js'
import { Distance } from '../distance.js'
import {
  readFlags,
  readGuids,
  readMessageNumber,
  readRanges,
  writeFlags,
  writeGuids,
  writeRanges,
} from '../values.js'

/** New messages whose content the initiator has been told of under another message: named, not sent. */
export interface Links {
  readonly mailbox: number
  readonly entries: readonly LinkEntry[]
  /** Set where they stand in the row of listed messages: the checkpoint, as in a list. */
  readonly missing?: readonly UidRange[]
}

export interface LinkEntry {
  readonly number: number
  /** 0: not given yet. */
  readonly uid: number
  readonly guid: Guid
  readonly flags: Flags
  readonly internalDateMs: number
  readonly source: Guid
}

export function encodeLinks(links: Links): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(links.mailbox)
  writer.varint(links.entries.length)
  writeGuids(
    writer,
    links.entries.map(({ guid }) => guid),
  )
  writeGuids(
    writer,
    links.entries.map(({ source }) => source),
  )
  const distance = new Distance()
  for (const { number, uid, flags, internalDateMs } of links.entries) {
    writer.varint(number)
    distance.write(writer, number, uid)
    writeFlags(writer, flags)
    writer.varint(plausibleDateMs(internalDateMs))
  }
  if (links.missing) writeRanges(writer, links.missing)
  return writer.finish()
}

export function decodeLinks(payload: Uint8Array): Links {
  const reader = new ByteReader(payload)
  const mailbox = reader.varint()
  const guids = readGuids(reader, reader.varint())
  const sources = readGuids(reader, guids.length)
  const distance = new Distance()
  const entries = guids.map((guid, i) => {
    const number = readMessageNumber(reader)
    const uid = distance.read(reader, number)
    const [flags, internalDateMs] = [readFlags(reader), reader.varint()]
    return { guid, source: sources[i] ?? '', number, uid, flags, internalDateMs }
  })
  return reader.done ? { mailbox, entries } : { mailbox, entries, missing: readRanges(reader) }
}
