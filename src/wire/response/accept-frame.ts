import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import { cleanText, truncateText } from '../../mime/headers/clean-text.js'
import type { Guid } from '../../replica/model.js'
import type { OperationResult } from '../../replica/operation.js'
import { refuseEvenBits, sumBits } from '../growth.js'
import { readBoolean, readResult, writeResult } from '../operations.js'
import { type OutboxThere, readOutbox, writeOutbox } from '../submissions.js'
import { protocolError, readGuid, readMany, writeGuid, writeMany } from '../values.js'
import { type GivenNumbers, readGivenNumbers, writeGivenNumbers } from './given-numbers.js'

/** What an accept says by single bits. `journal` and `cursor` together are `forgotten`. */
export const acceptBits = {
  needsPolicy: 1,
  more: 2,
  journal: 4,
  cursor: 8,
  token: 16,
  trouble: 32,
  problems: 64,
  outbox: 128,
  needsShore: 256,
  assembles: 512,
  numbers: 2048,
  given: 8192,
} as const

/** Always the first frame but for `working`. */
export interface Accept {
  /** The responder's replica. When it isn't the one that the cursor speaks of, nothing was applied and nothing follows. */
  readonly upstream: Guid
  /** Journal entries up to here are applied. */
  readonly applied: number
  /** The policy named in the hello is not known here: nothing follows; ask again and send it. */
  readonly needsPolicy: boolean
  /** The shore named in the hello is not known here: nothing was applied, nothing follows; ask again and say all of it. */
  readonly needsShore?: boolean
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
  /** Mail is sent from there: `as-heard` where all of it was told under the name in the hello. */
  readonly outbox?: OutboxThere | 'as-heard'
  /** Sent with the outbox: mail may have references. */
  readonly assembles?: true
  /** Sent with the outbox: copies may be named by their submissions, and numbers be asked for. */
  readonly numbers?: true
  /** Sent with the outbox, to who has asked. */
  readonly given?: GivenNumbers
}

/** Messages and mailboxes that the responder can't read or write now: how many, and the first of them in words. */
export interface ProblemsThere {
  /** Names all that is told: who has heard it says so in the next hello, and hears only the name. */
  readonly name: number
  readonly total: number
  /** Undefined: the same as was last told under this name. */
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
 * What has been lost. `journal`: the upstream has applied other entries than the initiator sent. `cursor`:
 * the upstream never gave that token, or has no such log position. `forgotten`: the cursor is older than what
 * the upstream remembers of expunges.
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

/** What a frame of it says by bits; behind the last one of a row nothing more of its lists follows. */
function bitsOf(accept: Accept, more: boolean): { readonly [Name in keyof typeof acceptBits]: boolean } {
  const { lost, token, trouble, problems, outbox, given } = accept
  return {
    needsPolicy: accept.needsPolicy,
    more,
    journal: lost === 'journal' || lost === 'forgotten',
    cursor: lost === 'cursor' || lost === 'forgotten',
    token: token !== undefined,
    trouble: trouble !== undefined && !more,
    problems: problems !== undefined && !more,
    outbox: outbox !== undefined && !more,
    needsShore: accept.needsShore ?? false,
    assembles: accept.assembles ?? false,
    numbers: accept.numbers ?? false,
    given: outbox !== undefined && given !== undefined && !more,
  }
}

/** An accept as one frame, or as many as its lists need: each but the last says that more follows. */
export function encodeAccept(accept: Accept): Uint8Array[] {
  const { results, pending, heldBack, token, trouble, problems, outbox, given } = accept
  const pieces = Math.max(1, Math.ceil(Math.max(results.length, pending.length) / acceptPiece))
  return Array.from({ length: pieces }, (_, piece) => {
    const writer = new ByteWriter()
    const more = piece < pieces - 1
    writeGuid(writer, accept.upstream)
    writer.varint(accept.applied)
    writer.varint(sumBits(acceptBits, bitsOf(accept, more)))
    if (token !== undefined) writer.u32(token)
    if (trouble !== undefined && !more) writer.text(truncateText(trouble, maxTroubleBytes))
    if (problems !== undefined && !more) writeProblems(writer, problems)
    const part = <T>(list: readonly T[]): readonly T[] =>
      list.slice(piece * acceptPiece, (piece + 1) * acceptPiece)
    if (results.length + pending.length + heldBack.length === 0 && !outbox) return writer.finish()
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
    if (outbox === undefined || more) return writer.finish()
    writer.u8(outbox === 'as-heard' ? 0 : 1)
    if (outbox !== 'as-heard') writeOutbox(writer, outbox)
    if (given) writeGivenNumbers(writer, given, accept.applied)
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
    ...(has('needsShore') && { needsShore: true }),
    ...(lost !== undefined && { lost }),
    ...(has('token') && { token: reader.u32() }),
    ...(has('trouble') && { trouble: cleanText(reader.text(maxTroubleBytes), maxTroubleBytes) }),
    ...(has('problems') && { problems: readProblems(reader) }),
    ...(has('assembles') && { assembles: true as const }),
    ...(has('numbers') && { numbers: true as const }),
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
  const outbox: Accept['outbox'] = has('outbox')
    ? readBoolean(reader)
      ? readOutbox(reader)
      : 'as-heard'
    : undefined
  const told = outbox === undefined || outbox === 'as-heard' ? 0 : outbox.submissions.length
  const given = has('given') && outbox ? readGivenNumbers(reader, applied, told) : undefined
  const there = { ...(outbox && { outbox }), ...(given && { given }) }
  return { accept: { ...head, results, pending, heldBack, ...there }, more }
}
