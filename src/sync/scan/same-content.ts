import type { Change } from '../../replica/change.js'
import { fileOf } from '../../replica/files.js'
import { eachMessageOf, liveMessagesOf, messagesOf } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import type { Reader } from '../../store/database.js'
import type { MailboxScan, Movements } from './scan-mailbox.js'

/** Of what a file holds there may be thousands of copies: who looks for one of them for each file reads no more of them than it takes. */

/** Of one transaction: messages of a content that are in the mailbox and had no file when it began, by content. */
export type Unfiled = Map<Guid, readonly Guid[]>

export async function unfiledOf(
  { tx }: Change,
  { mailbox }: MailboxScan,
  content: Guid,
  batch: Unfiled,
): Promise<readonly Guid[]> {
  const known = batch.get(content)
  if (known) return known
  const unfiled: Guid[] = []
  for await (const message of liveMessagesOf(tx, content))
    if (message.mailbox === mailbox && !(await fileOf(tx, message.guid))) unfiled.push(message.guid)
  batch.set(content, unfiled)
  return unfiled
}

export async function hasGoneElsewhere({ tx }: Change, scan: MailboxScan, content: Guid): Promise<boolean> {
  for await (const { expunged, mailbox } of eachMessageOf(tx, content))
    if (expunged && mailbox !== scan.mailbox) return true
  return false
}

/** A live one, if there is any. */
export async function anyMessageOf(reader: Reader, content: Guid): Promise<MessageRecord | undefined> {
  let any: MessageRecord | undefined
  for await (const message of eachMessageOf(reader, content)) {
    if (!message.expunged) return message
    any ??= message
  }
  return any
}

/** The message of this content that vanished from another mailbox in the same scan, if nothing else has claimed it: a live one, if there is any. */
export async function movedHere(
  change: Change,
  scan: MailboxScan,
  movements: Movements,
  content: Guid,
): Promise<MessageRecord | undefined> {
  const candidates = movements.scans.filter(
    (other) => other.mailbox !== scan.mailbox && other.vanished.size > 0,
  )
  if (candidates.length === 0) return undefined
  let any: MessageRecord | undefined
  for (const message of await messagesOf(change.tx, content)) {
    if (!candidates.some((other) => other.vanished.has(message.guid))) continue
    if (movements.movedTo.has(message.guid)) continue
    if (!message.expunged) return message
    any ??= message
  }
  return any
}
