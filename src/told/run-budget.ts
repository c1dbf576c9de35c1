import { PacketboatError } from '../errors/packetboat-error.js'
import type { Price, Step } from '../settings/price.js'

/** What a run may cost. Whatever of it is reached first ends the run. */
export interface Budget {
  /** Bytes up and down together, as the link bills them: with packet headers. */
  readonly maxBytes?: number
  readonly maxMs?: number
  /** Minutes after midnight, by this machine's clock: the next time that it is so late. */
  readonly until?: number
}

/** When a run began, and over which line. */
export interface RunStart {
  readonly startedMs: number
  /** What a word takes to the other side and back. */
  readonly latencyMs?: number | undefined
}

/** How long a run takes to end: files are written, a modem hangs up. */
const endingMs = 1500
/** The largest share of a short time that is kept for ending in time. */
const mostEnding = 0.25

/** How long before a time is over a run ends, so that it is over by then. */
export function endsBefore(boundMs: number, latencyMs = 0): number {
  return Math.round(Math.min(endingMs + latencyMs, boundMs * mostEnding))
}

/** What a connection takes besides its payload, as measured: the packets that open and close it, and a TLS handshake with a device key. */
const connectionBytes = 1100
/** What an exchange takes besides its frames: HTTP's heads. */
const exchangeBytes = 250
/** What carries a byte of a frame: TLS records, packet heads, and the packets that acknowledge it. */
const carried = 1.08

/** The lowest of those bounds that there are. */
export function leastBound(...bounds: readonly (number | undefined)[]): number | undefined {
  const known = bounds.filter((bound) => bound !== undefined)
  return known.length > 0 ? Math.min(...known) : undefined
}

/** What the line bills for so much TCP payload. */
export function lineBytes(moved: number): number {
  return moved * carried
}

/** A budget while a run goes on. */
export interface RunBudget {
  /** Ends when the time is up, with the error that says so. */
  readonly signal: AbortSignal
  /**
   * Bytes of frames that may still go. Undefined: as many as there are.
   *
   * @param moved TCP payload of the run so far.
   */
  readonly bytesLeft: ((moved: number) => number) | undefined
  close(): void
}

export interface BudgetClock {
  nowMs(): number
  /** Runs something later; what it returns stops that. */
  after(ms: number, run: () => void): () => void
}

/** The clock of this machine. */
export const systemClock: BudgetClock = {
  nowMs: Date.now,
  after: (ms, run) => {
    // Longer waits than a timer holds are cut: nobody waits for a run of 24 days.
    const timer = setTimeout(run, Math.min(ms, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
}

export function startBudget(budget: Budget, clock: BudgetClock, start: RunStart): RunBudget {
  const ended = new AbortController()
  const { maxBytes, maxMs, until } = budget
  const waits: [number, string][] = []
  if (maxMs !== undefined)
    waits.push([maxMs, `The ${Math.round(maxMs / 1000)} s that this run may take are over.`])
  if (until !== undefined)
    waits.push([
      nextTime(start.startedMs, until) - start.startedMs,
      `This run is to be over by ${clockWords(until)}.`,
    ])
  const [first] = waits.sort(([a], [b]) => a - b)
  const past = clock.nowMs() - start.startedMs
  const stop =
    first &&
    clock.after(Math.max(0, first[0] - endsBefore(first[0], start.latencyMs) - past), () =>
      ended.abort(budgetReached(first[1])),
    )
  return {
    signal: ended.signal,
    bytesLeft:
      maxBytes === undefined
        ? undefined
        : (moved) => {
            const spent = moved === 0 ? connectionBytes : lineBytes(moved)
            return Math.floor((maxBytes - spent) / carried) - exchangeBytes
          },
    close: () => stop?.(),
  }
}

/** What so much money pays for, in the currency of the price: no step that is billed is begun of which it doesn't pay for all. Throws BUDGET. */
export function paidFor(
  amount: number,
  { price, billingStep }: { readonly price: Price; readonly billingStep: Step | undefined },
): Pick<Budget, 'maxBytes' | 'maxMs'> {
  if (price.amount === 0) return {}
  // What 0.40 is by 0.02 comes to a hair less than 20.
  const paid = Math.floor((amount / price.amount) * price.quantity * (1 + 1e-9))
  const step = billingStep?.per === price.per ? billingStep.quantity : 0
  const quantity = step > 0 ? Math.floor(paid / step) * step : paid
  if (quantity === 0 && step > 0) throw lessThanStep()
  return price.per === 'bytes' ? { maxBytes: quantity } : { maxMs: quantity }
}

export function budgetReached(message: string): PacketboatError {
  return new PacketboatError(
    'BUDGET',
    message,
    'Everything that came is kept, the most useful first. To go on from here, run the command again with a larger budget or none.',
  )
}

/** The error of a budget that not even the request fits into. */
export function budgetTooSmall(): PacketboatError {
  return budgetReached(
    'The budget is less than what a connection and a question take, some 2 kB: nothing was sent.',
  )
}

/** The error of a budget that is less than one billing step of the link. */
export function lessThanStep(): PacketboatError {
  return budgetReached(
    'The budget is less than one step costs in which this link is billed: nothing was sent.',
  )
}

/** When a clock shows that time next, in the zone of this machine. */
export function nextTime(nowMs: number, minutes: number): number {
  const at = new Date(nowMs)
  at.setHours(Math.floor(minutes / 60), minutes % 60, 0, 0)
  if (at.getTime() <= nowMs) at.setDate(at.getDate() + 1)
  return at.getTime()
}

/** `07:30`. */
export function clockWords(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}
