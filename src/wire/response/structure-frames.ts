import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import type { Guid, MailboxPath } from '../../replica/model.js'
import { refuseUnknownBits, sumBits } from '../growth.js'
import {
  protocolError,
  readGuid,
  readGuids,
  readMany,
  readPath,
  readUid,
  writeGuid,
  writeGuids,
  writeMany,
  writePath,
} from '../values.js'

/** What is said of a mailbox by single bits. None: it is deleted. */
export const mailboxBits = { present: 1, subscribed: 2, specialUse: 4, formerly: 8 } as const

/** Mailboxes as they stand now. */
export interface Structure {
  readonly mailboxes: readonly MailboxState[]
  /** Present in the last frame: everything up to this log position has been told. */
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
