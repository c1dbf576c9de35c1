import { readReplicaRecord } from '../../replica/replica.js'
import type { Reader } from '../../store/database.js'
import type { Carrier } from '../link.js'
import { frameBytesOf, leastFrameBytes } from './outgoing.js'

/**
 * Where an account is filled for the first time, or still is, the line is looked at first. A day's news aren't worth it: to connect before
 * the request is written costs a packet. And a budget is kept to a frame, so that they had better be small.
 */
export async function frameBytesFor(
  reader: Reader,
  { link, signal }: { readonly link: Carrier; readonly signal?: AbortSignal },
  bytesLeft: number | undefined,
): Promise<number> {
  const { firstSyncEnded, cursor } = await readReplicaRecord(reader)
  const filled = firstSyncEnded && Object.keys(cursor.mailboxes).length === 0
  if (filled || bytesLeft !== undefined) return leastFrameBytes
  return frameBytesOf(await link.frameBytes?.(signal))
}
