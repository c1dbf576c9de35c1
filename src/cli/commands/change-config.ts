import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import { topAccount } from '../../settings/account-table.js'
import type { Problem } from '../../settings/config.js'
import type { Place } from '../../settings/kind.js'
import { type NamedSetting, nameSetting, tomlOfWords } from '../../settings/name-setting.js'
import { printKey } from '../../settings/toml-document.js'
import type { CommandContext } from '../command-context.js'
import { allSettings } from '../settings/all-settings.js'
import { withSettingsLocked } from '../settings/change-settings.js'
import {
  type LoadedConfig,
  placeOnCommandLine,
  type Side,
  textWith,
  textWithout,
  writeText,
} from '../settings/open-config.js'
import { type ConfigOptions, sideOf } from './config.js'

/** `packetboat config set KEY VALUE...`: checks the value, and the file that comes of it, before anything is written. */
export async function setConfig(
  context: CommandContext,
  words: string,
  values: readonly string[],
  options: ConfigOptions & { readonly account?: string },
): Promise<void> {
  const named = nameSetting(allSettings(), words)
  const { key, known } = named
  if (!known)
    throw new PacketboatError(
      'USAGE',
      `${words} is a table, which has no value of its own.`,
      `Name one of its settings: packetboat config set ${printKey(key)}${named.table.keyed && key.length < 2 ? `.${named.table.keyed.example}` : ''}.${[...named.table.settings.keys()][0]} VALUE`,
    )
  const side = sideOfSetting(context, named, options)
  const place: Place = placeOnCommandLine(context.env)
  const given =
    values.length === 1 && values[0] === '-'
      ? [await typed(context, known.setting.kind.show !== undefined)]
      : values
  const toml = tomlOfWords(known, given, place)
  const { kind } = known.setting
  const shown = kind.show ? kind.show(kind.read(given[0], place)) : toml
  const path = await change(context, side, (loaded) => textWith(loaded, [{ key, toml }]), {
    keepRights: !kind.show,
  })
  context.output.result({ event: 'set', file: path, key: printKey(key), value: shown }, [
    `${printKey(key)} is ${shown} now, in ${path}.`,
  ])
  const row = context
    .load(side)
    .config.rows()
    .find((each) => each.key === undefined && each.setting === known.setting)
  if (row?.origin?.from === 'environment')
    context.output.warning(
      `${row.origin.variable} in the environment still says something else, and goes first.`,
    )
}

/** `packetboat config unset KEY`: takes a setting, or a table like `link.iridium`, out of the file. */
export async function unsetConfig(
  context: CommandContext,
  words: string,
  options: ConfigOptions & { readonly account?: string },
): Promise<void> {
  const named = nameSetting(allSettings(), words)
  const { key } = named
  const side = sideOfSetting(context, named, options)
  const path = await change(
    context,
    side,
    (loaded, before) => {
      const text = textWithout(loaded, key)
      if (text !== undefined && text !== before) return text
      throw new PacketboatError(
        'NOT_FOUND',
        `${printKey(key)} isn't set in ${loaded.path}${loaded.account === undefined ? '' : ` for the account "${loaded.account}"`}.`,
        'packetboat config show --changed lists what is set, and where.',
      )
    },
    { keepRights: true },
  )
  context.output.result({ event: 'unset', file: path, key: printKey(key) }, [
    `${printKey(key)} isn't set any more in ${path}.`,
  ])
}

/** A value that is to stand in no history: standard input, from a keyboard one line. */
async function typed({ keyboard, output, stdin }: CommandContext, hidden: boolean): Promise<string> {
  const value = stdin(1_000_000, hidden)
  if (keyboard) output.event({ event: 'question' }, 'Type the value, then press Enter:')
  return (await value).trimEnd()
}

/** The side whose file a setting belongs into. Throws USAGE where the other's was asked for. */
function sideOfSetting(
  context: CommandContext,
  { key, known, table }: NamedSetting,
  options: ConfigOptions & { readonly account?: string },
): Side {
  const side = sideOf(options)
  const of = known?.section.side ?? table.sections[0]?.side ?? 'both'
  if (side === 'endpoint' && options.account !== undefined)
    throw new PacketboatError(
      'USAGE',
      '--account and --endpoint exclude each other.',
      'The accounts of an endpoint: packetboat account --help.',
    )
  const isElsewhere = of !== 'both' && of !== side && context.locate('client') !== context.locate('endpoint')
  if (!isElsewhere) return side
  throw new PacketboatError(
    'USAGE',
    `${printKey(key)} is a setting of the ${of === 'endpoint' ? 'endpoint' : 'side that syncs'}.`,
    of === 'endpoint' ? 'Say --endpoint too.' : 'Leave out --endpoint.',
  )
}

/** Writes what `make` makes of the file, unless something would be wrong with it that isn't wrong already. Gives the file's path. */
async function change(
  context: CommandContext,
  side: Side,
  make: (loaded: LoadedConfig, before: string | undefined) => string,
  rights: { readonly keepRights: boolean },
): Promise<string> {
  return withSettingsLocked(context, side, () => {
    const loaded = context.load(side)
    const { path, account } = loaded
    if (account !== undefined && account !== topAccount && !loaded.config.accounts.includes(account))
      throw new PacketboatError(
        'NOT_FOUND',
        `There is no account "${account}" in ${path}.`,
        `packetboat init --account ${account} sets it up.`,
      )
    const before = loaded.config.document?.text
    const text = make(loaded, before)
    const old = new Set(problemsOf(context, side).map(withoutLine))
    const [problem] = problemsOf(context, side, text).filter((each) => !old.has(withoutLine(each)))
    if (problem)
      throw new PacketboatError(
        problem.code,
        `${withoutLine(problem).replace(`${path}: `, '')} Nothing was changed.`,
        problem.next,
      )
    writeText(path, text, rights)
    return path
  })
}

const withoutLine = ({ message }: Problem): string => message.replace(/:\d+: /, ': ')

/** Everything that is wrong with a side's file, or with `draft` in its place, for each account of it. */
export function problemsOf(context: CommandContext, side: Side, draft?: string): Problem[] {
  try {
    const top = context.forAccount(topAccount).load(side, draft)
    const others = side === 'client' ? top.config.accounts : []
    const all = [top, ...others.map((name) => context.forAccount(name).load(side, draft))]
    const found = all.flatMap(({ config }) => config.problems)
    return [...new Map(found.map((problem) => [problem.message, problem])).values()]
  } catch (error) {
    // No TOML at all.
    if (!hasCode(error, 'CONFIG')) throw error
    const { message, next } = error
    return [{ code: 'CONFIG', message, next }]
  }
}
