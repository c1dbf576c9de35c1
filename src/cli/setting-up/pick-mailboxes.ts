import { specialUseOf } from '../../mailstore/maildir/names/mailbox-name.js'
import { pathText } from '../../replica/model.js'
import type { DryReport } from '../sync-run/run-sync.js'
import { costWords } from '../text/cost-words.js'
import { plainText } from '../text/plain-text.js'
import { counted } from '../text/sizes.js'
import { textWidth } from '../text/text-width.js'
import type { FirstSync } from './forecast-first-sync.js'
import type { Asking } from './questions.js'

/** Rows for the question itself, its sum, what the keys do, and the cursor. */
const otherRows = 6

/** What the first sync would move of the mailboxes that were picked, and these as the setting has them, where they aren't what is there by default. */
interface Picked {
  readonly report: DryReport
  readonly only: readonly string[] | undefined
}

/** Lets a person pick among the mailboxes of the endpoint, with what each would take; those for spam aren't picked at first. */
export async function pickMailboxes({ report, estimate }: FirstSync, at: Asking): Promise<Picked> {
  const { up, down } = report
  if (!down) return { report, only: undefined }
  const rows = down.mailboxes.map(({ path, listed, bytes }) => ({
    name: pathText(path),
    listed,
    bytes: bytes.reduce((sum, each) => sum + each, 0),
    usual: specialUseOf(path) !== '\\Junk',
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

/** Only at its beginning does a backslash mean something, and `%` stands for it too. */
const asPattern = (name: string): string => name.replace(/^\\/, '%')
