import type { LinkProfile } from '../../link/profile/link-profile.js'
import type { Config } from '../../settings/config.js'
import { type Budget, budgetReached, leastBound, lineBytes } from '../../told/run-budget.js'
import { budgetOf } from '../settings/budget-settings.js'

/** What the runs of several accounts may cost together: the limits at the top of the file or on the command line. */
export class SharedBudget {
  #bytes = 0

  /** @param startedMs when the first of the runs began. */
  constructor(
    private readonly top: Config,
    private readonly startedMs: number,
  ) {}

  /** Notes the TCP payload of a run that is over. */
  spend(moved: number): void {
    if (moved > 0) this.#bytes += lineBytes(moved)
  }

  /** An account's own budget, or what the others have left of the shared one, whichever is less. Throws BUDGET when nothing is left. */
  leftOf(own: Budget, link: LinkProfile, nowMs: number): Budget {
    const { maxBytes, maxMs } = budgetOf(this.top, link)
    const bytes = leastBound(own.maxBytes, maxBytes === undefined ? undefined : maxBytes - this.#bytes)
    const ms = leastBound(own.maxMs, maxMs === undefined ? undefined : maxMs - (nowMs - this.startedMs))
    if ((bytes ?? 1) <= 0 || (ms ?? 1) <= 0)
      throw budgetReached('The budget of this run is used up before all accounts had their turn.')
    return {
      ...own,
      ...(bytes !== undefined && { maxBytes: bytes }),
      ...(ms !== undefined && { maxMs: ms }),
    }
  }
}
