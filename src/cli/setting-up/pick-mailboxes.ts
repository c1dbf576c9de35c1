import { specialUseOf } from '../../mailstore/maildir/names/mailbox-name.js'
import { type MailboxPath, pathText } from '../../replica/model.js'
import { counted } from '../../told/sizes.js'
import type { DryReport } from '../sync-run/run-sync.js'
import { costWords } from '../text/cost-words.js'
import { plainText } from '../text/plain-text.js'
import { textWidth } from '../text/text-width.js'
import type { SyncForecast } from './forecast-sync.js'
import { type Asking, asked } from './questions.js'

/** Rows for the question itself, its sum, what the keys do, and the cursor. */
const otherRows = 6

/** What the sync would move of the mailboxes that were picked, and these as patterns, where they aren't the usual ones. */
interface Picked {
  readonly report: DryReport
  readonly only: readonly string[] | undefined
}

/** A new client leaves spam out. */
export const allButSpam = (path: MailboxPath): boolean => specialUseOf(path) !== '\\Junk'

/** Lets a person pick among the mailboxes that have something to come, with what each would take; the usual ones are picked at first. */
export async function pickMailboxes(
  { report, estimate }: SyncForecast,
  isUsual: (path: MailboxPath) => boolean,
  at: Asking,
): Promise<Picked> {
  const { up, down } = report
  if (!down) return { report, only: undefined }
  const rows = down.mailboxes.map(({ path, listed, bytes }) => ({
    name: pathText(path),
    listed,
    bytes: bytes.reduce((sum, each) => sum + each, 0),
    usual: isUsual(path),
  }))
  const others = down.bytes - rows.reduce((sum, { bytes }) => sum + bytes, 0)
  const bytesOf = (picked: ReadonlySet<string>): number =>
    rows.reduce((sum, { name, bytes }) => sum + (picked.has(name) ? bytes : 0), others)
  const words = (bytesUp: number, bytesDown: number): string =>
    costWords(bytesUp + bytesDown, estimate(bytesUp, bytesDown))
  const picked = rows.length < 2 ? new Set(rows.map(({ name }) => name)) : await ask()
  const left = rows.filter(({ name }) => !picked.has(name))
  const bytes = bytesOf(picked)
  return {
    report: {
      ...report,
      ...estimate(up.bytes, bytes),
      down: { bytes, mailboxes: down.mailboxes.filter(({ path }) => picked.has(pathText(path))) },
    },
    only: rows.every(({ name, usual }) => picked.has(name) === usual)
      ? undefined
      : ['*', ...left.map(({ name }) => `!${asPattern(name)}`)],
  }

  async function ask(): Promise<ReadonlySet<string>> {
    const { pickList } = await import('../text/pick-list.js')
    const columns = at.output.columns || 80
    const widest = Math.min(columns / 2, Math.max(...rows.map(({ name }) => textWidth(plainText(name)))))
    const names = await pickList(
      {
        message: 'Which mailboxes should come?',
        lines: rows.map(({ name, listed, bytes, usual }) => {
          const shown = plainText(name)
          const pad = ' '.repeat(Math.max(0, widest - textWidth(shown)))
          return {
            value: name,
            name: `${shown}${pad}  ${counted(listed, 'message')}, ${words(0, bytes)}`,
            checked: usual,
          }
        }),
        height: Math.max(3, (at.output.rows || 24) - otherRows),
        columns,
        total: (some) =>
          `${counted(some.size, 'mailbox').replace(/xs$/, 'xes')}: ${words(up.bytes, bytesOf(some))}`,
        required: true,
      },
      at,
    )
    return new Set(names)
  }
}

/**
 * Asks for one run which mailboxes take part, if several have something to come. Returns patterns of the
 * choice, within those of the command line. Throws INTERRUPTED.
 */
export async function pickForRun(
  { report, estimate }: SyncForecast,
  among: readonly string[],
  at: Asking,
): Promise<readonly string[]> {
  if (!report.down) return among
  const mailboxes = report.down.mailboxes.filter(
    ({ listed, changed, expunged, bytes }) =>
      listed + changed + expunged > 0 || bytes.some((each) => each > 0),
  )
  const forecast = { report: { ...report, down: { ...report.down, mailboxes } }, estimate }
  const { only } = await asked(
    () => pickMailboxes(forecast, () => true, at),
    'Nothing was fetched.',
    'packetboat sync --dry-run prints what would come.',
  )
  return only === undefined ? among : [...(among.length > 0 ? among : ['*']), ...only.slice(1)]
}

/** Makes a pattern of a name. A backslash is special only at the beginning, and `%` stands for it, too. */
const asPattern = (name: string): string => name.replace(/^\\/, '%')
