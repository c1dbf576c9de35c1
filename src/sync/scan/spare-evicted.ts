import type { Change } from '../../replica/change.js'
import { getContent } from '../../replica/content/contents.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { Reader } from '../../store/database.js'
import type { Account, HeedingEvictions } from '../account.js'
import type { Heeded } from '../evict/heed-note.js'
import { leaveAshore } from '../evict/leave-ashore.js'
import { edgeHere, isOutsideHere } from '../evict/window-here.js'
import type { Window } from '../policy/window.js'

/**
 * The note beside the mail isn't the one that this database knows, so nobody can say which of the missing
 * messages were deleted and which evicted. Whatever may have been evicted is not reported as deleted,
 * whatever its flags were when an older database saw them. The endpoint has it, and sends it again if it is
 * inside the window.
 */
export async function spareEvicted(
  account: Account,
  scan: Parameters<HeedingEvictions['spare']>[0],
  { movedTo }: Parameters<HeedingEvictions['spare']>[1],
  heeded: Pick<Heeded, 'doubt' | 'doubted'> & { readonly windows: readonly Window[] },
): Promise<void> {
  const doubt = heeded.doubted.has(scan.mailbox) ? 'all' : heeded.doubt
  if (scan.vanished.size === 0 || doubt === 'none') return
  const { replica } = account
  await replica.db.transact(async (tx) => {
    const spared: Guid[] = []
    const isEvictable =
      doubt === 'all' ? () => true : await isOutside(tx, scan.mailbox, heeded.windows, replica.now())
    for (const guid of scan.vanished.keys()) {
      const message = movedTo.has(guid) ? undefined : await getMessage(tx, guid)
      const content = isLive(message) ? await getContent(tx, message.content) : undefined
      if (message && content?.upstreamHas && isEvictable(message)) spared.push(guid)
    }
    if (spared.length === 0) return
    const change: Change = { tx, replica, origin: { kind: 'local' } }
    await leaveAshore(change, scan.mailbox, spared)
    for (const guid of spared) scan.vanished.delete(guid)
  })
}

async function isOutside(
  reader: Reader,
  guid: Guid,
  windows: readonly Window[],
  nowMs: number,
): Promise<(message: Parameters<typeof isOutsideHere>[1]) => boolean> {
  const mailbox = await getMailbox(reader, guid)
  const edge = mailbox && (await edgeHere(reader, mailbox, windows, nowMs))
  return (message) => edge !== undefined && isOutsideHere(edge, { ...message, flags: ['\\Seen'] })
}
