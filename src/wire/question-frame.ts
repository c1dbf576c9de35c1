import { ByteReader, ByteWriter } from '../bytes/varint.js'

/** What a person looks for in what the responder has and the initiator hasn't. docs/PROTOCOL.md "Questions". */
export interface AskedQuestion {
  /** The initiator's, 1 and up: the answer names it. */
  readonly number: number
  /** The question as it was typed. */
  readonly text: string
  /** How many messages are shown at the most, and bytes of their senders and subjects. */
  readonly most: number
  readonly mostBytes: number
}

export const questionLimits = { textBytes: 500, questions: 8, most: 200, mostBytes: 65_536 } as const

export function encodeQuestion({ number, text, most, mostBytes }: AskedQuestion): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(number)
  writer.text(text)
  writer.varint(most)
  writer.varint(mostBytes)
  return writer.finish()
}

export function decodeQuestion(payload: Uint8Array): AskedQuestion {
  const reader = new ByteReader(payload)
  const number = reader.varint()
  const text = reader.text(questionLimits.textBytes)
  const [most, mostBytes] = [reader.varint(), reader.varint()]
  return {
    number,
    text,
    most: Math.min(most, questionLimits.most),
    mostBytes: Math.min(mostBytes, questionLimits.mostBytes),
  }
}
