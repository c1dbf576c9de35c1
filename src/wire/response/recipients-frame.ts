import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import type { Envelope } from '../../mime/headers/envelope.js'
import {
  readRecipientLines,
  recipientLines,
  writeRecipientLines,
} from '../../mime/headers/listed-envelope.js'
import { readDescending, writeDescending } from '../descending.js'
import { protocolError } from '../values.js'

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
  writeDescending(
    writer,
    entries.map(({ number }) => number),
  )
  writer.text(entries.map(({ recipients }) => writeRecipientLines(recipients)).join(''))
  return writer.finish()
}

export function decodeRecipients(payload: Uint8Array): Recipients {
  const reader = new ByteReader(payload)
  const mailbox = reader.varint()
  const numbers = readDescending(reader)
  const lines = reader.text(payload.length).split('\n')
  if (lines.length !== recipientLines * numbers.length + 1 || lines.at(-1) !== '')
    throw protocolError('recipients with too much or too little text')
  const entries = numbers.map((number, i) => ({
    number,
    recipients: readRecipientLines(lines.slice(recipientLines * i, recipientLines * (i + 1))),
  }))
  return { mailbox, entries }
}
