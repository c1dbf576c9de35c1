import { PacketboatError } from '../../errors/packetboat-error.js'
import type { LinkProfile } from '../../link/profile/link-profile.js'
import type { Config } from '../../settings/config.js'
import { clockTime, duration, money, size } from '../../settings/kind.js'
import type { Money } from '../../settings/price.js'
import { section, setting } from '../../settings/section.js'
import { type Budget, leastBound, paidFor } from '../../told/run-budget.js'

/** What each run may cost, unless the command line says otherwise. */
export const budgetSettings = section({
  table: '',
  side: 'client',
  about:
    'Limits of one run. A run stops before it reaches one of them, and the next run continues from there',
  settings: {
    maxBytes: setting(size, {
      example: '"200k"',
      help: 'The most bytes for a run, up and down together, packet headers included',
      flag: '--max-bytes <size>',
    }),
    maxTime: setting(duration(), {
      example: '"10 min"',
      help: 'The longest time for a run',
      flag: '--max-time <duration>',
    }),
    until: setting(clockTime, {
      example: '"07:30"',
      help: 'The time of day at which a run ends',
      flag: '--until <time>',
    }),
    maxCost: setting(money, {
      example: '"2 USD"',
      help: 'The most money for a run, by the price of its link',
      flag: '--max-cost <money>',
    }),
  },
})

/**
 * A run's budget, with money converted by the price: a billed step is begun only if the money pays for all of
 * it. Throws CONFIG where no price is known, or one in another currency; BUDGET when it is less than one step
 * costs.
 */
export function budgetOf(config: Config, link: Billed): Budget {
  const { maxBytes, maxTime, until, maxCost } = config.values(budgetSettings)
  const bounds = maxCost && boundsOf(maxCost, link)
  const bytes = leastBound(maxBytes, bounds?.maxBytes)
  const ms = leastBound(maxTime, bounds?.maxMs)
  return {
    ...(bytes !== undefined && { maxBytes: bytes }),
    ...(ms !== undefined && { maxMs: ms }),
    ...(until !== undefined && { until }),
  }
}

type Billed = Pick<LinkProfile, 'name' | 'price' | 'billingStep'>

function boundsOf(
  { amount, currency }: Money,
  { name: link, price, billingStep }: Billed,
): Pick<Budget, 'maxBytes' | 'maxMs'> {
  if (price?.currency !== currency)
    throw new PacketboatError(
      'CONFIG',
      price
        ? `The price of the link "${link}" is in ${price.currency}, and the budget is in ${currency}.`
        : `The price of the link "${link}" is unknown, so a run can't have a limit in money.`,
      `Set it: packetboat config set link.${link}.price "1.20 ${currency}/min" (or "4 ${currency}/MB"). If it is another link, name that with --link.`,
    )
  return paidFor(amount, { price, billingStep })
}
