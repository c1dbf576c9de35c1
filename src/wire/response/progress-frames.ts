import { ByteReader, ByteWriter } from '../../bytes/varint.js'

/** How far the answer has come, and how much there is of it. */

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
