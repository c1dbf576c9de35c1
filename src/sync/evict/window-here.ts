import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { MailboxRecord, MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { edgeOf, isInside, keepIn, type Window, type WindowEdge } from '../policy/window.js'

/** Windows as a device sees them, by what it holds: `shore/mailbox-window.ts` is the endpoint's sight, which holds all. */

/** The edge of the mailbox's window; undefined where the device holds the whole mailbox. */
export async function edgeHere(
  reader: Reader,
  mailbox: MailboxRecord,
  windows: readonly Window[],
  nowMs: number,
): Promise<WindowEdge | undefined> {
  const keep = keepIn(windows, mailbox)
  if (keep === 'all') return undefined
  const newest = 'messages' in keep ? await lowestOfNewest(reader, mailbox.guid, keep.messages) : 0
  return edgeOf(keep, nowMs, newest)
}

/** What the upstream hasn't numbered yet is new to it. */
export function isOutsideHere(edge: WindowEdge, message: MessageRecord): boolean {
  return message.upstream > 0 && !isInside(edge, { ...message, number: message.upstream })
}

/** The upstream's number of the last of the newest `count` messages; 0 where there are no more than that. */
async function lowestOfNewest(reader: Reader, mailbox: Guid, count: number): Promise<number> {
  let left = count
  for await (const { key, value } of tables.upstream.list(reader, [mailbox], { reverse: true }))
    if (isLive(await getMessage(reader, value)) && --left < 0) return key[1] + 1
  return 0
}
