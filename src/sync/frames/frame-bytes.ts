import { hasExceptions } from '../../replica/cursor.js'
import { readReplicaRecord } from '../../replica/replica.js'
import type { Reader } from '../../store/database.js'
import type { Carrier } from '../link.js'
import { frameBytesOf, leastFrameBytes } from './outgoing.js'

/**
 * Measures the line first while an account is being filled. For one day's news it isn't worth it: connecting
 * before the request is written costs a packet. Under a budget frames are kept small, since a budget is kept
 * to whole frames.
 */
export async function frameBytesFor(
  reader: Reader,
  { link, signal }: { readonly link: Carrier; readonly signal?: AbortSignal },
  bytesLeft: number | undefined,
): Promise<number> {
  const { firstSyncEnded } = await readReplicaRecord(reader)
  const filled = firstSyncEnded && !(await hasExceptions(reader))
  if (filled || bytesLeft !== undefined) return leastFrameBytes
  return frameBytesOf(await link.frameBytes?.(signal))
}
