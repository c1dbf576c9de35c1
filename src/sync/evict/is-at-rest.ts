import { liveMessagesOf } from '../../replica/content/messages-of-content.js'
import { fileOf } from '../../replica/files.js'
import { type ContentRecord, type MessageRecord, substituteFile, wholeFile } from '../../replica/records.js'
import { isSubmitted } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'

export function isUnread({ flags }: Pick<MessageRecord, 'flags'>): boolean {
  return !flags.includes('\\Seen')
}

/** What a person marked as important, is still writing or has marked to go isn't for anybody else to take away, and neither is what they haven't read. */
export function isMarked({ flags }: Pick<MessageRecord, 'flags'>): boolean {
  return ['\\Flagged', '\\Draft', '\\Deleted'].some((flag) => flags.includes(flag))
}

/** Whether nothing is about to happen to the message or its content on either side, and the upstream knows both. */
export async function isAtRest(
  reader: Reader,
  message: MessageRecord,
  content: ContentRecord,
): Promise<boolean> {
  const { guid, mailbox } = message
  if (message.upstream === 0 || message.hidden || message.expunged) return false
  if (!content.upstreamHas || content.substitute) return false
  if (await tables.todo.has(reader, mailbox, guid)) return false
  if (await tables.journalOf.any(reader, [guid])) return false
  const ofMessage = [
    tables.upload,
    tables.held,
    tables.expunging,
    tables.orphaned,
    tables.aside,
    tables.trashed,
    tables.uncompared,
  ]
  for (const table of ofMessage) if (await table.has(reader, guid)) return false
  for (const table of [tables.expected, tables.kept]) if (await table.has(reader, content.id)) return false
  if (await tables.wanted.any(reader, [content.id])) return false
  if (await isSubmitted(reader, content.id)) return false
  for await (const { value } of tables.wish.list(reader)) if (value.content === content.id) return false
  return !(await isNeededElsewhere(reader, message, content))
}

/** Another message of the same content has no file of its own with all of it: it may come to need this one's. */
async function isNeededElsewhere(
  reader: Reader,
  { guid }: MessageRecord,
  content: ContentRecord,
): Promise<boolean> {
  for await (const other of liveMessagesOf(reader, content.id)) {
    if (other.guid === guid) continue
    const file = await fileOf(reader, other.guid)
    if (!file || file.shown === substituteFile || (content.whole && file.shown !== wholeFile)) return true
  }
  return false
}
