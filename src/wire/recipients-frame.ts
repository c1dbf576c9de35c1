import { ByteReader, ByteWriter } from '../bytes/varint.js'
import type { Envelope } from '../mime/envelope.js'
import { readRecipientLines, recipientLines, writeRecipientLines } from '../mime/listed-envelope.js'
import { protocolError, readMany } from './values.js'

/** To and Cc of messages that a long list has shown without them. docs/PROTOCOL.md "recipients". */
export interface Recipients {
  readonly mailbox: number
  /** Numbers descend. */
  readonly entries: readonly RecipientsEntry[]
}

export interface RecipientsEntry {
  readonly number: number
  readonly recipients: Pick<Envelope, 'to' | 'cc'>
}

export function encodeRecipients({ mailbox, entries }: Recipients): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(mailbox)
  writer.varint(entries.length)
  let above = 0
  for (const [i, { number }] of entries.entries()) {
    writer.varint(i === 0 ? number : above - number)
    above = number
  }
  writer.text(entries.map(({ recipients }) => writeRecipientLines(recipients)).join(''))
  return writer.finish()
}

export function decodeRecipients(payload: Uint8Array): Recipients {
  const reader = new ByteReader(payload)
  const mailbox = reader.varint()
  let above: number | undefined
  const numbers = readMany(reader, () => {
    const step = reader.varint()
    above = above === undefined ? step : above - step
    if (above < 1) throw protocolError('a message number that is none')
    return above
  })
  const lines = reader.text(payload.length).split('\n')
  if (lines.length !== recipientLines * numbers.length + 1 || lines.at(-1) !== '')
    throw protocolError('recipients with too much or too little text')
  const entries = numbers.map((number, i) => ({
    number,
    recipients: readRecipientLines(lines.slice(recipientLines * i, recipientLines * (i + 1))),
  }))
  return { mailbox, entries }
}
