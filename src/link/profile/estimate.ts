import { exactAmount, type Money } from '../../settings/price.js'
import type { MeasuredLine } from '../../sync/measured-line.js'
import type { LinkProfile } from './link-profile.js'

/** What moving bytes would take; undefined where too little is known of the line. */
export interface Estimate {
  readonly seconds: number | undefined
  readonly cost: Money | undefined
}

/** What is said of a line. */
export type KnownLine = Pick<
  LinkProfile,
  'rate' | 'rateUp' | 'latencyMs' | 'price' | 'billingStep' | 'limitRate'
>

/** Round trips of a sync that has something to say: TCP, TLS, the exchange. */
const roundTrips = 3

/**
 * How long this many bytes would take on a link: by what was measured on it, else by its profile, and never
 * faster than its cap. Up and down are added, since a request is sent before its answer comes.
 */
export function estimate(
  bytesUp: number,
  bytesDown: number,
  profile: KnownLine,
  measured: MeasuredLine | undefined,
): Estimate {
  const seconds = secondsFor(bytesUp, bytesDown, profile, measured)
  return { seconds, cost: costOf(bytesUp + bytesDown, seconds, profile) }
}

function secondsFor(
  bytesUp: number,
  bytesDown: number,
  profile: KnownLine,
  measured: MeasuredLine | undefined,
): number | undefined {
  const { rate, rateUp, latencyMs, limitRate = Number.POSITIVE_INFINITY } = profile
  // If the rate isn't known, it is taken to be the highest that is allowed.
  const down = measured?.bitsPerSecond ?? rate ?? profile.limitRate
  if (down === undefined) return undefined
  // Only the rate down is measured; the rate up is slower by the factor that the profile says.
  const up = rate !== undefined && rateUp !== undefined ? (down * rateUp) / rate : down
  const moving = (bytesUp * 8) / Math.min(up, limitRate) + (bytesDown * 8) / Math.min(down, limitRate)
  return moving + (roundTrips * (measured?.latencyMs ?? latencyMs ?? 0)) / 1000
}

/** What a run of so many bytes and seconds costs on a link, steps that were begun as a whole. Undefined where no price is known. */
export function costOf(
  bytes: number,
  seconds: number | undefined,
  { price, billingStep }: Pick<LinkProfile, 'price' | 'billingStep'>,
): Money | undefined {
  if (!price) return undefined
  const used = price.per === 'time' ? seconds && seconds * 1000 : bytes
  if (used === undefined) return undefined
  const step = billingStep?.per === price.per ? billingStep.quantity : 0
  const billed = step > 0 ? Math.ceil(used / step) * step : used
  return { amount: exactAmount((billed / price.quantity) * price.amount), currency: price.currency }
}
