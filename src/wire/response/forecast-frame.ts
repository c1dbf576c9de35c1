import { ByteReader, ByteWriter } from '../../bytes/varint.js'
import type { MailboxPath } from '../../replica/model.js'
import { readMany, readPath, writeMany, writePath } from '../values.js'

/** What an answer would bring of one mailbox. Bytes are those of frames on the line, at this moment. */
export interface MailboxForecast {
  readonly path: MailboxPath
  /** New messages. */
  readonly listed: number
  /** Messages of which flags or UIDs have changed. */
  readonly changed: number
  readonly expunged: number
  /** Lists and changes; texts that are read first; structures and small parts; attachments. */
  readonly bytes: readonly [number, number, number, number]
}

/** docs/PROTOCOL.md "forecast". */
export interface Forecast {
  readonly mailboxes: readonly MailboxForecast[]
  /** The bytes of all frames of the answer. */
  readonly bytes: number
}

export function encodeForecast({ mailboxes, bytes }: Forecast): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(bytes)
  writeMany(writer, mailboxes, (_, mailbox) => {
    writePath(writer, mailbox.path)
    for (const count of [mailbox.listed, mailbox.changed, mailbox.expunged, ...mailbox.bytes])
      writer.varint(count)
  })
  return writer.finish()
}

export function decodeForecast(payload: Uint8Array): Forecast {
  const reader = new ByteReader(payload)
  const bytes = reader.varint()
  const mailboxes = readMany(reader, () => {
    const path = readPath(reader)
    const [listed, changed, expunged] = [reader.varint(), reader.varint(), reader.varint()]
    const tiers = [reader.varint(), reader.varint(), reader.varint(), reader.varint()] as const
    return { path, listed, changed, expunged, bytes: tiers }
  })
  return { mailboxes, bytes }
}
