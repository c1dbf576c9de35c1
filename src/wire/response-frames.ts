import { ByteReader, ByteWriter } from '../bytes/varint.js'
import { cleanText, truncateText } from '../mime/headers/clean-text.js'
import { type Flags, type Guid, type MailboxPath, plausibleDateMs, type UidRange } from '../replica/model.js'
import type { OperationResult } from '../replica/operation.js'
import { Distance } from './distance.js'
import { refuseEvenBits, refuseUnknownBits, sumBits } from './growth.js'
import { readBoolean, readResult, writeResult } from './operations.js'
import {
  protocolError,
  readFlags,
  readGuid,
  readGuids,
  readMany,
  readPath,
  readRanges,
  readUid,
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
  primer: 11,
  forecast: 12,
  totals: 13,
  recipients: 14,
  refusal: 15,
} as const

/** What an accept says by single bits. `journal` and `cursor` together are `forgotten`. */
export const acceptBits = {
  needsPolicy: 1,
  more: 2,
  journal: 4,
  cursor: 8,
  token: 16,
  trouble: 32,
  problems: 64,
} as const

/** What is said of a mailbox by single bits. None: it is deleted. */
export const mailboxBits = { present: 1, subscribed: 2, specialUse: 4, formerly: 8 } as const

/** Always the first frame but for `working`. */
export interface Accept {
  /** The responder's replica. When it isn't the one that the cursor speaks of, nothing was applied and nothing follows. */
  readonly upstream: Guid
  /** Journal entries up to here are applied. */
  readonly applied: number
  /** The policy named in the hello is not known here: nothing follows; ask again and send it. */
  readonly needsPolicy: boolean
  /** One of the two has lost its memory: nothing was applied, nothing follows. */
  readonly lost?: Lost
  /** To be given back in the next hello. Undefined: the one that was given in this one. */
  readonly token?: number
  readonly results: readonly OperationResult[]
  /** The device's messages whose content is not complete here. */
  readonly pending: readonly PendingUpload[]
  /** Mailboxes from which so much has gone on this side that nobody is told before somebody says so. */
  readonly heldBack: readonly HeldBack[]
  /** The mail server beside the responder is away: what is wrong there, for the person. */
  readonly trouble?: string
  /** What can't take part there now. */
  readonly problems?: ProblemsThere
}

/** Messages and mailboxes that the responder can't read or write now: how many, and the first of them in words. */
export interface ProblemsThere {
  /** Names all that is told: who has heard it says so in the next hello, and hears only the name. */
  readonly name: number
  readonly total: number
  /** Undefined: what was told under this name. */
  readonly told?: readonly ProblemThere[]
}

export interface ProblemThere {
  readonly code: string
  readonly mailbox: string
  readonly item?: string
  readonly reason: string
  readonly next: string
  readonly sinceMs: number
}

/**
 * - `journal`: the upstream has applied other entries than the initiator sent.
 * - `cursor`: the upstream never gave that token, or has no such log position.
 * - `forgotten`: the cursor is older than what the upstream remembers of expunges.
 */
export type Lost = 'journal' | 'cursor' | 'forgotten'

const lostCodes: readonly (Lost | undefined)[] = [undefined, 'journal', 'cursor', 'forgotten']

export interface HeldBack {
  readonly mailbox: Guid
  /** Messages gone. */
  readonly gone: number
  /** Messages that were there. */
  readonly of: number
  /** The initiator's journal had expunged them, and the responder keeps them as new messages. */
  readonly kept?: true
}

export interface PendingUpload {
  readonly message: Guid
  /** Bytes held of each part, then of the structure; empty while the skeleton is missing. */
  readonly held: readonly number[]
}

/** Things in one frame of an accept: a device that adopts a whole Maildir has as many results as messages. */
const acceptPiece = 1000

/** A line on a screen, and more. */
const maxTroubleBytes = 500

/** How many problems are told in words; and the bytes of each of their texts. */
export const maxProblemsTold = 20
const maxProblemBytes = 300

function writeProblems(writer: ByteWriter, { name, total, told }: ProblemsThere): void {
  writer.u32(name)
  writer.varint(total)
  writer.u8(told ? 1 : 0)
  if (!told) return
  writeMany(writer, told.slice(0, maxProblemsTold), (_, problem) => {
    const { code, mailbox, item = '', reason, next, sinceMs } = problem
    for (const text of [code, mailbox, item, reason, next]) writer.text(truncateText(text, maxProblemBytes))
    writer.varint(Math.floor(sinceMs / 1000))
  })
}

function readProblems(reader: ByteReader): ProblemsThere {
  const [name, total, isTold] = [reader.u32(), reader.varint(), readBoolean(reader)]
  if (!isTold) return { name, total }
  const text = (): string => cleanText(reader.text(maxProblemBytes), maxProblemBytes)
  const told = readMany(reader, (): ProblemThere => {
    const [code, mailbox, item, reason, next] = [text(), text(), text(), text(), text()]
    const sinceMs = reader.varint() * 1000
    return { code, mailbox, ...(item !== '' && { item }), reason, next, sinceMs }
  })
  if (told.length > maxProblemsTold) throw protocolError('more problems than may be told')
  return { name, total, told }
}

/** An accept as one frame, or as many as its lists need: each but the last says that more follows. */
export function encodeAccept(accept: Accept): Uint8Array[] {
  const { results, pending, heldBack, token, trouble, problems } = accept
  const pieces = Math.max(1, Math.ceil(Math.max(results.length, pending.length) / acceptPiece))
  return Array.from({ length: pieces }, (_, piece) => {
    const writer = new ByteWriter()
    const more = piece < pieces - 1
    writeGuid(writer, accept.upstream)
    writer.varint(accept.applied)
    writer.varint(
      sumBits(acceptBits, {
        needsPolicy: accept.needsPolicy,
        more,
        journal: accept.lost === 'journal' || accept.lost === 'forgotten',
        cursor: accept.lost === 'cursor' || accept.lost === 'forgotten',
        token: token !== undefined,
        trouble: trouble !== undefined && !more,
        problems: problems !== undefined && !more,
      }),
    )
    if (token !== undefined) writer.u32(token)
    if (trouble !== undefined && !more) writer.text(truncateText(trouble, maxTroubleBytes))
    if (problems !== undefined && !more) writeProblems(writer, problems)
    const part = <T>(list: readonly T[]): readonly T[] =>
      list.slice(piece * acceptPiece, (piece + 1) * acceptPiece)
    if (results.length + pending.length + heldBack.length === 0) return writer.finish()
    writeMany(writer, part(results), writeResult)
    writeMany(writer, part(pending), (_, upload) => {
      writeGuid(writer, upload.message)
      writeMany(writer, upload.held, (_, size) => writer.varint(size))
    })
    writeMany(writer, more ? [] : heldBack, (_, { mailbox, gone, of, kept }) => {
      writeGuid(writer, mailbox)
      writer.varint(gone)
      writer.varint(of)
      writer.u8(kept ? 1 : 0)
    })
    return writer.finish()
  })
}

/** One frame of an accept, and whether more of it follows. */
export function decodeAccept(payload: Uint8Array): { readonly accept: Accept; readonly more: boolean } {
  const reader = new ByteReader(payload)
  const upstream = readGuid(reader)
  const applied = reader.varint()
  const bits = reader.varint()
  refuseEvenBits(bits, acceptBits, 'an accept')
  const has = (name: keyof typeof acceptBits): boolean => (bits & acceptBits[name]) !== 0
  const lost = lostCodes[(has('journal') ? 1 : 0) + (has('cursor') ? 2 : 0)]
  const head = {
    upstream,
    applied,
    needsPolicy: has('needsPolicy'),
    ...(lost !== undefined && { lost }),
    ...(has('token') && { token: reader.u32() }),
    ...(has('trouble') && { trouble: cleanText(reader.text(maxTroubleBytes), maxTroubleBytes) }),
    ...(has('problems') && { problems: readProblems(reader) }),
  }
  const more = has('more')
  if (reader.done) return { accept: { ...head, results: [], pending: [], heldBack: [] }, more }
  const results = readMany(reader, readResult)
  const pending = readMany(reader, () => ({
    message: readGuid(reader),
    held: readMany(reader, () => reader.varint()),
  }))
  const heldBack = readMany(reader, (): HeldBack => {
    const [mailbox, gone, of, kept] = [
      readGuid(reader),
      reader.varint(),
      reader.varint(),
      readBoolean(reader),
    ]
    return { mailbox, gone, of, ...(kept && { kept }) }
  })
  return { accept: { ...head, results, pending, heldBack }, more }
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
      /** The initiator may know it by one of these GUIDs. */
      readonly formerly?: readonly Guid[]
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
    writer.u8(
      sumBits(mailboxBits, {
        present: true,
        subscribed: mailbox.subscribed,
        specialUse: mailbox.specialUse !== undefined,
        formerly: mailbox.formerly !== undefined,
      }),
    )
    writePath(writer, mailbox.path)
    writer.varint(mailbox.uidValidity)
    if (mailbox.specialUse !== undefined) writer.text(mailbox.specialUse)
    if (mailbox.formerly !== undefined) writeMany(writer, mailbox.formerly, writeGuid)
  }
  if (structure.log !== undefined) writer.varint(structure.log)
  return writer.finish()
}

export function decodeStructure(payload: Uint8Array): Structure {
  const reader = new ByteReader(payload)
  const mailboxes = readGuids(reader, reader.varint()).map((guid): MailboxState => {
    const bits = reader.u8()
    if (bits === 0) return { guid, deleted: true }
    refuseUnknownBits(bits, mailboxBits, 'a mailbox')
    const has = (name: keyof typeof mailboxBits): boolean => (bits & mailboxBits[name]) !== 0
    if (!has('present')) throw protocolError('a deleted mailbox of which more is said')
    const path = readPath(reader)
    const uidValidity = readUid(reader)
    const specialUse = has('specialUse') ? reader.text(100) : undefined
    const formerly = has('formerly') ? readMany(reader, readGuid) : undefined
    const subscribed = has('subscribed')
    return {
      guid,
      deleted: false,
      path,
      uidValidity,
      subscribed,
      ...(specialUse !== undefined && { specialUse }),
      ...(formerly !== undefined && { formerly }),
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
  readonly done?: { readonly log: number; readonly missing: readonly UidRange[] }
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
  }
  return writer.finish()
}

export function decodeChanges(payload: Uint8Array): Changes {
  const reader = new ByteReader(payload)
  const mailbox = reader.varint()
  let at = 0
  const flags = readMany(reader, () => {
    at = readNumber(reader, at)
    return { number: at, flags: readFlags(reader) }
  })
  const distance = new Distance()
  const numbered = readGuids(reader, reader.varint()).map((guid) => {
    const number = readNumber(reader)
    return { guid, number, uid: distance.read(reader, number), flags: readFlags(reader) }
  })
  const uids = readMany(reader, () => ({ number: readNumber(reader), uid: readUid(reader) }))
  const expunged = readRanges(reader)
  if (reader.done) return { mailbox, flags, numbered, uids, expunged }
  return {
    mailbox,
    flags,
    numbered,
    uids,
    expunged,
    done: { log: reader.varint(), missing: readRanges(reader) },
  }
}

/** A message's number: 1 and up. */
function readNumber(reader: ByteReader, from = 0): number {
  const number = from + reader.varint()
  if (number < 1 || !Number.isSafeInteger(number)) throw protocolError('a message number that is none')
  return number
}

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
    const number = readNumber(reader)
    const uid = distance.read(reader, number)
    const [flags, internalDateMs] = [readFlags(reader), reader.varint()]
    return { guid, source: sources[i] ?? '', number, uid, flags, internalDateMs }
  })
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

/** What follows, about, for the person who watches. Nothing hangs on it. */
export interface Totals {
  /** Messages that are listed. */
  readonly messages: number
  /** Payload of the frames that follow. */
  readonly bytes: number
  /** How much of it goes as it stands. */
  readonly storedBytes: number
}

export function encodeTotals({ messages, bytes, storedBytes }: Totals): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(messages)
  writer.varint(bytes)
  writer.varint(storedBytes)
  return writer.finish()
}

export function decodeTotals(payload: Uint8Array): Totals {
  const reader = new ByteReader(payload)
  return { messages: reader.varint(), bytes: reader.varint(), storedBytes: reader.varint() }
}
