import { PacketboatError } from '../../errors/packetboat-error.js'
import { describeOrigin, type Problem, type Row } from '../../settings/config.js'
import { defaultOf, exampleFile, headerOf, shownValue } from '../../settings/describe.js'
import type { CommandContext } from '../command-context.js'
import { allSettings } from '../settings/all-settings.js'
import { idlePatterns, machineProblems } from '../settings/check-machine.js'
import { byLine, idleEviction } from '../settings/check-settings.js'
import { isClient } from '../settings/client-settings.js'
import { noFile, type Side } from '../settings/open-config.js'

export interface ConfigOptions {
  /** The side that answers: it has a file of its own in a data directory. */
  readonly endpoint?: boolean
}

export const sideOf = ({ endpoint }: ConfigOptions): Side => (endpoint ? 'endpoint' : 'client')

export interface ShowOptions extends ConfigOptions {
  readonly changed?: boolean
  readonly all?: boolean
  readonly defaults?: boolean
}

/** `packetboat config show`: what is in force and who said it. Secrets are masked. */
export async function showConfig({ load, output }: CommandContext, options: ShowOptions): Promise<void> {
  if ([options.changed, options.all, options.defaults].filter(Boolean).length > 1)
    throw new PacketboatError(
      'USAGE',
      '--changed, --all and --defaults exclude each other.',
      'Use one of them.',
    )
  if (options.defaults) {
    const rows = [...allSettings().tables].flatMap((table) =>
      [...table.settings.values()].flatMap((known): ShownRow[] => {
        const value = defaultOf(known)
        return value === undefined
          ? []
          : [{ header: headerOf(table, undefined), name: known.name, value, from: undefined }]
      }),
    )
    output.result(
      { event: 'defaults', settings: rows.map(({ name, value }) => ({ name, value })) },
      linesOf(rows),
    )
    return
  }
  const { path, isThere, config } = load(sideOf(options))
  const rows = config
    .rows()
    .filter((row) => isShown(row, options))
    .map(shownRow)
  const notes = config.problems.map(({ message, next }) => `# ${message} ${next}`)
  output.result(
    {
      event: 'config',
      file: path,
      isThere,
      settings: rows.map(({ header, name, value, from }) => ({ table: header, name, value, from })),
      problems: config.problems,
    },
    [`# ${path}${isThere ? '' : ' does not exist'}`, ...notes, ...linesOf(rows)],
  )
}

function isShown({ origin }: Row, { changed, all }: ShowOptions): boolean {
  if (all) return true
  return changed
    ? origin !== undefined && origin.from !== 'default' && origin.from !== 'built in'
    : origin !== undefined && origin.from !== 'built in'
}

interface ShownRow {
  readonly header: string | undefined
  readonly name: string
  /** The value as TOML; undefined where nobody has set it. */
  readonly value: string | undefined
  readonly from: string | undefined
}

function shownRow(row: Row): ShownRow {
  return {
    header: headerOf(row.table, row.key),
    name: row.name,
    value: row.origin === undefined ? undefined : shownValue(row),
    from: row.origin && describeOrigin(row.origin),
  }
}

/** The lines that a file would have, each with where it was set. */
function linesOf(rows: readonly ShownRow[]): string[] {
  const texts = rows.map(({ name, value }) => (value === undefined ? `#${name} =` : `${name} = ${value}`))
  const width = Math.min(40, Math.max(0, ...texts.map((text) => text.length)))
  return rows.flatMap(({ header, from }, index) => {
    const text = texts[index] ?? ''
    const line = from === undefined ? text : `${text.padEnd(width)}  # ${from}`
    return header !== rows[index - 1]?.header && header !== undefined ? ['', header, line] : [line]
  })
}

/**
 * `packetboat config check`: reports everything that is wrong, each with its line, including programs and
 * files that the settings name and that don't exist here. Throws CONFIG with the last of them.
 */
export async function checkConfig(
  context: CommandContext,
  options: ConfigOptions & { readonly config?: string },
): Promise<void> {
  const { load, output, env } = context
  const loaded = load(sideOf(options))
  const { path, isThere, config, account } = loaded
  if (!isThere && options.config !== undefined) throw noFile(path)
  const others = options.endpoint || account !== undefined ? [] : config.accounts
  const all = [loaded, ...others.map((name) => context.forAccount(name).load('client'))]
  const unset = all
    .slice(1)
    .filter((each) => !isClient(each.config))
    .map(
      (each): Problem => ({
        code: 'CONFIG',
        message: `${path}: the account "${each.account}" has no endpoint.`,
        next: `Set it up: packetboat init -a ${each.account}`,
      }),
    )
  const found = all.flatMap((each) => [...each.config.problems, ...machineProblems(each, env['PATH'])])
  // What stands at the top is the same for all of them.
  const problems = byLine([...unset, ...new Map(found.map((problem) => [problem.message, problem])).values()])
  const errors = problems.map(({ code, message, next }) => new PacketboatError(code, message, next))
  const last = errors.pop()
  for (const error of errors) output.error(error)
  if (last) throw last
  const { leftAlone } = config
  const evictions = all.flatMap((each) => idleEviction(each.config))
  const idle = [...(await Promise.all(all.map(idlePatterns))).flat(), ...new Set(evictions)]
  output.result({ event: 'checked', file: path, isThere, leftAlone, idle }, [
    isThere ? `${path} is all right.` : `There is no file ${path}: the defaults apply.`,
    ...leftAlone.map((name) => `[${name}] is left alone: packetboat has no such table.`),
    ...idle,
  ])
}

/** `packetboat config example`: a file with every setting, commented out. */
export async function exampleConfig({ output }: CommandContext): Promise<void> {
  const text = exampleFile(allSettings())
  output.result({ event: 'example', text }, text.trimEnd().split('\n'))
}
