import type { Estimate } from '../../link/profile/estimate.js'
import { printMoney } from '../../settings/price.js'
import { formatBytes, formatSeconds } from './sizes.js'

/** What so many bytes take on a line: `1.2 MB, 4 min, 3.2 USD`, as far as it is known. */
export function costWords(bytes: number, { seconds, cost }: Estimate): string {
  return [
    formatBytes(bytes),
    seconds !== undefined && formatSeconds(seconds),
    cost && printMoney({ ...cost, amount: Math.round(cost.amount * 100) / 100 }),
  ]
    .filter(Boolean)
    .join(', ')
}
