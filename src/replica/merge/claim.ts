import type { Reader } from '../../store/database.js'
import { applyDelta } from '../flags.js'
import { currentName } from '../ids/current-name.js'
import { changeFlags } from '../messages.js'
import type { FlagDelta, Flags, Guid } from '../model.js'
import type { JournalEntry } from '../operation.js'
import type { ContentRecord, MessageRecord } from '../records.js'
import { tables } from '../tables.js'
import type { Application } from './application.js'

/** A message of the author's that turns out to be one that is here. */

/** Names that are looked up before others have their turn. */
const namesInARow = 200

/**
 * What a journal recalls, by the names that it has here, if it is here: a message that the author has isn't the twin of another that it has.
 */
export async function recalledBy(
  reader: Reader,
  entries: readonly JournalEntry[],
  rest: () => Promise<void>,
): Promise<ReadonlySet<Guid>> {
  const names = new Set<Guid>()
  for (const { operation } of entries) {
    if (operation.op !== 'recall') continue
    names.add(await currentName(reader, operation.message))
    if (names.size % namesInARow === 0) await rest()
  }
  return names
}

/** Each of the author's messages takes another twin: two equal files stay two messages. */
export async function unclaimedTwin(
  { change, author }: Application,
  mailbox: Guid,
  content: ContentRecord,
): Promise<MessageRecord | undefined> {
  const { tx } = change
  return author.passed.first(tx, content.id, `unclaimed in ${mailbox}`, async (twin) => {
    if (twin.mailbox !== mailbox || author.knows(twin) || author.recalls.has(twin.guid)) return false
    return !(await tables.adopted.get(tx, author.device, twin.guid))
  })
}

/**
 * The author has this message, so it isn't listed to it. Nobody knows who is ahead, so the flags of both
 * sides are kept. If its content is still on its way up, perhaps under a forgotten name of the author's, the
 * author is asked for it.
 */
export async function claim(
  { change, author }: Application,
  message: MessageRecord,
  flags: Flags,
): Promise<void> {
  const { tx } = change
  const delta: FlagDelta = { add: flags, remove: [] }
  tables.adopted.put(tx, author.device, message.guid, true)
  if (!message.hidden) {
    await changeFlags({ ...change, origin: { kind: 'local' } }, message, delta)
    return
  }
  tables.arriving.put(tx, author.device, message.guid, true)
  tables.message.put(tx, message.guid, { ...message, flags: applyDelta(message.flags, delta) })
}
