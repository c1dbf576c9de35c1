import type { Change } from '../../replica/change.js'
import { liveMessagesOf } from '../../replica/content/messages-of-content.js'
import { getMailbox } from '../../replica/mailboxes.js'
import type { Guid } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { mayBeEmptied } from '../policy/guard.js'
import type { WriteRun } from './write-run.js'

/**
 * What the upstream moves into Trash stays, so the guard doesn't ask about it; nor does it ask about what
 * leaves Trash. Together that could empty this replica in two syncs. So what the upstream moved there is
 * remembered, and counts when Trash is emptied.
 */

/** A message has gone from its mailbox here: what is left of it stands where it may be emptied. */
export async function noteTrashed(
  { tx, replica }: Change,
  message: MessageRecord,
  run: WriteRun,
): Promise<void> {
  tables.trashed.delete(tx, message.guid)
  if (!replica.hasUpstream) return
  const wasTrashed = await isInTrash(tx, message)
  if (wasTrashed) return
  await run.onceForTrash(tx, message.content, async () => {
    const twins: Guid[] = []
    for await (const twin of liveMessagesOf(tx, message.content)) {
      if (!(await isInTrash(tx, twin))) return
      twins.push(twin.guid)
    }
    for (const twin of twins) tables.trashed.put(tx, twin, true)
  })
}

/** How many of these the upstream had moved there, and of how many messages that don't lie there to be emptied. */
export async function countTrashed(
  reader: Reader,
  messages: readonly Guid[],
): Promise<{ readonly gone: number; readonly of: number }> {
  let gone = 0
  for (const guid of messages) if (await tables.trashed.get(reader, guid)) gone++
  let of = 0
  if (gone === 0) return { gone, of }
  of += await tables.trashed.count(reader)
  for await (const { value } of tables.path.list(reader)) {
    const mailbox = await getMailbox(reader, value)
    if (!mailbox || mayBeEmptied(mailbox)) continue
    of += await tables.file.count(reader, [mailbox.guid])
  }
  return { gone, of }
}

async function isInTrash(reader: Reader, { mailbox }: MessageRecord): Promise<boolean> {
  const record = await getMailbox(reader, mailbox)
  return record !== undefined && mayBeEmptied(record)
}
