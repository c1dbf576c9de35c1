import { getContent } from '../../replica/content/contents.js'
import { getMessage } from '../../replica/messages.js'
import { type ContentRecord, type FileRecord, wholeFile } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { outlineOfContent } from '../content/message-text.js'

/** What a message takes on the disk, about: of one that is incomplete, the parts that have come. */
export function diskBytes(content: ContentRecord, { shown }: Pick<FileRecord, 'shown'>): number {
  if (shown === wholeFile) return content.sizeBytes
  const parts = outlineOfContent(content)?.parts ?? []
  return content.held.reduce((sum, part) => sum + (parts[part]?.size ?? 0), 0)
}

/** What all mail here takes. */
export async function bytesHere(reader: Reader): Promise<number> {
  let bytes = 0
  for await (const { value } of tables.file.list(reader)) {
    const message = await getMessage(reader, value.message)
    const content = message && (await getContent(reader, message.content))
    if (content) bytes += diskBytes(content, value)
  }
  return bytes
}
