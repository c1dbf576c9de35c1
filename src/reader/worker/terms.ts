import { PacketboatError } from '../../errors/packetboat-error.js'
import type { KnownLine } from '../../link/profile/estimate.js'
import { InvalidValue } from '../../settings/invalid-value.js'
import { type Price, parsePrice } from '../../settings/price.js'
import { defaultPolicy, type Policy } from '../../sync/policy/policy.js'
import { type Budget, leastBound, paidFor } from '../../told/run-budget.js'
import type { SyncBudget, SyncTerms } from '../port.js'

/** What a person has said about each sync, as it goes by that. */

const mostDays = 36_500

/** Throws USAGE. */
export function checkedTerms({ price, keepDays }: SyncTerms): SyncTerms {
  if (keepDays !== undefined && !(Number.isInteger(keepDays) && keepDays > 0 && keepDays <= mostDays))
    throw new PacketboatError(
      'USAGE',
      `Messages can't be kept for ${keepDays} days.`,
      'Write a whole number of days.',
    )
  if (price !== undefined) priceOf(price)
  return { ...(price !== undefined && { price }), ...(keepDays !== undefined && { keepDays }) }
}

function priceOf(text: string): Price {
  try {
    return parsePrice(text)
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error
    throw new PacketboatError('USAGE', `"${text}" is no price.`, `Write ${error.message}.`)
  }
}

/** No browser says what its line costs, nor how fast it is. */
export const lineOf = ({ price }: SyncTerms): KnownLine => ({
  rate: undefined,
  rateUp: undefined,
  latencyMs: undefined,
  price: price === undefined ? undefined : priceOf(price),
  billingStep: undefined,
  limitRate: undefined,
})

/** @param savesData the browser was told to save data: attachments that aren't small wait until somebody wants them */
export function policyOf({ keepDays }: SyncTerms, savesData: boolean): Policy {
  const { smallBytes } = defaultPolicy
  return {
    ...defaultPolicy,
    ...(savesData && { attachmentBytes: smallBytes }),
    ...(keepDays !== undefined && { windows: [{ mailboxes: [], keep: { days: keepDays } }] }),
  }
}

/** Throws USAGE where a limit in money is given and no price in that currency is known. */
export function budgetOf({ bytes, seconds, cost }: SyncBudget, terms: SyncTerms): Budget {
  const { price, billingStep } = lineOf(terms)
  if (cost && price?.currency !== cost.currency)
    throw new PacketboatError(
      'USAGE',
      `A sync can't have a limit in ${cost.currency} while ${price ? `the price of the line is in ${price.currency}` : 'nobody has said what the line costs'}.`,
      `Say it under "Line", like 1.20 ${cost.currency}/min or 4 ${cost.currency}/MB.`,
    )
  const paid = cost && price ? paidFor(cost.amount, { price, billingStep }) : {}
  const maxBytes = leastBound(bytes, paid.maxBytes)
  const maxMs = leastBound(seconds === undefined ? undefined : 1000 * seconds, paid.maxMs)
  return { ...(maxBytes !== undefined && { maxBytes }), ...(maxMs !== undefined && { maxMs }) }
}
