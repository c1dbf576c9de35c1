import { ByteReader, ByteWriter } from '../bytes/varint.js'
import type { Flags, Guid, MailboxPath, UidRange } from '../replica/model.js'
import type { OperationResult } from '../replica/operation.js'
import { readResult, writeResult } from './operations.js'
import {
  protocolError,
  readFlags,
  readGuid,
  readGuids,
  readMany,
  readPath,
  readRanges,
  writeFlags,
  writeGuid,
  writeGuids,
  writeMany,
  writePath,
  writeRanges,
} from './values.js'

/** What the responder sends, frame by frame; each a pair of pure functions. docs/PROTOCOL.md "Response". */

export const responseKinds = {
  accept: 1,
  structure: 2,
  open: 3,
  changes: 4,
  list: 5,
  links: 6,
  skeleton: 7,
  chunk: 8,
  end: 9,
  working: 10,
} as const

/** Always the first frame but for `working`. */
export interface Accept {
  /** The responder's replica. When it isn't the one that the cursor speaks of, nothing but `end` follows. */
  readonly upstream: Guid
  /** Journal entries up to here are applied. */
  readonly applied: number
  /** The policy named in the hello is not known here: nothing but `end` follows; ask again and send it. */
  readonly needsPolicy: boolean
  /** The upstream has applied entries that the initiator never sent, as far as it knows: nothing was applied, nothing follows. */
  readonly stale: boolean
  readonly results: readonly OperationResult[]
  /** The device's messages whose content is not complete here. */
  readonly pending: readonly PendingUpload[]
}

export interface PendingUpload {
  readonly message: Guid
  /** Bytes held of each part, then of the structure; empty while the skeleton is missing. */
  readonly held: readonly number[]
}

/** Things in one frame of an accept: a device that adopts a whole Maildir has as many results as messages. */
const acceptPiece = 1000

/** An accept as one frame, or as many as its lists need: each but the last says that more follows. */
export function encodeAccept(accept: Accept): Uint8Array[] {
  const pieces = Math.max(1, Math.ceil(Math.max(accept.results.length, accept.pending.length) / acceptPiece))
  return Array.from({ length: pieces }, (_, piece) => {
    const writer = new ByteWriter()
    writeGuid(writer, accept.upstream)
    writer.varint(accept.applied)
    writer.u8((accept.needsPolicy ? 1 : 0) | (piece < pieces - 1 ? 2 : 0) | (accept.stale ? 4 : 0))
    const part = <T>(list: readonly T[]): readonly T[] =>
      list.slice(piece * acceptPiece, (piece + 1) * acceptPiece)
    if (accept.results.length === 0 && accept.pending.length === 0) return writer.finish()
    writeMany(writer, part(accept.results), writeResult)
    writeMany(writer, part(accept.pending), (_, upload) => {
      writeGuid(writer, upload.message)
      writeMany(writer, upload.held, (_, size) => writer.varint(size))
    })
    return writer.finish()
  })
}

/** One frame of an accept, and whether more of it follows. */
export function decodeAccept(payload: Uint8Array): { readonly accept: Accept; readonly more: boolean } {
  const reader = new ByteReader(payload)
  const upstream = readGuid(reader)
  const applied = reader.varint()
  const bits = reader.u8()
  if (bits > 7) throw protocolError('unknown bits in an accept')
  const head = { upstream, applied, needsPolicy: (bits & 1) !== 0, stale: (bits & 4) !== 0 }
  const more = (bits & 2) !== 0
  if (reader.done) return { accept: { ...head, results: [], pending: [] }, more }
  const results = readMany(reader, readResult)
  const pending = readMany(reader, () => ({
    message: readGuid(reader),
    held: readMany(reader, () => reader.varint()),
  }))
  return { accept: { ...head, results, pending }, more }
}

/** Mailboxes as they stand now. */
export interface Structure {
  readonly mailboxes: readonly MailboxState[]
  /** With these, everything up to this log position has been told. */
  readonly log?: number
}

export type MailboxState =
  | {
      readonly guid: Guid
      readonly deleted: false
      readonly path: MailboxPath
      readonly uidValidity: number
      readonly subscribed: boolean
      readonly specialUse?: string
    }
  | { readonly guid: Guid; readonly deleted: true }

export function encodeStructure(structure: Structure): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(structure.mailboxes.length)
  writeGuids(
    writer,
    structure.mailboxes.map((mailbox) => mailbox.guid),
  )
  for (const mailbox of structure.mailboxes) {
    if (mailbox.deleted) {
      writer.u8(0)
      continue
    }
    writer.u8(1 | (mailbox.subscribed ? 2 : 0) | (mailbox.specialUse === undefined ? 0 : 4))
    writePath(writer, mailbox.path)
    writer.varint(mailbox.uidValidity)
    if (mailbox.specialUse !== undefined) writer.text(mailbox.specialUse)
  }
  if (structure.log !== undefined) writer.varint(structure.log)
  return writer.finish()
}

export function decodeStructure(payload: Uint8Array): Structure {
  const reader = new ByteReader(payload)
  const mailboxes = readGuids(reader, reader.varint()).map((guid): MailboxState => {
    const bits = reader.u8()
    if ((bits & 1) === 0) return { guid, deleted: true }
    const path = readPath(reader)
    const uidValidity = reader.varint()
    const specialUse = bits & 4 ? reader.text(100) : undefined
    const subscribed = (bits & 2) !== 0
    return {
      guid,
      deleted: false,
      path,
      uidValidity,
      subscribed,
      ...(specialUse !== undefined && { specialUse }),
    }
  })
  return reader.done ? { mailboxes } : { mailboxes, log: reader.varint() }
}

/** Gives a mailbox the next index (from 0) for the frames that follow. */
export function encodeOpen(mailbox: Guid): Uint8Array {
  const writer = new ByteWriter()
  writeGuid(writer, mailbox)
  return writer.finish()
}

export function decodeOpen(payload: Uint8Array): Guid {
  return readGuid(new ByteReader(payload))
}

/** What happened to messages that the initiator knows. */
export interface Changes {
  readonly mailbox: number
  /** Flags as they stand now. */
  readonly flags: readonly { readonly uid: number; readonly flags: Flags }[]
  /** Messages that the initiator made: their UIDs, and their flags as they stand now. */
  readonly numbered: readonly { readonly guid: Guid; readonly uid: number; readonly flags: Flags }[]
  readonly expunged: readonly UidRange[]
  /** With these, every change up to `log` has been told; `missing` are the UIDs not listed yet. */
  readonly done?: { readonly log: number; readonly missing: readonly UidRange[] }
}

export function encodeChanges(changes: Changes): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(changes.mailbox)
  let at = 0
  writeMany(writer, changes.flags, (_, { uid, flags }) => {
    writer.varint(uid - at)
    writeFlags(writer, flags)
    at = uid
  })
  writer.varint(changes.numbered.length)
  writeGuids(
    writer,
    changes.numbered.map(({ guid }) => guid),
  )
  for (const { uid, flags } of changes.numbered) {
    writer.varint(uid)
    writeFlags(writer, flags)
  }
  writeRanges(writer, changes.expunged)
  if (changes.done) {
    writer.varint(changes.done.log)
    writeRanges(writer, changes.done.missing)
  }
  return writer.finish()
}

export function decodeChanges(payload: Uint8Array): Changes {
  const reader = new ByteReader(payload)
  const mailbox = reader.varint()
  let at = 0
  const flags = readMany(reader, () => {
    at += reader.varint()
    return { uid: at, flags: readFlags(reader) }
  })
  const numbered = readGuids(reader, reader.varint()).map((guid) => ({
    guid,
    uid: reader.varint(),
    flags: readFlags(reader),
  }))
  const expunged = readRanges(reader)
  if (reader.done) return { mailbox, flags, numbered, expunged }
  return { mailbox, flags, numbered, expunged, done: { log: reader.varint(), missing: readRanges(reader) } }
}

/** Tier 0: messages that the initiator does not know yet, UIDs descending. */
export interface List {
  readonly mailbox: number
  readonly entries: readonly ListEntry[]
  /** The UIDs still to be listed after these: the checkpoint. */
  readonly missing: readonly UidRange[]
}

export interface ListEntry {
  readonly uid: number
  readonly guid: Guid
  readonly flags: Flags
  readonly internalDateMs: number
  readonly sizeBytes: number
  /** As `mime/envelope.ts` and `mime/outline.ts` write them. */
  readonly envelope: Uint8Array
  readonly outline: Uint8Array
}

/** In columns, since like compresses best beside like. */
export function encodeList(list: List): Uint8Array {
  const writer = new ByteWriter()
  const { entries } = list
  writer.varint(list.mailbox)
  writer.varint(entries.length)
  let above = 2 ** 32
  for (const { uid } of entries) {
    writer.varint(above - uid)
    above = uid
  }
  writeGuids(
    writer,
    entries.map(({ guid }) => guid),
  )
  for (const { flags } of entries) writeFlags(writer, flags)
  for (const { internalDateMs } of entries) writer.varint(internalDateMs)
  for (const { sizeBytes } of entries) writer.varint(sizeBytes)
  for (const { outline } of entries) writer.bytes(outline)
  for (const { envelope } of entries) writer.bytes(envelope)
  writeRanges(writer, list.missing)
  return writer.finish()
}

export function decodeList(payload: Uint8Array): List {
  const reader = new ByteReader(payload)
  const mailbox = reader.varint()
  let above = 2 ** 32
  const uids = readMany(reader, () => {
    above -= reader.varint()
    return above
  })
  const column = <T>(read: () => T): T[] => uids.map(read)
  const guids = readGuids(reader, uids.length)
  const flags = column(() => readFlags(reader))
  const dates = column(() => reader.varint())
  const sizes = column(() => reader.varint())
  const outlines = column(() => reader.bytes(payload.length))
  const envelopes = column(() => reader.bytes(payload.length))
  const entries = uids.map((uid, i) => ({
    uid,
    guid: guids[i] ?? '',
    flags: flags[i] ?? [],
    internalDateMs: dates[i] ?? 0,
    sizeBytes: sizes[i] ?? 0,
    envelope: envelopes[i] ?? new Uint8Array(),
    outline: outlines[i] ?? new Uint8Array(),
  }))
  return { mailbox, entries, missing: readRanges(reader) }
}

/** New messages whose content the initiator has been told of under another message: named, not sent. */
export interface Links {
  readonly mailbox: number
  readonly entries: readonly LinkEntry[]
  /** Set where they stand in the row of listed messages: the checkpoint, as in a list. */
  readonly missing?: readonly UidRange[]
}

export interface LinkEntry {
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
  for (const { uid, flags, internalDateMs } of links.entries) {
    writer.varint(uid)
    writeFlags(writer, flags)
    writer.varint(internalDateMs)
  }
  if (links.missing) writeRanges(writer, links.missing)
  return writer.finish()
}

export function decodeLinks(payload: Uint8Array): Links {
  const reader = new ByteReader(payload)
  const mailbox = reader.varint()
  const guids = readGuids(reader, reader.varint())
  const sources = readGuids(reader, guids.length)
  const entries = guids.map((guid, i) => ({
    guid,
    source: sources[i] ?? '',
    uid: reader.varint(),
    flags: readFlags(reader),
    internalDateMs: reader.varint(),
  }))
  return reader.done ? { mailbox, entries } : { mailbox, entries, missing: readRanges(reader) }
}

/** Everything that was planned has been sent: the cursor for all mailboxes of this run. */
export interface End {
  readonly log: number
}

export function encodeEnd(end: End): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(end.log)
  return writer.finish()
}

export function decodeEnd(payload: Uint8Array): End {
  return { log: new ByteReader(payload).varint() }
}

/** The responder is still reading its mail store: so many messages so far. Keeps the line from looking dead. */
export function encodeWorking(messages: number): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(messages)
  return writer.finish()
}

export function decodeWorking(payload: Uint8Array): number {
  return new ByteReader(payload).varint()
}
