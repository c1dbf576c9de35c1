import { PacketboatError } from '../../errors/packetboat-error.js'
import { nameOf } from '../../sync/settle.js'
import { type LineOptions, openClient, type RunReport, runSync } from '../client-session.js'
import type { CommandContext } from '../command-context.js'
import { deferredTotals } from '../deferred.js'
import { formatBytes, formatSeconds } from '../sizes.js'

export interface SyncCommandOptions extends LineOptions {
  readonly wait?: number
}

/** `packetboat sync [MAILBOX...]`: one exchange, or as many as interruptions make necessary. */
export async function syncCommand(
  context: CommandContext,
  mailboxes: readonly string[],
  options: SyncCommandOptions,
): Promise<void> {
  const session = await openClient(context, { waitMs: (options.wait ?? 0) * 1000 })
  try {
    await syncAndReport(context, session, mailboxes, options)
  } finally {
    await session.close()
  }
}

/** Runs and says in one line what came of it. */
export async function syncAndReport(
  context: CommandContext,
  session: Awaited<ReturnType<typeof openClient>>,
  mailboxes: readonly string[],
  options: LineOptions,
): Promise<void> {
  const report = await runSync(context, session, mailboxes, options)
  const deferred = await deferredTotals(session.account.replica.db)
  const line = summary(report, deferred)
  const { db } = session.account.replica
  const healed = report.healed && `Memory was lost on one side (${report.healed}): both were compared. `
  context.output.result({ event: 'synced', ...report, deferred, summary: line }, [`${healed ?? ''}${line}`])
  const [held] = report.heldBack
  if (!held) return
  const names = []
  for (const each of report.heldBack) names.push(await nameOf(db, each.mailbox))
  throw new PacketboatError(
    'GUARD',
    `${held.gone} of ${held.of} messages ${held.at === 'endpoint' ? 'have gone at the endpoint' : 'would be expunged'} from ${names[0]}${names.length > 1 ? `, and more from ${names.slice(1).join(', ')}` : ''}: nothing of that was done.`,
    `Has a disk gone, or a path changed? To let them go: packetboat sync --allow-expunge "${names[0]}". To keep them: packetboat conflicts${held.at === 'endpoint' ? ', on the endpoint' : ''}.`,
  )
}

function summary(report: RunReport, deferred: { readonly parts: number; readonly bytes: number }): string {
  const { listed, changed, sent, down, up, seconds, attempts } = report
  const news = [
    listed > 0 && `${listed} new`,
    changed > 0 && `${changed} changed there`,
    sent > 0 && `${sent} sent`,
  ].filter((text) => text !== false)
  const what = news.length > 0 ? news.join(', ') : 'Nothing new'
  const cost = `${formatBytes(down)} down, ${formatBytes(up)} up in ${formatSeconds(seconds)}`
  const again = attempts > 1 ? ` over ${attempts} connections` : ''
  const waits =
    deferred.parts > 0
      ? ` ${deferred.parts} parts (${formatBytes(deferred.bytes)}) wait for packetboat fetch.`
      : ''
  return `${what}. ${cost}${again}.${waits}`
}
