import { hasCode } from '../../errors/packetboat-error.js'
import { costOf } from '../../link/profile/estimate.js'
import type { Money } from '../../settings/price.js'
import { countsOf, type RunCounts } from '../../told/run-counts.js'
import { counted, formatBytes, formatMoney, formatSeconds } from '../../told/sizes.js'
import { type WaitingTotals, waitingWords } from '../../told/waiting-parts.js'
import type { MailboxUsage } from '../usage/usage-entry.js'
import type { RunReport } from './run-sync.js'
import type { RunTally } from './run-tally.js'

/** Whether a run changed anything here, and at the endpoint. */
export function hasChanged(report: RunReport): { readonly here: boolean; readonly there: boolean } {
  const { listed, changed, structured, matched, contents, texts, uploaded, done, sent, healed } = report
  return {
    here: listed + changed + structured + matched + contents + texts > 0 || healed !== undefined,
    there: uploaded + done + sent > 0,
  }
}

/** What a run brought and cost, in one line. */
export function doneWords(report: RunReport, waits: WaitingTotals): string {
  const news = newsWords(report, report.done)
  const left = report.evicted > 0 ? [`${counted(report.evicted, 'message')} left this disk.`] : []
  return `${news[0]?.toUpperCase()}${news.slice(1)}. ${[...left, `${costWords(report, report.seconds, report.cost)}.`, ...waitingWords(waits)].join(' ')}`
}

/** The same of a run that did not come to its end, and why it did not. */
export function stoppedWords(tally: RunTally, error: unknown): string {
  const seconds = (Date.now() - tally.startedMs) / 1000
  // What came last was on its way to the disk.
  const refused = (['DISK_FULL', 'READ_ONLY', 'STORE_CORRUPT'] as const).some((code) => hasCode(error, code))
  const kept = refused
    ? 'What was written by then is kept, and the rest comes again'
    : 'Everything that came is kept'
  return `Before it stopped: ${newsWords(countsOf(tally), 0)}. ${costWords(tally, seconds, costOf(tally.up + tally.down, seconds, tally.link))}. ${kept}.`
}

function newsWords(counts: RunCounts, done: number): string {
  const { listed, changed, structured, uploaded, matched, contents, texts } = counts
  const news = [
    listed > 0 && `${listed} new`,
    // New messages are usually complete, too, so this would say the same twice.
    listed === 0 && contents > 0 && `${contents} completed`,
    listed === 0 && texts > contents && counted(texts, 'text'),
    changed > 0 && `${changed} changed at the endpoint`,
    listed === 0 && structured > 0 && `${structured === 1 ? 'a mailbox' : `${structured} mailboxes`} changed`,
    uploaded > 0 && `${uploaded} sent`,
    matched > 0 && `${matched} matched`,
    done > 0 && `${done} changed here`,
  ].filter((text) => text !== false)
  return news.length > 0 ? news.join(', ') : 'nothing new'
}

function costWords(
  { up, down, attempts }: Pick<RunTally, 'up' | 'down' | 'attempts'>,
  seconds: number,
  cost: Money | undefined,
): string {
  const price = cost ? `, ${formatMoney(cost)}` : ''
  const rate = seconds >= 1 ? ` (${formatBytes((up + down) / seconds)}/s)` : ''
  const again = attempts > 1 ? ` over ${attempts} connections` : ''
  return `${formatBytes(down)} down, ${formatBytes(up)} up in ${formatSeconds(seconds)}${rate}${again}${price}`
}

/** What each mailbox had, most first. */
export function mailboxWords(mailboxes: Readonly<Record<string, MailboxUsage>>): string[] {
  return Object.entries(mailboxes)
    .sort(([, a], [, b]) => b.up + b.down - a.up - a.down)
    .map(
      ([name, { messages, up, down }]) =>
        `  ${name}: ${messages > 0 ? `${messages} new, ` : ''}${formatBytes(down)} down, ${formatBytes(up)} up`,
    )
}
