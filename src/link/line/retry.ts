import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { kept } from './answer-errors.js'

export interface RetryOptions {
  /** Monotonic, ms. */
  readonly now: () => number
  /** Settles after so long; rejects when the signal fires. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>
  /** Gives a number from 0 up to, but not including, 1. */
  readonly random: () => number
  /** After so long without progress, in ms, the last error is thrown. */
  readonly giveUpAfterMs: number
  readonly firstPauseMs: number
  readonly maxPauseMs: number
  readonly signal?: AbortSignal
  /** Called before each pause. */
  readonly onRetry?: (retry: {
    readonly attempt: number
    readonly pauseMs: number
    readonly error: PacketboatError
  }) => void
}

/**
 * Runs `run` until it succeeds, and again after each LINK_FAILED, with pauses that double (each randomly
 * between half and all of it, so that many devices behind one line don't come back together). `run` gets a
 * function to call when useful bytes have arrived: that resets the pauses and the time without progress. Any
 * other error ends it at once. Gives up with LINK_FAILED.
 */
export async function withRetries<T>(
  run: (progressed: () => void, attempt: number) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const startMs = options.now()
  let progressMs = startMs
  let failures = 0
  const progressed = () => {
    progressMs = options.now()
    failures = 0
  }
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(progressed, attempt)
    } catch (error) {
      if (!hasCode(error, 'LINK_FAILED') || options.signal?.aborted) throw error
      const waitedMs = options.now() - progressMs
      if (waitedMs >= options.giveUpAfterMs) throw givenUp(error, attempt, options.now() - startMs)
      const fullMs = Math.min(options.maxPauseMs, options.firstPauseMs * 2 ** Math.min(failures, 30))
      // One last try when the time is up, rather than a pause that nothing follows.
      const pauseMs = Math.min(fullMs * (0.5 + options.random() / 2), options.giveUpAfterMs - waitedMs)
      failures++
      options.onRetry?.({ attempt, pauseMs, error })
      await options.sleep(pauseMs, options.signal)
    }
  }
}

function givenUp(error: PacketboatError, attempts: number, tookMs: number): PacketboatError {
  const seconds = Math.round(tookMs / 1000)
  return new PacketboatError(
    'LINK_FAILED',
    `${error.message} Gave up after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'} in ${seconds} s.`,
    error.next.includes(kept) ? error.next : `${kept} ${error.next}`,
    { cause: error },
  )
}
