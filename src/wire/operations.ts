import { fromHex, toHex } from '../bytes/hex.js'
import type { ByteReader, ByteWriter } from '../bytes/varint.js'
import { type Conflict, conflictKinds } from '../replica/conflict.js'
import { plausibleDateMs } from '../replica/model.js'
import type { JournalEntry, Operation, OperationResult } from '../replica/operation.js'
import { nameOfCopy } from '../replica/submission/submission.js'
import { refuseUnknownBits, sumBits } from './growth.js'
import { readSubmit, writeSubmit } from './submissions.js'
import {
  maxUid,
  protocolError,
  readFlags,
  readGuid,
  readPath,
  readUid,
  writeFlags,
  writeGuid,
  writePath,
} from './values.js'

/** Journal entries and their results on the wire. */

/** The codes of operations on the wire. */
export const operationCodes = {
  'mailbox-create': 1,
  'mailbox-rename': 2,
  'mailbox-delete': 3,
  'mailbox-subscribe': 4,
  append: 5,
  copy: 6,
  flags: 7,
  expunge: 8,
  renumber: 9,
  'uid-next': 10,
  recall: 11,
  submit: 12,
  cancel: 13,
  filed: 14,
} as const satisfies Record<Operation['op'], number>

export function writeEntry(writer: ByteWriter, { number, operation }: JournalEntry): void {
  writer.varint(number)
  writer.u8(operationCodes[operation.op])
  switch (operation.op) {
    case 'mailbox-create':
      writeGuid(writer, operation.mailbox)
      writePath(writer, operation.path)
      return
    case 'mailbox-rename':
      writeGuid(writer, operation.mailbox)
      writePath(writer, operation.from)
      writePath(writer, operation.to)
      return
    case 'mailbox-delete':
      writeGuid(writer, operation.mailbox)
      return
    case 'mailbox-subscribe':
      writeGuid(writer, operation.mailbox)
      writer.u8(operation.subscribed ? 1 : 0)
      return
    case 'append':
      writeGuid(writer, operation.mailbox)
      writeGuid(writer, operation.message)
      writeFlags(writer, operation.flags)
      writer.varint(plausibleDateMs(operation.internalDateMs))
      writer.raw(fromHex(operation.digest))
      writer.varint(operation.sizeBytes)
      writer.u8(operation.adopt ? 1 : 0)
      writer.varint(operation.uid ?? 0)
      return
    case 'copy':
      writeGuid(writer, operation.mailbox)
      writeGuid(writer, operation.message)
      writeGuid(writer, operation.source)
      writeFlags(writer, operation.flags)
      writeFlags(writer, operation.base)
      writer.varint(plausibleDateMs(operation.internalDateMs))
      writer.varint(operation.uid ?? 0)
      return
    case 'flags':
      writeGuid(writer, operation.message)
      writeFlags(writer, operation.add)
      writeFlags(writer, operation.remove)
      return
    case 'expunge':
      writeGuid(writer, operation.message)
      writeFlags(writer, operation.base)
      writer.u8(operation.movedTo === undefined ? 0 : 1)
      if (operation.movedTo !== undefined) writeGuid(writer, operation.movedTo)
      return
    case 'renumber':
      writeGuid(writer, operation.message)
      writer.varint(operation.uid)
      return
    case 'uid-next':
      writeGuid(writer, operation.mailbox)
      writer.varint(operation.uidNext)
      return
    case 'recall':
      writeGuid(writer, operation.mailbox)
      writeGuid(writer, operation.message)
      writeFlags(writer, operation.flags)
      writer.u8(operation.digest === undefined ? 0 : 1)
      if (operation.digest !== undefined) {
        writer.raw(fromHex(operation.digest))
        writer.varint(operation.sizeBytes ?? 0)
      }
      return
    case 'submit':
      writeSubmit(writer, operation)
      return
    case 'cancel':
      writeGuid(writer, operation.submission)
      return
    case 'filed':
      writeGuid(writer, operation.mailbox)
      writeGuid(writer, operation.submission)
      writeFlags(writer, operation.flags)
  }
}

export function readEntry(reader: ByteReader): JournalEntry {
  return { number: reader.varint(), operation: readOperation(reader) }
}

function readOperation(reader: ByteReader): Operation {
  const code = reader.u8()
  switch (code) {
    case operationCodes['mailbox-create']:
      return { op: 'mailbox-create', mailbox: readGuid(reader), path: readPath(reader) }
    case operationCodes['mailbox-rename']:
      return { op: 'mailbox-rename', mailbox: readGuid(reader), from: readPath(reader), to: readPath(reader) }
    case operationCodes['mailbox-delete']:
      return { op: 'mailbox-delete', mailbox: readGuid(reader) }
    case operationCodes['mailbox-subscribe']:
      return { op: 'mailbox-subscribe', mailbox: readGuid(reader), subscribed: readBoolean(reader) }
    case operationCodes.append:
      return {
        op: 'append',
        mailbox: readGuid(reader),
        message: readGuid(reader),
        flags: readFlags(reader),
        internalDateMs: reader.varint(),
        digest: toHex(reader.raw(32)),
        sizeBytes: reader.varint(),
        adopt: readBoolean(reader),
        ...readHint(reader),
      }
    case operationCodes.copy:
      return {
        op: 'copy',
        mailbox: readGuid(reader),
        message: readGuid(reader),
        source: readGuid(reader),
        flags: readFlags(reader),
        base: readFlags(reader),
        internalDateMs: reader.varint(),
        ...readHint(reader),
      }
    case operationCodes.flags:
      return { op: 'flags', message: readGuid(reader), add: readFlags(reader), remove: readFlags(reader) }
    case operationCodes.expunge: {
      const message = readGuid(reader)
      const base = readFlags(reader)
      return readBoolean(reader)
        ? { op: 'expunge', message, base, movedTo: readGuid(reader) }
        : { op: 'expunge', message, base }
    }
    case operationCodes.renumber:
      return { op: 'renumber', message: readGuid(reader), uid: readUid(reader) }
    case operationCodes['uid-next']:
      return { op: 'uid-next', mailbox: readGuid(reader), uidNext: readUid(reader) }
    case operationCodes.recall: {
      const mailbox = readGuid(reader)
      const message = readGuid(reader)
      const flags = readFlags(reader)
      return readBoolean(reader)
        ? {
            op: 'recall',
            mailbox,
            message,
            flags,
            digest: toHex(reader.raw(32)),
            sizeBytes: reader.varint(),
          }
        : { op: 'recall', mailbox, message, flags }
    }
    case operationCodes.submit:
      return readSubmit(reader)
    case operationCodes.cancel:
      return { op: 'cancel', submission: readGuid(reader) }
    case operationCodes.filed: {
      const [mailbox, submission, flags] = [readGuid(reader), readGuid(reader), readFlags(reader)]
      return { op: 'filed', mailbox, message: nameOfCopy(submission), submission, flags }
    }
    default:
      throw protocolError(`an operation with the unknown code ${code}`)
  }
}

export function readBoolean(reader: ByteReader): boolean {
  const byte = reader.u8()
  if (byte > 1) throw protocolError('a truth value that is neither')
  return byte === 1
}

/** A UID of the author's, or 0 for none. */
function readHint(reader: ByteReader): { readonly uid?: number } {
  const uid = reader.varint()
  if (uid > maxUid) throw protocolError('an invalid UID')
  return uid === 0 ? {} : { uid }
}

export const resultCodes = { 'same-as': 1, 'no-source': 2, conflict: 3 } as const

export function writeResult(writer: ByteWriter, result: OperationResult): void {
  writer.varint(result.number)
  writer.u8(resultCodes[result.kind])
  if (result.kind === 'conflict') {
    writeConflict(writer, result.conflict)
    return
  }
  writeGuid(writer, result.guid)
  if (result.kind === 'same-as') writeGuid(writer, result.known)
}

export function readResult(reader: ByteReader): OperationResult {
  const number = reader.varint()
  const kind = reader.u8()
  switch (kind) {
    case resultCodes['same-as']:
      return { kind: 'same-as', number, guid: readGuid(reader), known: readGuid(reader) }
    case resultCodes['no-source']:
      return { kind: 'no-source', number, guid: readGuid(reader) }
    case resultCodes.conflict:
      return { kind: 'conflict', number, conflict: readConflict(reader) }
    default:
      throw protocolError(`a result with the unknown code ${kind}`)
  }
}

/** What a conflict says by single bits: what follows of it. */
export const conflictBits = { mailbox: 1, here: 2, there: 4, detail: 8 } as const

function writeConflict(writer: ByteWriter, { kind, mailbox, here, there, detail }: Conflict): void {
  writer.u8(conflictKinds.indexOf(kind))
  writer.u8(
    sumBits(conflictBits, {
      mailbox: mailbox !== undefined,
      here: here !== undefined,
      there: there !== undefined,
      detail: detail !== undefined,
    }),
  )
  for (const guid of [mailbox, here, there]) if (guid !== undefined) writeGuid(writer, guid)
  if (detail !== undefined) writer.text(detail)
}

function readConflict(reader: ByteReader): Conflict {
  const kind = conflictKinds[reader.u8()]
  if (!kind) throw protocolError('a conflict of an unknown kind')
  const bits = reader.u8()
  refuseUnknownBits(bits, conflictBits, 'a conflict')
  const has = (name: keyof typeof conflictBits): boolean => (bits & conflictBits[name]) !== 0
  return {
    kind,
    ...(has('mailbox') && { mailbox: readGuid(reader) }),
    ...(has('here') && { here: readGuid(reader) }),
    ...(has('there') && { there: readGuid(reader) }),
    ...(has('detail') && { detail: reader.text(70_000) }),
  }
}
