import { liveMessagesOf } from '../../replica/content/messages-of-content.js'
import { getMessage } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Movements } from './movements.js'

/**
 * Finds what was moved while a mail store was read in slices: it was new where it came to before it was missing where it had been.
 * @param since where the change log ended before the first slice
 */
export async function findMovedBefore(
  reader: Reader,
  { scans, movedTo }: Movements,
  since: number,
): Promise<void> {
  const claimed = new Set(movedTo.values())
  const came = new Map<Guid, MessageRecord[]>()
  for (const { vanished } of scans)
    for (const guid of vanished.keys()) {
      const message = movedTo.has(guid) ? undefined : await getMessage(reader, guid)
      if (!message) continue
      const { content, mailbox } = message
      // There may be thousands of one content.
      const copies = came.get(content) ?? (await cameSince(reader, content, since))
      came.set(content, copies)
      const copy = copies.findLast((each) => each.mailbox !== mailbox && !claimed.has(each.guid))
      if (!copy) continue
      claimed.add(copy.guid)
      movedTo.set(guid, copy.guid)
      if (copies.at(-1) === copy) copies.pop()
    }
}

/** Those that are here, the newest first. */
async function cameSince(reader: Reader, content: Guid, since: number): Promise<MessageRecord[]> {
  const found: MessageRecord[] = []
  for await (const message of liveMessagesOf(reader, content))
    if (message.created > since && (await tables.place.has(reader, message.guid))) found.push(message)
  return found.sort((a, b) => b.created - a.created)
}
