import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { getContent } from '../../replica/content/contents.js'
import { liveMessagesOf, messagesOf } from '../../replica/content/messages-of-content.js'
import { fileOf } from '../../replica/files.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import { type FileRecord, type MessageRecord, substituteFile } from '../../replica/records.js'
import { isSubstitute } from '../../replica/substitute.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Account } from '../account.js'
import { isOutOfSight } from '../content/out-of-sight.js'

/**
 * Whether a message that the other side no longer has must stay restorable when it goes from the mail store
 * here. Nobody can tell from here whether a person deleted it there or something merely failed to show it. If
 * the content still stands elsewhere, this message was moved or is a copy; that is checked here, whatever the
 * expunge says of it.
 */
export async function shouldSetAside(
  { replica: { db: reader }, sight }: Pick<Account, 'replica' | 'sight'>,
  guid: Guid,
  message: MessageRecord | undefined,
  { shown }: Pick<FileRecord, 'shown'>,
): Promise<boolean> {
  // A text that stands for a message is no loss. The message itself, where that is, was deleted unread.
  if (message && isSubstitute(message) && shown !== substituteFile) return false
  if (!message || (await tables.aside.get(reader, guid))) return true
  for await (const other of liveMessagesOf(reader, message.content))
    if (!sight.missing.has(other.mailbox) && (await stands(reader, other))) return false
  return !(await isReplacedDraft(reader, message))
}

/** Whether it is there in the mail store for all that can be seen: in a mailbox that can't be looked into it may have gone long since. */
async function stands(reader: Reader, message: MessageRecord): Promise<boolean> {
  const file = await fileOf(reader, message.guid)
  return file !== undefined && !(await isOutOfSight(reader, file.mailbox))
}

/** A mail program saves a draft anew each time: what stood there before is no loss. */
async function isReplacedDraft(reader: Reader, message: MessageRecord): Promise<boolean> {
  if (!message.flags.includes('\\Draft')) return false
  if ((await getMailbox(reader, message.mailbox))?.specialUse !== '\\Drafts') return false
  const content = await getContent(reader, message.content)
  const id = content?.envelope && decodeEnvelope(content.envelope).messageId
  if (!id) return false
  const isNewer = (other: MessageRecord): boolean =>
    isLive(other) &&
    other.mailbox === message.mailbox &&
    other.created > message.created &&
    other.flags.includes('\\Draft')
  for await (const { key } of tables.messageId.list(reader, [id], { limit: namesakes }))
    if ((await messagesOf(reader, key[1])).some(isNewer)) return true
  return false
}

/** The most messages with one Message-ID that are looked at: anybody can send mail with somebody else's. */
const namesakes = 50
