import type { ByteReader, ByteWriter } from '../../bytes/varint.js'
import type { Guid } from '../../replica/model.js'
import { Distance } from '../distance.js'
import { protocolError, readMany, readMessageNumber, unzigzag, writeMany, zigzag } from '../values.js'

/** Numbers and UIDs of messages that both sides can name without their GUIDs. */
export interface GivenNumbers {
  /** Of messages that entries of this request have made, which are as these say. */
  readonly entries: readonly NumberedEntry[]
  /** Of copies that the responder has filed of mail which this accept tells of. */
  readonly copies: readonly FiledCopy[]
}

export interface NumberedEntry {
  /** The entry's number in the journal. */
  readonly entry: number
  readonly number: number
  /** 0: not given yet. */
  readonly uid: number
}

export interface FiledCopy {
  /** The submission's place in the outbox that this accept tells. */
  readonly place: number
  /** `shortNameOf` its GUID. */
  readonly mailbox: number
  readonly number: number
  /** 0: not given yet. */
  readonly uid: number
  /** How much later than the mail was written it was filed. */
  readonly afterMs: number
}

/** A GUID's four words of 32 bits in one: both sides find the mailbox by it, as long as no other of them has the same. */
export function shortNameOf(guid: Guid): number {
  let name = 0
  for (let at = 0; at < 32; at += 8) name ^= Number.parseInt(guid.slice(at, at + 8), 16)
  return name >>> 0
}

/** Of each. What is more is told in other frames, which may be cut in between. */
export const maxGivenNumbers = 100

export function writeGivenNumbers(
  writer: ByteWriter,
  { entries, copies }: GivenNumbers,
  applied: number,
): void {
  const distance = new Distance()
  writeMany(writer, entries, (_, { entry, number, uid }) => {
    writer.varint(applied - entry)
    writer.varint(number)
    distance.write(writer, number, uid)
  })
  if (copies.length === 0) return
  writeMany(writer, copies, (_, { place, mailbox, number, uid, afterMs }) => {
    writer.varint(place)
    writer.u32(mailbox)
    writer.varint(number)
    new Distance().write(writer, number, uid)
    writer.varint(zigzag(afterMs))
  })
}

/** @param submissions how many the outbox of this accept tells of */
export function readGivenNumbers(reader: ByteReader, applied: number, submissions: number): GivenNumbers {
  const distance = new Distance()
  const entries = readMany(reader, (): NumberedEntry => {
    const entry = applied - reader.varint()
    if (entry < 1) throw protocolError('a number for no entry of the journal')
    const number = readMessageNumber(reader)
    return { entry, number, uid: distance.read(reader, number) }
  })
  const copies = reader.done
    ? []
    : readMany(reader, (): FiledCopy => {
        const place = reader.varint()
        if (place >= submissions) throw protocolError('a copy of mail that the accept does not tell of')
        const [mailbox, number] = [reader.u32(), readMessageNumber(reader)]
        const uid = new Distance().read(reader, number)
        return { place, mailbox, number, uid, afterMs: unzigzag(reader.varint()) }
      })
  if (Math.max(entries.length, copies.length) > maxGivenNumbers)
    throw protocolError('more numbers than an accept may give')
  return { entries, copies }
}
