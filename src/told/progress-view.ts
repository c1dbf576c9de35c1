import { decodeEnvelope } from '../mime/headers/envelope-codec.js'
import type { ExchangeTally } from '../sync/initiator/exchange-tally.js'
import { countsOf, type LineTally, type RunCounts } from './run-counts.js'

/** What a person who watches a run is shown, as numbers. */
export interface ProgressView {
  readonly counts: RunCounts
  readonly up: number
  readonly down: number
  /** Bytes a second, both ways, over the last seconds. */
  readonly rate: number
  /** How much of `totalBytes` is here, 0 to 1; undefined while the endpoint hasn't said what it comes to. */
  readonly share?: number
  /** What the answers of this run come to on the line, bytes: about, and closer the more has come. */
  readonly totalBytes?: number
  readonly secondsLeft?: number
  /** What the last bytes belonged to. */
  readonly item?: { readonly subject: string; readonly sizeBytes: number; readonly heldBytes: number }
  /** Parts that were listed and wait until they are wanted. */
  readonly deferred: { readonly parts: number; readonly bytes: number }
  /** Messages that the endpoint has read of its mail store, while it says nothing else. */
  readonly working?: number
}

/** The rate is taken over the last so many milliseconds. */
const rateWindowMs = 10_000

/** What text comes to on the line before this answer has shown it: a third of its bytes, as a rule. */
const usualRatio = 0.35

/** Below this an estimate of the time left jumps about. */
const estimateFromBytes = 2000

/** Looks at a run's tally now and then, and makes a view of it. */
export function createProgressMeter(tally: LineTally): (nowMs: number) => ProgressView {
  const samples: { readonly ms: number; readonly bytes: number }[] = []
  return (nowMs) => {
    samples.push({ ms: nowMs, bytes: tally.up + tally.down })
    while (samples.length > 2 && nowMs - (samples[0]?.ms ?? 0) > rateWindowMs) samples.shift()
    return viewOf(tally, rateOf(samples))
  }
}

function rateOf(samples: readonly { readonly ms: number; readonly bytes: number }[]): number {
  const [first, last] = [samples[0], samples.at(-1)]
  return first && last && last.ms > first.ms ? (1000 * (last.bytes - first.bytes)) / (last.ms - first.ms) : 0
}

function viewOf(tally: LineTally, rate: number): ProgressView {
  const exchanges = [...tally.exchanges]
  const current = exchanges.at(-1)
  const deferred = { parts: 0, bytes: 0 }
  for (const received of exchanges) {
    deferred.parts += received.deferred.parts
    deferred.bytes += received.deferred.bytes
  }
  const { up, down } = tally
  const seen = { counts: countsOf(tally), up, down, rate, deferred }
  if (!current) return seen
  if (current.working !== undefined) return { ...seen, working: current.working }
  const { item, totals } = current
  const subject = item?.envelope && decodeEnvelope(item.envelope).subject
  return {
    ...seen,
    ...(item && {
      item: { subject: subject ?? '(no subject)', sizeBytes: item.sizeBytes, heldBytes: item.heldBytes },
    }),
    ...(totals && outlook(exchanges, current, totals, rate)),
  }
}

/** An answer that was cut goes on in the next one, which announces the rest: together they come to what the first one did. */
function outlook(
  exchanges: readonly ExchangeTally[],
  current: ExchangeTally,
  totals: NonNullable<ExchangeTally['totals']>,
  rate: number,
): Pick<ProgressView, 'share' | 'totalBytes' | 'secondsLeft'> {
  const came = exchanges.reduce((sum, { answerBytes }) => sum + answerBytes, 0)
  const left = lineBytesLeft(current, totals)
  const totalBytes = Math.round(came + left)
  const share = totalBytes > 0 ? came / totalBytes : 1
  const known = rate > 0 && current.payloadBytes > estimateFromBytes
  return { totalBytes, share, ...(known && { secondsLeft: left / rate }) }
}

/** What is still to come takes on the line: text as small as it has become so far, the rest as it is. */
function lineBytesLeft(received: ExchangeTally, totals: NonNullable<ExchangeTally['totals']>): number {
  const { payloadBytes, storedBytes, textWireBytes } = received
  const left = Math.max(0, totals.bytes - payloadBytes)
  const storedLeft = Math.min(left, Math.max(0, totals.storedBytes - storedBytes))
  const text = payloadBytes - storedBytes
  const ratio = text > estimateFromBytes ? textWireBytes / text : usualRatio
  return storedLeft + (left - storedLeft) * ratio
}
