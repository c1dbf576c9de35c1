import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { accountNameWords, accountTable, isAccountName, topAccount } from '../../settings/account-table.js'
import { type Config, problemError, readDocument } from '../../settings/config.js'
import type { Place } from '../../settings/kind.js'
import type { Registry } from '../../settings/registry.js'
import { type KeyPath, type NewValue, parseTomlDocument } from '../../settings/toml-document.js'
import { allProblems } from './check-settings.js'
import { clientAccounts, rootOfAccount } from './client-accounts.js'
import { type DataDir, makePrivateDir, openDataDir, writePrivateFile } from './data-dir.js'
import { configVersion, generalSettings } from './general-settings.js'

/** Which of the two programs in one reads its settings. */
export type Side = 'client' | 'endpoint'

/** What the command line and the environment say of where things are. */
export interface Whereabouts {
  readonly registry: Registry
  /** `-c FILE`. */
  readonly file: string | undefined
  /** `--data DIR`. */
  readonly data: string | undefined
  /** `-a NAME`: which of several accounts of this machine. */
  readonly account?: string | undefined
  /** Options that are settings, by flag. */
  readonly flags: Readonly<Record<string, string>>
  readonly env: NodeJS.ProcessEnv
}

/** Settings as they were found. What is wrong with them is in `config.problems`. */
export interface LoadedConfig {
  /** Where the file is, or would be. */
  readonly path: string
  readonly isThere: boolean
  readonly config: Config
  /** The data directory, whether it is there or not. */
  readonly dataRoot: string
  /** Which account of this machine it is, where one has been named. */
  readonly account: string | undefined
  /** The data directories of all accounts of this machine, by name: the one at the top of the file, where it is set up, and those with tables. */
  readonly accounts: ReadonlyMap<string, string>
  /** Which of them has its mail in a Maildir, by the Maildir's real path. */
  readonly owners: ReadonlyMap<string, string>
}

/** Settings that are right, and the data directory, made. */
export interface OpenConfig extends LoadedConfig {
  readonly data: DataDir
}

/**
 * Finds and reads a side's file: `-c FILE` or `PACKETBOAT_CONFIG`; in a data directory that was named, its `client.toml` or
 * `endpoint.toml`; else `packetboat/packetboat.toml` below `$XDG_CONFIG_HOME`, or those two in the usual data directory where it
 * has them and there is no other. Changes nothing. Throws CONFIG.
 */
export function loadConfig(side: Side, whereabouts: Whereabouts): LoadedConfig {
  const { env, flags, registry } = whereabouts
  const home = env['HOME'] || homedir()
  const named = whereabouts.file ?? (env['PACKETBOAT_CONFIG'] || undefined)
  const namedData = whereabouts.data ?? (env['PACKETBOAT_DATA'] || undefined)
  const usualData = join(env['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'packetboat')
  const ofData = join(resolve(namedData ?? usualData), `${side}.toml`)
  const usual = join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'packetboat', 'packetboat.toml')
  // The usual data directory may be named too: its settings are where they usually are, unless it has some of its own.
  const isOwnData =
    namedData !== undefined && (resolve(namedData) !== resolve(usualData) || existsSync(ofData))
  const path =
    named !== undefined
      ? resolve(named)
      : isOwnData || (!existsSync(usual) && existsSync(ofData))
        ? ofData
        : usual
  const text = readIfThere(path)
  const { account } = whereabouts
  if (account !== undefined && !isAccountName(account))
    throw new PacketboatError(
      'USAGE',
      `--account: "${account}" is no name for an account.`,
      `Choose one ${accountNameWords}.`,
    )
  const file = text === undefined ? undefined : { path, text, place: placeIn(dirname(path), home) }
  const document = file && parseTomlDocument(path, file.text)
  // What the command line says is said of the account that the command is for.
  const settingsOf = (name: string | undefined): Config =>
    readDocument(registry, document, {
      ...(file && { file }),
      env,
      flags: name === account ? flags : {},
      place: placeIn(process.cwd(), home),
      account: name,
    })
  const top = settingsOf(account === topAccount ? topAccount : undefined)
  const topRoot = resolve(namedData ?? top.values(generalSettings).data ?? usualData)
  const accounts = clientAccounts(path, { config: top, root: topRoot }, settingsOf)
  const isTop = account === undefined || account === topAccount
  const read = isTop ? top : settingsOf(account)
  const config = { ...read, problems: [...allProblems(read), ...accounts.problems] }
  const dataRoot = isTop ? topRoot : rootOfAccount(topRoot, account, read)
  return {
    path,
    isThere: text !== undefined,
    config,
    dataRoot,
    account,
    accounts: accounts.roots,
    owners: accounts.owners,
  }
}

/**
 * Reads a side's settings and makes its data directory. Throws CONFIG or USAGE for what is wrong with them, before anything is done.
 * `mayBeNew`: a file that `-c` names need not be there, since the command will write it.
 */
export function openConfig(
  side: Side,
  whereabouts: Whereabouts,
  { mayBeNew = false }: { readonly mayBeNew?: boolean } = {},
): OpenConfig {
  const loaded = loadConfig(side, whereabouts)
  if (!loaded.isThere && !mayBeNew && (whereabouts.file ?? whereabouts.env['PACKETBOAT_CONFIG']))
    throw noFile(loaded.path)
  const { account, accounts } = loaded
  if (account !== undefined && !mayBeNew && !accounts.has(account)) throw noAccount(loaded, account)
  const error = problemError(loaded.config)
  if (error) throw error
  return { ...loaded, data: openDataDir(loaded.dataRoot) }
}

function noAccount({ path, accounts }: LoadedConfig, account: string): PacketboatError {
  return new PacketboatError(
    'NOT_FOUND',
    `There is no account "${account}" in ${path}.`,
    accounts.size > 0
      ? `There is ${[...accounts.keys()].join(', ')}.`
      : 'packetboat init --account NAME sets one up.',
  )
}

export function noFile(path: string): PacketboatError {
  return new PacketboatError(
    'CONFIG',
    `There is no file ${path}.`,
    'Check the name. packetboat init and packetboat serve create the file.',
  )
}

const newFile = `# packetboat config example prints every setting, packetboat.toml(5) explains them.
config_version = ${configVersion}
`

/**
 * Writes values into the file, into the account's table where it has one; the file keeps all else that it has, comments too. Nothing is
 * written where nothing changes.
 */
export function writeSettings({ path, config, account }: LoadedConfig, values: readonly NewValue[]): void {
  const before = config.document ?? parseTomlDocument(path, newFile)
  const table = account === undefined || account === topAccount ? [] : [accountTable, account]
  const own = values.map(({ key, toml }) => ({ key: [...table, ...key], toml }))
  writeText({ path, config }, before.withValues(own))
}

/** Takes a value, or a table, out of the file. */
export function removeSetting({ path, config }: LoadedConfig, key: KeyPath): void {
  if (config.document) writeText({ path, config }, config.document.withoutValue(key))
}

function writeText({ path, config }: Pick<LoadedConfig, 'path' | 'config'>, text: string): void {
  if (config.document && text === readFileSync(path, 'utf8')) return
  makePrivateDir(dirname(path), 'The folder', 'Choose another file with -c FILE.')
  // Where the file is a link, what it leads to is what somebody keeps.
  writePrivateFile(config.document ? realpathSync(path) : path, text)
}

/** What the command line said, to be written down. */
export function saidOnCommandLine(config: Config): NewValue[] {
  return config
    .rows()
    .filter(({ origin }) => origin?.from === 'command line')
    .map(({ table, name, setting, value }) => ({
      key: [...(table.name === '' ? [] : [table.name]), name],
      toml: setting.kind.print(value),
    }))
}

function placeIn(folder: string, home: string): Place {
  return {
    resolve: (path) => (/^~(?:\/|$)/.test(path) ? join(home, path.slice(1)) : resolve(folder, path)),
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined
    throw new PacketboatError(
      'CONFIG',
      `${path} can't be read: ${(cause as Error).message}.`,
      'Check its permissions, or name another file with -c FILE.',
      { cause },
    )
  }
}
