import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { whyUnreadable } from '../../errors/why-unreadable.js'
import { accountNameWords, accountTable, isAccountName, topAccount } from '../../settings/account-table.js'
import { type Config, type Origin, problemError, readDocument } from '../../settings/config.js'
import type { Place } from '../../settings/kind.js'
import type { Registry } from '../../settings/registry.js'
import { type KeyPath, type NewValue, parseTomlDocument } from '../../settings/toml-document.js'
import { allProblems } from './check-settings.js'
import { clientAccounts, rootOfAccount } from './client-accounts.js'
import { isClient } from './client-settings.js'
import { type DataDir, dataDirAt, makePrivateDir, openDataDir, writePrivateFile } from './data-dir.js'
import { configVersion, generalSettings } from './general-settings.js'
import { configHome, dataHome, homeOf } from './user-folders.js'

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
  /** It is where programs keep their data, and nobody has named another place. */
  readonly isUsual: boolean
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
 * Where a side's file is, or would be: `-c FILE` or `PACKETBOAT_CONFIG`; in a data directory that was named,
 * its `client.toml` or `endpoint.toml`; else `packetboat/packetboat.toml` below `$XDG_CONFIG_HOME`, or, if that
 * doesn't exist, the one of those two files in the usual data directory if that does.
 */
export function locateConfig(side: Side, whereabouts: Whereabouts): string {
  const { env } = whereabouts
  const { usualData, namedData } = usualPlaces(whereabouts)
  const named = whereabouts.file ?? (env['PACKETBOAT_CONFIG'] || undefined)
  if (named !== undefined) return resolve(named)
  const ofData = join(resolve(namedData ?? usualData), `${side}.toml`)
  const usual = join(configHome(env), 'packetboat', 'packetboat.toml')
  // The usual data directory may be named too: its settings are where they usually are, unless it has some of its own.
  const isOwnData =
    namedData !== undefined && (resolve(namedData) !== resolve(usualData) || existsSync(ofData))
  return isOwnData || (!existsSync(usual) && existsSync(ofData)) ? ofData : usual
}

function usualPlaces({ env, data }: Whereabouts): {
  readonly home: string
  readonly usualData: string
  readonly namedData: string | undefined
} {
  const usualData = join(dataHome(env), 'packetboat')
  return { home: homeOf(env), usualData, namedData: data ?? (env['PACKETBOAT_DATA'] || undefined) }
}

/** Finds and reads a side's file, or `draft` as if it stood there. Changes nothing. Throws CONFIG. */
export function loadConfig(side: Side, whereabouts: Whereabouts, draft?: string): LoadedConfig {
  const { env, flags, registry } = whereabouts
  const { home, usualData, namedData } = usualPlaces(whereabouts)
  const path = locateConfig(side, whereabouts)
  const text = draft ?? readIfThere(path)
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
      place: placeIn(undefined, home),
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
    isUsual: `${dataRoot}${sep}`.startsWith(`${resolve(usualData)}${sep}`),
    account,
    accounts: accounts.roots,
    owners: accounts.owners,
  }
}

/**
 * Reads a side's settings and makes its data directory, unless nothing is set up here. Throws CONFIG or USAGE for anything wrong with them,
 * before anything is done. `mayBeNew`: a file that `-c` names need not exist, since the command will write
 * it.
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
  if (!mayBeNew && side === 'client' && isClient(loaded.config)) refuseBare(loaded)
  const isSetUp =
    mayBeNew || loaded.isThere || loaded.config.rows().some(({ origin }) => isSaid(origin?.from))
  return { ...loaded, data: isSetUp ? openDataDir(loaded.dataRoot) : dataDirAt(loaded.dataRoot) }
}

/**
 * `init` has left a lock and a database in a client's data directory. Where somebody has named a place for that and there is neither,
 * its disk is away: what is begun there would be hidden as soon as it is back, mail to be sent too. Throws STORE_GONE.
 */
export function refuseBare({
  dataRoot,
  isUsual,
  path,
}: Pick<LoadedConfig, 'dataRoot' | 'isUsual' | 'path'>): void {
  // With its settings in it, the disk is here.
  if (isUsual || dirname(path) === dataRoot) return
  if (['client.lock', 'replica.db'].some((name) => existsSync(join(dataRoot, name)))) return
  throw new PacketboatError(
    'STORE_GONE',
    `${path} sets up a client, and its data directory ${dataRoot} has nothing of this client. Nothing was changed.`,
    'If it is on a disk of its own, mount it; if it was moved, correct data in the settings. If it is lost: packetboat init --again, with the pairing string that the settings have as endpoint, compares the Maildir with the endpoint.',
  )
}

/** Whether a person has said a value, in whichever way. */
const isSaid = (from: Origin['from'] | undefined): boolean =>
  from === 'file' || from === 'environment' || from === 'command line'

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

/** What a file begins with. */
export const newFile = `# packetboat config example prints every setting, packetboat.toml(5) explains them.
config_version = ${configVersion}
`

/**
 * Writes values into the file, into the account's table if it has one; keeps everything else in the file,
 * including comments. Writes nothing if nothing changes.
 */
export function writeSettings(loaded: LoadedConfig, values: readonly NewValue[]): void {
  writeText(loaded.path, textWith(loaded, values))
}

/** The file's text with these values, as `writeSettings` writes it. */
export function textWith(loaded: LoadedConfig, values: readonly NewValue[]): string {
  const before = loaded.config.document ?? parseTomlDocument(loaded.path, newFile)
  return before.withValues(values.map(({ key, toml }) => ({ key: [...ownTable(loaded), ...key], toml })))
}

/** Takes a value, or a table, out of the file. */
export function removeSetting(loaded: LoadedConfig, key: KeyPath): void {
  const text = textWithout(loaded, key)
  if (text !== undefined) writeText(loaded.path, text)
}

/** The file's text without a value, or a table; undefined where there is no file. */
export function textWithout(loaded: LoadedConfig, key: KeyPath): string | undefined {
  return loaded.config.document?.withoutValue([...ownTable(loaded), ...key])
}

const ownTable = ({ account }: LoadedConfig): string[] =>
  account === undefined || account === topAccount ? [] : [accountTable, account]

/** Writes the file whole or not at all. `keepRights`: whoever may read it may go on doing so; else only its owner may, since it has a secret. */
export function writeText(path: string, text: string, { keepRights = false } = {}): void {
  const isThere = existsSync(path)
  if (isThere && text === readFileSync(path, 'utf8')) return
  makePrivateDir(dirname(path), 'The folder', 'Choose another file with -c FILE.')
  // If the file is a link, its target is written, since that is the file that the person keeps.
  const real = isThere ? realpathSync(path) : path
  writePrivateFile(real, text, isThere && keepRights ? statSync(real).mode & 0o777 : 0o600)
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

/** For paths that a person gives on the command line. */
export function placeOnCommandLine(env: NodeJS.ProcessEnv): Place {
  return placeIn(undefined, homeOf(env))
}

/** Without a folder: where the program was started, if that is still there when it is needed. */
function placeIn(folder: string | undefined, home: string): Place {
  return {
    resolve: (path) =>
      /^~(?:\/|$)/.test(path) ? join(home, path.slice(1)) : resolve(...(folder ? [folder] : []), path),
  }
}

/** Throws CONFIG where it can't be read. */
export function readIfThere(path: string): string | undefined {
  const bytes = bytesIfThere(path)
  // Editors of Windows, and its shell's `>`, may write UTF-16: it begins with a mark, or with a zero in the first letter.
  const [first, second] = bytes ?? []
  if (
    bytes &&
    bytes.length > 1 &&
    (first === 0 || second === 0 || (first ?? 0) + (second ?? 0) === 0xfe + 0xff)
  )
    throw new PacketboatError(
      'CONFIG',
      `${path} is in UTF-16, and settings are read as UTF-8.`,
      'Save it as UTF-8 in your editor, or convert it with iconv -f UTF-16 -t UTF-8.',
    )
  return bytes?.toString('utf8')
}

function bytesIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined
    throw new PacketboatError(
      'CONFIG',
      `${path} can't be read: ${whyUnreadable(cause)}.`,
      'Check its permissions, or name another file with -c FILE.',
      { cause },
    )
  }
}
