import { linkNames } from '../../link/profile/link-profile.js'
import type { Config } from '../../settings/config.js'
import type { EvictionTerms } from '../../sync/evict/choose-evictable.js'
import { clientSettings, windowsOf } from '../settings/client-settings.js'

const dayMs = 86_400_000

/** What may leave this disk by the settings; by hand, all that is outside what `keep` says. Undefined: nothing. */
export function evictionTerms(config: Config, byHand: true): EvictionTerms
export function evictionTerms(config: Config, byHand: boolean): EvictionTerms | undefined
export function evictionTerms(config: Config, byHand: boolean): EvictionTerms | undefined {
  const { evict, diskBudget: budgetBytes } = config.values(clientSettings)
  const windows = linkNames(config).map((link) => windowsOf(config, link))
  if (byHand) return { windows, afterMs: 0, unreadForMs: dayMs, byHand }
  if (evict === undefined && budgetBytes === undefined) return undefined
  return {
    windows,
    afterMs: evict ?? Number.POSITIVE_INFINITY,
    // What somebody has just opened doesn't vanish before their eyes, however soon mail is to go.
    unreadForMs: budgetBytes === undefined ? Math.max(evict ?? dayMs, dayMs) : dayMs,
    ...(budgetBytes !== undefined && { budgetBytes }),
  }
}
