/** Time as a line needs it. */
export interface LineClock {
  /** Monotonic, ms. */
  now(): number
  after(ms: number, run: () => void): void
}

export const systemClock: LineClock = {
  now: () => performance.now(),
  after: (ms, run) => void setTimeout(run, ms),
}

/** Heads of IPv4 and TCP with their usual options: they are on the line too. */
const headBytes = 52
/** What fits into a packet beside them. */
const packetBytes = 1400

/** One direction of a line with a cap: who has moved bytes waits before the next ones. */
export interface Pace {
  /** The most bytes at a time: what goes in a few seconds, and no more than a packet. */
  readonly pieceBytes: number
  /** How long to wait before the next piece, ms. */
  waitMs(): number
  /** A piece was moved. */
  moved(bytes: number): void
}

/**
 * A token bucket that holds one piece. Over any time, what moves, including packet headers, exceeds the rate
 * by at most two pieces; if a timer comes late, the next one makes up for it.
 */
export function createPace(bitsPerSecond: number, now: () => number): Pace {
  const bytesPerMs = bitsPerSecond / 8000
  const pieceBytes = Math.min(packetBytes, Math.max(64, Math.round(bytesPerMs * 4000) - headBytes))
  const costMs = (bytes: number): number => (bytes + headBytes * Math.ceil(bytes / packetBytes)) / bytesPerMs
  let freeMs = Number.NEGATIVE_INFINITY
  return {
    pieceBytes,
    waitMs: () => Math.max(0, freeMs - now()),
    moved: (bytes) => {
      freeMs = Math.max(freeMs, now() - costMs(pieceBytes)) + costMs(bytes)
    },
  }
}
