import { writeFileSync } from 'node:fs'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { topAccount } from '../../settings/account-table.js'
import { firstDayOf } from '../../settings/calendar-day.js'
import { formatBytes, formatMoney, formatSeconds } from '../../told/sizes.js'
import type { CommandContext } from '../command-context.js'
import { dataDirAt, unwritable } from '../settings/data-dir.js'
import { type Column, tableLines } from '../text/table.js'
import { allowanceStates, allowanceWords } from '../usage/allowance.js'
import type { UsageEntry } from '../usage/usage-entry.js'
import { openUsageFile } from '../usage/usage-file.js'
import { usagePage } from '../usage/usage-page.js'
import { dayOf } from '../usage/usage-periods.js'
import { usagePlot } from '../usage/usage-plot.js'
import { type Grouping, type UsageRow, usageRow, usageRows } from '../usage/usage-rows.js'

export interface UsageCommandOptions {
  readonly by: Grouping
  readonly since?: string
  readonly plot?: string
  readonly html?: string
}

const columns: readonly Column[] = [
  { title: 'runs', align: 'right', spare: 4 },
  { title: 'failed', align: 'right', spare: 1 },
  { title: 'new', align: 'right', spare: 2 },
  { title: 'down', align: 'right' },
  { title: 'up', align: 'right' },
  { title: 'time', align: 'right', spare: 3 },
  { title: 'cost', align: 'right' },
]

/** `packetboat usage`: the account of what the line has cost. Takes no lock, and looks at nothing else. */
export async function usageCommand(context: CommandContext, options: UsageCommandOptions): Promise<void> {
  const since = options.since === undefined ? '' : readDay(options.since)
  const { config, account, accounts, dataRoot } = context.open('client')
  const roots =
    account === undefined && accounts.size > 0 ? accounts : new Map([[account ?? topAccount, dataRoot]])
  const read = [...roots].map(([name, root]) => ({
    name,
    all: openUsageFile(dataDirAt(root), Date.now).read(),
  }))
  const all = read.flatMap((each) => each.all)
  const isMeant = (entry: UsageEntry): boolean => dayOf(entry) >= since
  const entries = all.filter(isMeant)
  const allowances = allowanceStates(config, all, Date.now())
  const rows =
    options.by === 'account'
      ? read.map((each) => usageRow(each.name, each.all.filter(isMeant)))
      : usageRows(entries, options.by)
  const total = usageRow('total', entries)
  const table = {
    columns: [{ title: options.by, align: 'left' } as const, ...columns],
    rows: [...rows, total].map((row) => cellsOf(row, options.by)),
  }
  const notes = allowances.map((state) => `${allowanceWords(state)}${state.share >= 0.8 ? ' !' : ''}`)
  const title = `packetboat: ${formatBytes(total.up + total.down)} by ${options.by}`
  if (options.plot !== undefined) write('--plot', options.plot, usagePlot(title, rows))
  if (options.html !== undefined) {
    // The page has the title above the drawing.
    const plot = usagePlot(title, rows, { heading: false })
    write('--html', options.html, usagePage({ title, plot, ...table, notes }))
  }
  const lines =
    entries.length === 0
      ? ['Nothing has been counted yet.']
      : tableLines(table.columns, table.rows, context.output.columns)
  context.output.result({ event: 'usage', by: options.by, rows, total, allowances }, [...lines, ...notes])
}

function write(option: string, path: string, text: string): void {
  try {
    // Names of mailboxes are nobody else's business; a file that is there keeps the rights that somebody gave it.
    writeFileSync(path, text, { mode: 0o600 })
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes((cause as NodeJS.ErrnoException).code ?? ''))
      throw new PacketboatError(
        'USAGE',
        `${option}: ${path} can't be made: ${(cause as Error).message}.`,
        'Create the folder first, or name a file in an existing folder.',
        { cause },
      )
    throw unwritable(path, cause, `Choose another file with ${option} FILE.`)
  }
}

/** What a mailbox doesn't have of its own is left empty. */
function cellsOf(row: UsageRow, by: Grouping): string[] {
  const { name, runs, failed, messages, down, up, seconds, costs } = row
  const own = by !== 'mailbox' || name === 'total'
  return [
    name,
    runs > 0 ? String(runs) : '',
    own ? String(failed) : '',
    String(messages),
    formatBytes(down),
    formatBytes(up),
    own ? formatSeconds(seconds) : '',
    costWords(costs),
  ]
}

/** `1.20 USD`, `1.20 USD + 0.50 EUR`. */
function costWords(costs: Readonly<Record<string, number>>): string {
  return Object.entries(costs)
    .map(([currency, amount]) => formatMoney({ amount, currency }))
    .join(' + ')
}

function readDay(text: string): string {
  const day = firstDayOf(text)
  if (day !== undefined) return day
  throw new PacketboatError(
    'USAGE',
    `--since: "${text}" is no day, month or year.`,
    'Write it like 2026-11-25, 2026-11 for a month, or 2026 for a year.',
  )
}
