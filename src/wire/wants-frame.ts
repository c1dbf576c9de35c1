import { ByteReader, ByteWriter } from '../bytes/varint.js'
import type { Guid, UidRange } from '../replica/model.js'
import { refuseUnknownBits, sumBits } from './growth.js'
import { protocolError, readGuid, readMany, readRanges, writeGuid, writeMany, writeRanges } from './values.js'

/** What a wish for a piece says by single bits. */
export const wantBits = { urgent: 1, named: 2 } as const

/** What the initiator lacks of messages that were listed to it earlier. */
export interface Wants {
  readonly mailbox: Guid
  /** For the messages with these numbers: what the policy allows, from that tier on. */
  readonly tiers: readonly { readonly tier: number; readonly messages: readonly UidRange[] }[]
  /** Single pieces from an offset. */
  readonly parts: readonly WantedPart[]
  /** Parts of which a person wants to hear what they say. */
  readonly gists?: readonly WantedGist[]
}

export interface WantedGist {
  /** The message's number. */
  readonly message: number
  readonly part: number
}

export interface WantedPart {
  /** The message's number. */
  readonly message: number
  readonly part: number
  readonly offset: number
  /** A person waits for it: before everything else. */
  readonly urgent: boolean
  /** The initiator knows its digest, and copies it from another mail in the same answer: that needn't bring it twice. */
  readonly named: boolean
}

export function encodeWants(wants: Wants): Uint8Array {
  const writer = new ByteWriter()
  writeGuid(writer, wants.mailbox)
  writeMany(writer, wants.tiers, (_, { tier, messages }) => {
    writer.u8(tier)
    writeRanges(writer, messages)
  })
  writeMany(writer, wants.parts, (_, part) => {
    writer.varint(part.message)
    writer.varint(part.part)
    writer.varint(part.offset)
    writer.u8(sumBits(wantBits, { urgent: part.urgent, named: part.named }))
  })
  if (wants.gists?.length)
    writeMany(writer, wants.gists, (_, { message, part }) => {
      writer.varint(message)
      writer.varint(part)
    })
  return writer.finish()
}

export function decodeWants(payload: Uint8Array): Wants {
  const reader = new ByteReader(payload)
  const mailbox = readGuid(reader)
  const tiers = readMany(reader, () => {
    const tier = reader.u8()
    if (tier > 3) throw protocolError(`a wish for tier ${tier}`)
    return { tier, messages: readRanges(reader) }
  })
  const parts = readMany(reader, () => {
    const [message, part, offset, bits] = [reader.varint(), reader.varint(), reader.varint(), reader.u8()]
    refuseUnknownBits(bits, wantBits, 'a wish')
    return {
      message,
      part,
      offset,
      urgent: (bits & wantBits.urgent) !== 0,
      named: (bits & wantBits.named) !== 0,
    }
  })
  const gists = reader.done
    ? []
    : readMany(reader, () => ({ message: reader.varint(), part: reader.varint() }))
  return { mailbox, tiers, parts, ...(gists.length > 0 && { gists }) }
}
