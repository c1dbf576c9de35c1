import { hasCode } from '../../errors/packetboat-error.js'
import type { Account } from '../account.js'
import { type ScanOptions, type ScanReport, scanMailStore } from '../scan/scan-mail-store.js'
import { writeMailStore } from './write-mail-store.js'

/**
 * Does as `scanMailStore` and `writeMailStore`, for a responder: a device that asks over a costly line gets
 * what is known even while the mail server is away. `trouble` says what is wrong there.
 */

export interface Look extends Pick<ScanReport, 'heldBack' | 'isWhole'> {
  readonly trouble?: string
}

export async function scanIfReachable(account: Account, options: ScanOptions): Promise<Look> {
  try {
    return await scanMailStore(account, options)
  } catch (error) {
    return { heldBack: [], isWhole: false, trouble: troubleOf(error) }
  }
}

/** What can't be written now waits for the next exchange. Returns what is wrong. */
export async function writeIfReachable(account: Account, signal: AbortSignal): Promise<string | undefined> {
  try {
    await writeMailStore(account, { signal })
    return undefined
  } catch (error) {
    return troubleOf(error)
  }
}

/** What has gone wrong with the whole mail store, which may be away, full or not mounted; anything else is thrown on. */
function troubleOf(error: unknown): string {
  const codes = ['MAILSTORE_AWAY', 'MAILSTORE_GONE', 'DISK_FULL', 'READ_ONLY'] as const
  for (const code of codes) if (hasCode(error, code)) return error.message
  throw error
}
