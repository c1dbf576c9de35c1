import type { Change } from '../change.js'
import { getContent } from '../content/contents.js'
import { addMessage, announceMessage } from '../messages.js'
import type { MessageRecord } from '../records.js'
import type { Application } from './application.js'

/**
 * Gives a content a new message: a GUID and a UID die once, and somebody expunged the old message while
 * somebody else had asked to keep it. The new one counts as made by nobody, so that every device is told of
 * it.
 */
export async function keepLive(change: Change, message: MessageRecord): Promise<MessageRecord> {
  const local: Change = { ...change, origin: { kind: 'local' } }
  const kept = await addMessage(local, {
    guid: change.replica.nextGuid(),
    mailbox: message.mailbox,
    content: message.content,
    flags: message.flags,
    internalDateMs: message.internalDateMs,
  })
  const content = await getContent(change.tx, message.content)
  if (content) await announceMessage(local, kept, content, { source: message })
  return kept
}

/** The same, where the author takes more than may go without asking, or has forgotten that it let go of it. */
export async function keptByGuard(
  { change, author }: Application,
  message: MessageRecord,
): Promise<MessageRecord | undefined> {
  const { guardian } = author
  if (author.mayHaveLetGo?.(message)) return keepLive(change, message)
  if (!guardian || (await guardian.mayGo(message))) return undefined
  const kept = await keepLive(change, message)
  guardian.noteKept(message, kept)
  return kept
}
