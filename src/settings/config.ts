import { PacketboatError } from '../errors/packetboat-error.js'
import { accountNames, accountTable, documentOfAccount, topAccount, wrongAccounts } from './account-table.js'
import { InvalidValue } from './invalid-value.js'
import type { Place } from './kind.js'
import { nearestName } from './nearest-name.js'
import { type Registered, type Registry, type Table, variableOf } from './registry.js'
import type { Section, Setting, Settings, TopValues, ValuesOf, WrittenOf } from './section.js'
import { type KeyPath, parseTomlDocument, printKey, type TomlDocument } from './toml-document.js'
import { valueOfWords } from './value-of-words.js'

// Over 300 lines: one closure that reads four sources in their order, each with the problems that it finds.

/** Where settings come from. The first that has a value decides: the command line, the environment, the file, the defaults. */
export interface Sources {
  /** The file, where there is one, and what its relative paths start from. */
  readonly file?: { readonly path: string; readonly text: string; readonly place: Place }
  readonly env: Readonly<Record<string, string | undefined>>
  /** Options of the command line by their flag, as `--give-up-after`. */
  readonly flags: Readonly<Record<string, string>>
  /** Base of relative paths in the environment and on the command line. */
  readonly place: Place
  /** Which of several accounts the settings are for. Undefined: the one that the top of the file describes. */
  readonly account?: string | undefined
}

/** Where a value was set. */
export type Origin =
  | { readonly from: 'default' }
  | { readonly from: 'built in' }
  | { readonly from: 'file'; readonly path: string; readonly line: number | undefined }
  | { readonly from: 'environment'; readonly variable: string }
  | { readonly from: 'command line'; readonly flag: string }

/** Something wrong, in words for a person. */
export interface Problem {
  readonly code: 'CONFIG' | 'USAGE'
  readonly message: string
  readonly next: string
}

export interface Row extends Registered {
  readonly table: Table
  /** The name in a table with names: `iridium` of `[link.iridium]`. */
  readonly key: string | undefined
  /** Undefined where it isn't set and has no default. */
  readonly value: unknown
  readonly origin: Origin | undefined
}

/** What all sources say, checked and put together. */
export interface Config {
  readonly document: TomlDocument | undefined
  /** The accounts that the file has tables for. */
  readonly accounts: readonly string[]
  /** Everything that is wrong. A setting that is wrong has no value. */
  readonly problems: readonly Problem[]
  /** Tables that nothing here reads. */
  readonly leftAlone: readonly string[]
  values<S extends Settings>(section: Section<S>): ValuesOf<S>
  /** What somebody has said in `[table.NAME]`, by name, in the order of the file. */
  named<S extends Settings>(section: Section<S>): ReadonlyMap<string, WrittenOf<S>>
  origin(setting: Setting<unknown>): Origin
  /** The same for what was said in `[table.NAME]`. */
  namedOrigin(section: Section, name: string, setting: string): Origin | undefined
  /** Every setting there is, and every one that was said under a name. */
  rows(): Row[]
}

/** Variables that say where settings are, and are none themselves. */
export const placeVariables = ['PACKETBOAT_CONFIG', 'PACKETBOAT_DATA'] as const

interface Said {
  readonly value: unknown
  readonly origin: Origin
}

/** Reads and checks. Throws CONFIG when the file is no TOML; what else is wrong is in `problems`. */
export function readConfig(registry: Registry, sources: Sources): Config {
  const { file } = sources
  return readDocument(registry, file && parseTomlDocument(file.path, file.text), sources)
}

/** The same of a file that has been parsed, whichever of its accounts the settings are for. */
export function readDocument(registry: Registry, whole: TomlDocument | undefined, sources: Sources): Config {
  const { file, account } = sources
  const document = whole && documentOfAccount(registry, whole, account)
  const problems: Problem[] = []
  const leftAlone: string[] = []
  const said = new Map<Setting<unknown>, Said>()
  const named = new Map<string, Map<string, Map<string, Said>>>()

  const take = (
    known: Registered,
    value: unknown,
    place: Place,
    origin: Origin,
    key: KeyPath,
    keep: (said: Said) => void,
  ): void => {
    try {
      const read = known.setting.kind.read(value, place)
      const wrong = known.setting.check?.(read)
      if (wrong !== undefined) throw new InvalidValue(wrong)
      keep({ value: read, origin })
    } catch (error) {
      if (!(error instanceof InvalidValue)) throw error
      problems.push(invalid(document, origin, [...key, ...error.path], error))
    }
  }
  const fromFile = (key: KeyPath): Origin => ({
    from: 'file',
    path: file?.path ?? '',
    line: document?.lineOf(key),
  })
  const unknown = (key: KeyPath, names: Iterable<string>, what: string): void => {
    const meant = nearestName(String(key.at(-1)), names)
    problems.push({
      code: 'CONFIG',
      message: `${describeOrigin(fromFile(key))}: there is no ${what} "${key.at(-1)}"${key.length > 1 ? ` in [${printKey(key.slice(0, -1))}]` : ''}.`,
      next:
        meant === undefined ? 'packetboat config example lists all settings.' : `Did you mean "${meant}"?`,
    })
  }
  const readTable = (table: Table, at: KeyPath, keep: (known: Registered, said: Said) => void): void => {
    const value = at.reduce<unknown>(
      (inner, part) => (inner as Record<string, unknown>)[part],
      document?.root,
    )
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) {
      const header = table.keyed === undefined ? [table.name] : [table.name, table.keyed.name]
      problems.push({
        code: 'CONFIG',
        message: `${describeOrigin(fromFile(at))}: ${printKey(at)} should be a table, as [${header.join('.')}] is.`,
        next: 'packetboat config example lists all settings.',
      })
      return
    }
    for (const [name, each] of Object.entries(value)) {
      const known = table.settings.get(name)
      const key = [...at, name]
      if (known)
        take(known, each, file?.place ?? sources.place, fromFile(key), key, (one) => keep(known, one))
      else if (at.length > 0) unknown(key, table.settings.keys(), 'setting')
      else if (!registry.table(name)) {
        const names = [...table.settings.keys(), accountTable, ...registry.tables.map((other) => other.name)]
        const isTable = typeof each === 'object' && each !== null && !Array.isArray(each)
        if (isTable && nearestName(name, names) === undefined) leftAlone.push(name)
        else unknown(key, names, isTable ? 'table' : 'setting')
      }
    }
  }
  const keepPlain = (known: Registered, one: Said): void => void said.set(known.setting, one)
  for (const { key, should } of whole ? wrongAccounts(registry, whole) : [])
    problems.push({
      code: 'CONFIG',
      message: `${describeOrigin({ from: 'file', path: whole?.path ?? '', line: whole?.lineOf(key) })}: ${printKey(key)} should ${should}.`,
      next: 'packetboat config example shows how settings are written.',
    })

  const top = registry.table('')
  if (document && top) readTable(top, [], keepPlain)
  if (top) readEnvironment(top)
  const topValues: TopValues = Object.fromEntries(
    [...(top?.settings.values() ?? [])].map(({ name, setting }) => [
      name,
      said.has(setting) ? said.get(setting)?.value : setting.default,
    ]),
  )
  const isLoaded = (table: Table): boolean =>
    table.sections.some(({ loaded }) => loaded === undefined || loaded(topValues))
  for (const table of registry.tables) {
    if (table.name === '') continue
    if (!isLoaded(table)) {
      if (document && table.name in document.root) leftAlone.push(table.name)
      continue
    }
    if (table.keyed === undefined) {
      if (document && table.name in document.root) readTable(table, [table.name], keepPlain)
      readEnvironment(table)
      continue
    }
    const entries = new Map<string, Map<string, Said>>()
    named.set(table.name, entries)
    const outer = document?.root[table.name]
    if (outer === undefined) continue
    if (typeof outer !== 'object' || outer === null || Array.isArray(outer)) {
      readTable(table, [table.name], () => undefined)
      continue
    }
    for (const name of Object.keys(outer)) {
      const inner = new Map<string, Said>()
      entries.set(name, inner)
      readTable(table, [table.name, name], (known, one) => void inner.set(known.name, one))
    }
  }
  checkVariables()
  readFlags()

  function readEnvironment(table: Table): void {
    for (const known of table.settings.values()) {
      // One variable can't be the Maildir of two accounts.
      if (account !== undefined && account !== topAccount && known.setting.ofOneAccount) continue
      const variable = variableOf(table.name, known.name)
      const written = sources.env[variable]
      if (written === undefined || written === '') continue
      const origin: Origin = { from: 'environment', variable }
      take(known, valueOfWords(written, known), sources.place, origin, [known.name], (one) =>
        keepPlain(known, one),
      )
    }
  }
  /** What is nearly the name of a setting is a slip; anything else is somebody else's. */
  function checkVariables(): void {
    const known = registry.tables
      .filter(({ keyed }) => keyed === undefined)
      .flatMap((table) => [...table.settings.keys()].map((name) => variableOf(table.name, name)))
    for (const variable of Object.keys(sources.env)) {
      if (!variable.startsWith('PACKETBOAT_')) continue
      const names = [...known, ...placeVariables]
      if (names.includes(variable)) continue
      const short = (name: string): string => name.slice('PACKETBOAT_'.length)
      const meant = nearestName(short(variable), names.map(short))
      if (meant !== undefined)
        problems.push({
          code: 'CONFIG',
          message: `The environment variable ${variable} is set, but packetboat has no such setting.`,
          next: `Did you mean PACKETBOAT_${meant}?`,
        })
    }
  }
  function readFlags(): void {
    for (const table of registry.tables)
      for (const known of table.settings.values()) {
        const flag = flagName(known.setting)
        const written = flag === undefined ? undefined : sources.flags[flag]
        if (flag === undefined || written === undefined) continue
        const origin: Origin = { from: 'command line', flag }
        take(known, valueOfWords(written, known), sources.place, origin, [known.name], (one) =>
          keepPlain(known, one),
        )
      }
  }

  return {
    document,
    accounts: accountNames(whole),
    problems,
    leftAlone,
    values: <S extends Settings>({ settings }: Section<S>) =>
      Object.fromEntries(
        Object.entries(settings).map(([name, setting]) => [
          name,
          said.has(setting) ? said.get(setting)?.value : setting.default,
        ]),
      ) as ValuesOf<S>,
    named: <S extends Settings>({ table, settings }: Section<S>) => {
      const result = new Map<string, WrittenOf<S>>()
      for (const [name, entry] of named.get(table) ?? []) {
        const own = [...entry].filter(([key]) => key in settings).map(([key, { value }]) => [key, value])
        result.set(name, Object.fromEntries(own) as WrittenOf<S>)
      }
      return result
    },
    origin: (setting) => said.get(setting)?.origin ?? { from: 'default' },
    namedOrigin: ({ table }, name, setting) => named.get(table)?.get(name)?.get(setting)?.origin,
    rows: () =>
      registry.tables.flatMap((table) => (table.keyed === undefined ? plainRows(table) : namedRows(table))),
  }

  function plainRows(table: Table): Row[] {
    return [...table.settings.values()].map((known) => {
      const standard = known.setting.default
      const origin: Origin | undefined = standard === undefined ? undefined : { from: 'default' }
      return { ...known, table, key: undefined, ...(said.get(known.setting) ?? { value: standard, origin }) }
    })
  }
  function namedRows(table: Table): Row[] {
    const written = named.get(table.name) ?? new Map<string, Map<string, Said>>()
    const names = new Set([
      ...written.keys(),
      ...table.sections.flatMap(({ builtIn = {} }) => Object.keys(builtIn)),
    ])
    return [...names].flatMap((key) =>
      [...table.settings.values()].flatMap((known): Row[] => {
        const value = known.section.builtIn?.[key]?.[known.name]
        const one: Said | undefined =
          written.get(key)?.get(known.name) ??
          (value === undefined ? undefined : { value, origin: { from: 'built in' } })
        return one ? [{ ...known, table, key, ...one }] : []
      }),
    )
  }
}

/** The first problem as an error, and how many there are besides. */
export function problemError({ problems }: Config): PacketboatError | undefined {
  const [first] = problems
  if (!first) return undefined
  const more = problems.length - 1
  return new PacketboatError(
    first.code,
    first.message,
    `${first.next}${more > 0 ? ` (packetboat config check names ${more} more.)` : ''}`,
  )
}

/** `--give-up-after` of `--give-up-after <duration>`. */
export function flagName({ flag }: Setting<unknown>): string | undefined {
  return flag?.split(' ')[0]
}

/** What a value was said by, for a person: `PATH:LINE`, a variable or an option. */
export function describeOrigin(origin: Origin): string {
  switch (origin.from) {
    case 'default':
    case 'built in':
      return origin.from
    case 'file':
      return origin.line === undefined ? origin.path : `${origin.path}:${origin.line}`
    case 'environment':
      return origin.variable
    case 'command line':
      return origin.flag
  }
}

function invalid(
  document: TomlDocument | undefined,
  origin: Origin,
  key: KeyPath,
  { message, meant }: InvalidValue,
): Problem {
  const next =
    meant === undefined
      ? 'packetboat config example shows how settings are written.'
      : `Did you mean "${meant}"?`
  if (origin.from !== 'file')
    return {
      code: origin.from === 'command line' ? 'USAGE' : 'CONFIG',
      message: `${describeOrigin(origin)} should be ${message}.`,
      next,
    }
  // A place in a list has a line, and no name.
  const names = key.filter((part) => typeof part === 'string')
  const around = names.length > 1 ? `, in [${printKey(names.slice(0, -1))}]` : ''
  const line = document?.lineOf(key)
  return {
    code: 'CONFIG',
    message: `${describeOrigin({ ...origin, line })}: ${names.at(-1)} should be ${message}${around}.`,
    next,
  }
}
