import type { Digest } from '../../bytes/hash.js'
import { type ByteSource, memorySource } from '../../bytes/source.js'
import { messageChanged, readExactly } from '../../mime/lines.js'
import type { Account } from '../account.js'
import { hasStayed, neverChanges } from '../content/content-access.js'

/**
 * A message is taken apart in more than one reading, and another program may write into its file between two
 * of them. A digest of the one state with parts of the other would describe a message that never was.
 */

/** Files up to this size are read at once. So many bytes are in memory for each of a batch. */
const atOnceBytes = 64 * 1024

/** The bytes of a file, as they are now if it is small. Throws MESSAGE_UNREADABLE where the file ends before its size. */
export async function steadyBytes(account: Account, file: ByteSource): Promise<ByteSource> {
  return isReadAtOnce(account, file) ? memorySource(await readExactly(file, 0, file.size)) : file
}

/** Reads a large file once more, after it was taken apart. Throws MESSAGE_CHANGED unless it still has this digest. */
export async function checkSteady(
  account: Account,
  file: ByteSource,
  digest: Digest,
  signal?: AbortSignal,
): Promise<void> {
  if (isReadAtOnce(account, file) || (await hasStayed(account, { digest }, file, signal))) return
  throw messageChanged()
}

const isReadAtOnce = (account: Account, file: ByteSource): boolean =>
  !neverChanges(account) && file.size <= atOnceBytes
