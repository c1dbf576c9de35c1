import { ByteReader, ByteWriter } from '../bytes/varint.js'
import type { Guid } from '../replica/model.js'
import { protocolError, readGuid, readMany, writeGuid, writeMany } from './values.js'

/**
 * Mail that both sides hold, taken into the history before the frames that follow: docs/PROTOCOL.md
 * "Primers". The same in both directions; messages are identified by the responder's numbers.
 */
export interface Primer {
  /** In the order in which they are taken in: the one most likely to help comes last. */
  readonly messages: readonly PrimerMessage[]
  /** First bytes of the SHA-256 of all that is taken in. */
  readonly check: Uint8Array
}

export interface PrimerMessage {
  readonly mailbox: Guid
  readonly number: number
}

export const primerLimits = {
  /** Messages in one primer: each costs a look-up and a file that is opened. */
  messages: 100,
  checkBytes: 4,
} as const

/** Neighbours of one mailbox share its GUID; numbers are written as steps. */
export function encodePrimer({ messages, check }: Primer): Uint8Array {
  const runs: { readonly mailbox: Guid; readonly numbers: number[] }[] = []
  for (const { mailbox, number } of messages) {
    const last = runs.at(-1)
    if (last?.mailbox === mailbox) last.numbers.push(number)
    else runs.push({ mailbox, numbers: [number] })
  }
  const writer = new ByteWriter()
  writeMany(writer, runs, (_, { mailbox, numbers }) => {
    writeGuid(writer, mailbox)
    let before = 0
    writeMany(writer, numbers, (_, number) => {
      const step = number - before
      writer.varint(step >= 0 ? 2 * step : -2 * step - 1)
      before = number
    })
  })
  writer.raw(check)
  return writer.finish()
}

export function decodePrimer(payload: Uint8Array): Primer {
  const reader = new ByteReader(payload)
  const messages: PrimerMessage[] = []
  readMany(reader, () => {
    const mailbox = readGuid(reader)
    let number = 0
    readMany(reader, () => {
      const code = reader.varint()
      number += code % 2 === 0 ? code / 2 : -(code + 1) / 2
      if (number < 1 || !Number.isSafeInteger(number)) throw protocolError('an invalid message number')
      messages.push({ mailbox, number })
      if (messages.length > primerLimits.messages) throw protocolError('a primer without end')
    })
  })
  return { messages, check: reader.raw(primerLimits.checkBytes) }
}
