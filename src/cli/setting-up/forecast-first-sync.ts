import { type Estimate, estimate } from '../../link/profile/estimate.js'
import { getMeasuredLine } from '../../sync/measured-line.js'
import type { CommandContext } from '../command-context.js'
import { openClient } from '../session/client-session.js'
import { recordedRun } from '../sync-run/recorded-run.js'
import { type DryReport, runDry } from '../sync-run/run-sync.js'

/** What a first sync of all mailboxes would move, and what any part of that would take. */
export interface FirstSync {
  readonly report: DryReport
  readonly estimate: (up: number, down: number) => Estimate
}

/** Asks the endpoint, for 1 to 2 kB. */
export async function forecastFirstSync(context: CommandContext): Promise<FirstSync> {
  const session = await openClient(context, { exchanges: true })
  try {
    return await recordedRun(context, session, async (tally) => {
      const report = await runDry(context, session, [], tally, [])
      const measured = await getMeasuredLine(session.account.replica.db, tally.link.name)
      return { report, estimate: (up, down) => estimate(up, down, tally.link, measured) }
    })
  } finally {
    await session.close()
  }
}
