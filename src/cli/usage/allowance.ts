import { linkSettings } from '../../link/profile/line-settings.js'
import type { Config } from '../../settings/config.js'
import { InvalidValue } from '../../settings/invalid-value.js'
import { type Kind, money, size } from '../../settings/kind.js'
import { exactAmount, type Money } from '../../settings/price.js'
import { section, setting } from '../../settings/section.js'
import { formatBytes, formatMoney } from '../../told/sizes.js'
import type { UsageEntry } from './usage-entry.js'
import { monthOf } from './usage-periods.js'

/** What a month may cost: bytes both ways, or money. */
type Limit = { readonly bytes: number } | { readonly money: Money }

const what = 'a size like "50 MB" or an amount of money like "20 USD", for a month'

const limit: Kind<Limit> = {
  what,
  label: 'size or money',
  read: (value, place) => {
    for (const read of [
      () => ({ money: money.read(value, place) }),
      () => ({ bytes: size.read(value, place) }),
    ])
      try {
        const found: Limit = read()
        if ('money' in found ? found.money.amount > 0 : found.bytes > 0) return found
      } catch (error) {
        if (!(error instanceof InvalidValue)) throw error
      }
    throw new InvalidValue(what)
  },
  print: (value) => ('money' in value ? money.print(value.money) : size.print(value.bytes)),
}

export const allowanceSettings = section({
  table: '',
  side: 'client',
  about: 'The allowance of a month. packetboat warns at 80 % and at 100 % of it, and stops nothing',
  settings: {
    allowance: setting(limit, {
      example: '"50 MB"',
      help: 'The allowance of a calendar month, for all links and accounts together: bytes or money',
      ofAllAccounts: true,
    }),
  },
})

/** The same of one link. */
export const linkAllowanceSettings = section({
  table: linkSettings.table,
  keyed: { name: 'NAME', example: 'boat' },
  side: 'client',
  about: 'The allowance of this link',
  settings: {
    allowance: setting(limit, {
      example: '"20 USD"',
      help: 'The allowance of a calendar month: bytes, or money by the price above',
    }),
  },
})

/** What of an allowance is used up. */
export interface AllowanceState {
  /** Undefined: all links together. */
  readonly link: string | undefined
  readonly limit: Limit
  /** In bytes, or in the limit's currency. */
  readonly used: number
  /** 1 is all of it. */
  readonly share: number
}

/** The state of every allowance that was set, in the month of `nowMs`. */
export function allowanceStates(
  config: Config,
  entries: readonly UsageEntry[],
  nowMs: number,
): AllowanceState[] {
  const limits: { readonly link: string | undefined; readonly limit: Limit | undefined }[] = [
    { link: undefined, limit: config.values(allowanceSettings).allowance },
    ...[...config.named(linkAllowanceSettings)].map(([link, { allowance }]) => ({ link, limit: allowance })),
  ]
  const month = monthOf({ at: new Date(nowMs).toISOString() })
  const now = entries.filter((entry) => monthOf(entry) === month)
  return limits.flatMap(({ link, limit }) => {
    if (!limit) return []
    const sum = now
      .filter((entry) => link === undefined || entry.link === link)
      .reduce((sum, { up, down, costs }) => {
        if ('bytes' in limit) return sum + up + down
        return sum + (Object.hasOwn(costs, limit.money.currency) ? (costs[limit.money.currency] ?? 0) : 0)
      }, 0)
    const used = exactAmount(sum)
    return [{ link, limit, used, share: used / ('bytes' in limit ? limit.bytes : limit.money.amount) }]
  })
}

/** `41 MB of the month's 50 MB (82 %)`. */
export function allowanceWords({ link, limit, used, share }: AllowanceState): string {
  const [is, of] =
    'bytes' in limit
      ? [formatBytes(used), formatBytes(limit.bytes)]
      : [formatMoney({ ...limit.money, amount: used }), formatMoney(limit.money)]
  const where = link === undefined ? '' : ` on ${link}`
  return `${is} of the month's ${of}${where} (${Math.floor(share * 100)} %)`
}

const steps = [0.8, 1]

/**
 * What a run gives reason to warn of. Where nobody watches, each step is reported once, by the run that
 * reaches it: a warning that comes every time is no longer read.
 */
export function newWarnings(
  before: readonly AllowanceState[],
  after: readonly AllowanceState[],
  always: boolean,
): string[] {
  return after.flatMap((state, i) => {
    const taken = (share: number): number => steps.filter((step) => share >= step).length
    const reached = taken(state.share)
    if (reached === 0 || (!always && reached === taken(before[i]?.share ?? 0))) return []
    const used = state.share >= 1 ? 'Used up' : 'Nearly used up'
    return [`${used}: ${allowanceWords(state)}.`]
  })
}
