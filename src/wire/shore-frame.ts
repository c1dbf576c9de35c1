import { fromHex, toHex } from '../bytes/hex.js'
import { ByteReader, ByteWriter } from '../bytes/varint.js'
import type { Guid, UidRange } from '../replica/model.js'
import { readBoolean } from './operations.js'
import { readGuid, readMany, readRanges, writeGuid, writeMany, writeRanges } from './values.js'

/** What of each mailbox a device doesn't hold because its window leaves it out, by the responder's numbers. docs/PROTOCOL.md "The shore". */
export type Shore = ReadonlyMap<Guid, readonly UidRange[]>

/** How an initiator's shore differs from one that the responder remembers. */
export interface ShoreFrame {
  /** The name of that one, hex; undefined: from none. */
  readonly base?: string
  /** Mailboxes with all that is ashore of them now; those that aren't named are as they were. */
  readonly rows: Shore
}

/** The mailboxes ascending, each with its ranges; those with none are left out. Its SHA-256 names a shore. */
export function encodeShore(shore: Shore): Uint8Array {
  const writer = new ByteWriter()
  writeRows(
    writer,
    [...shore].filter(([, ranges]) => ranges.length > 0),
  )
  return writer.finish()
}

export function decodeShore(payload: Uint8Array): Shore {
  return readRows(new ByteReader(payload))
}

export function encodeShoreFrame({ base, rows }: ShoreFrame): Uint8Array {
  const writer = new ByteWriter()
  writer.u8(base === undefined ? 0 : 1)
  if (base !== undefined) writer.raw(fromHex(base))
  writeRows(writer, [...rows])
  return writer.finish()
}

export function decodeShoreFrame(payload: Uint8Array): ShoreFrame {
  const reader = new ByteReader(payload)
  const base = readBoolean(reader) ? toHex(reader.raw(8)) : undefined
  return { ...(base !== undefined && { base }), rows: readRows(reader) }
}

function writeRows(writer: ByteWriter, rows: readonly (readonly [Guid, readonly UidRange[]])[]): void {
  const sorted = [...rows].sort(([a], [b]) => (a < b ? -1 : 1))
  writeMany(writer, sorted, (_, [mailbox, ranges]) => {
    writeGuid(writer, mailbox)
    writeRanges(writer, ranges)
  })
}

function readRows(reader: ByteReader): Shore {
  return new Map(readMany(reader, () => [readGuid(reader), readRanges(reader)] as const))
}
