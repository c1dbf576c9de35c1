import { setTimeout as sleep } from 'node:timers/promises'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { isBusy } from './sqlite-error.js'

const firstPauseMs = 5
const longestPauseMs = 100

export interface Patience {
  /** How long to try again while another process or connection holds the lock. */
  readonly waitMs: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs `work`, and again after a pause when SQLite reports that it is busy, without blocking the process
 * meanwhile. Throws SQLite's own error once the pauses add up to `waitMs`; INTERRUPTED when the signal fires.
 */
export async function whileBusy<T>(patience: Patience, work: () => T): Promise<T> {
  let waitedMs = 0
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    if (patience.signal?.aborted) throw interrupted(patience.signal.reason)
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || waitedMs >= patience.waitMs) throw error
    }
    waitedMs += pauseMs
    await sleep(pauseMs, undefined, patience.signal ? { signal: patience.signal } : {}).catch((cause) => {
      throw interrupted(cause)
    })
  }
}

function interrupted(cause: unknown): PacketboatError {
  return new PacketboatError(
    'INTERRUPTED',
    'Interrupted while waiting for another program.',
    'Run it again.',
    {
      cause,
    },
  )
}
