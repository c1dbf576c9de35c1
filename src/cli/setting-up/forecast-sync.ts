import { type Estimate, estimate } from '../../link/profile/estimate.js'
import { getMeasuredLine } from '../../sync/measured-line.js'
import type { CommandContext } from '../command-context.js'
import { type ClientSession, openClient } from '../session/client-session.js'
import { recordedRun } from '../sync-run/recorded-run.js'
import { type DryReport, runDry } from '../sync-run/run-sync.js'

/** What a sync would move, and what any part of that would take. */
export interface SyncForecast {
  readonly report: DryReport
  readonly estimate: (up: number, down: number) => Estimate
}

/** The first sync of all mailboxes, whatever the settings leave out. */
export async function forecastFirstSync(context: CommandContext): Promise<SyncForecast> {
  const session = await openClient(context, { exchanges: true })
  try {
    return await forecastSync(context, session, [], [])
  } finally {
    await session.close()
  }
}

/** Asks the endpoint, for 1 to 2 kB. */
export function forecastSync(
  context: CommandContext,
  session: ClientSession,
  only: readonly string[],
  select?: readonly string[],
): Promise<SyncForecast> {
  return recordedRun(context, session, async (tally) => {
    const report = await runDry(context, session, only, tally, select)
    const measured = await getMeasuredLine(session.account.replica.db, tally.link.name)
    return { report, estimate: (up, down) => estimate(up, down, tally.link, measured) }
  })
}
