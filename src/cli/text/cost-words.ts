import type { Estimate } from '../../link/profile/estimate.js'
import { formatBytes, formatMoney, formatSeconds } from '../../told/sizes.js'

/** What so many bytes take on a line: `1.2 MB, 4 min, 3.20 USD`, as far as it is known. */
export function costWords(bytes: number, { seconds, cost }: Estimate): string {
  return [formatBytes(bytes), seconds !== undefined && formatSeconds(seconds), cost && formatMoney(cost)]
    .filter(Boolean)
    .join(', ')
}
