import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { parsePairing } from '../../link/pairing.js'
import { lineSettings } from '../../link/profile/line-settings.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import { tables } from '../../replica/tables.js'
import { type Config, describeOrigin, type Problem } from '../../settings/config.js'
import type { Command } from '../../settings/kind.js'
import type { KeyPath } from '../../settings/toml-document.js'
import { openDatabase } from '../../store/open-database.js'
import { openSqliteStore } from '../../store/sqlite/sqlite-store.js'
import { isSelected } from '../../sync/policy/selection.js'
import { scheduleSettings } from '../schedule/schedule-settings.js'
import { hookSettings } from '../sync-run/hooks.js'
import { clientSettings, mailboxSettings } from './client-settings.js'
import { endpointSettings } from './endpoint-settings.js'
import type { LoadedConfig } from './open-config.js'
import { ruleSettings } from './rule-settings.js'

/** What settings name and isn't so: programs and files that this machine doesn't have or doesn't let us use, pairing strings that are none. Nothing is run. */
export function machineProblems({ config, path }: LoadedConfig, searchPath = ''): Problem[] {
  const problems: Problem[] = []
  const add = (key: KeyPath, what: string, next: string): void => {
    const line = config.document?.lineOf(key)
    const place = line === undefined ? describeOrigin({ from: 'file', path, line }) : `${path}:${line}`
    problems.push({ code: 'CONFIG', message: `${place}: ${key.join('.')}: ${what}.`, next })
  }
  const command = (key: KeyPath, said: Command | undefined): void => {
    const program = said?.argv[0]
    const fault = program === undefined ? undefined : programFault(program, searchPath)
    if (fault) add(key, ...fault)
  }
  const file = (key: KeyPath, name: string | undefined): void => {
    if (name === undefined) return
    try {
      accessSync(name, constants.R_OK)
    } catch {
      add(key, `${name} ${existsSync(name) ? "can't be read" : 'does not exist'}`, 'Correct the path.')
    }
  }
  const pairing = (key: KeyPath, text: string): void => {
    try {
      parsePairing(text)
    } catch (error) {
      if (!(error instanceof PacketboatError)) throw error
      add(key, error.message.replace(/\.$/, ''), error.next)
    }
  }
  const { endpoint } = config.values(clientSettings)
  if (endpoint?.from === 'text') pairing(['endpoint'], endpoint.text)
  if (endpoint?.from === 'command') command(['endpoint'], endpoint)
  if (endpoint?.from === 'file') file(['endpoint'], endpoint.path)
  command(['linkCommand'], config.values(lineSettings).linkCommand)
  for (const [name, hook] of Object.entries(config.values(hookSettings))) command(['hooks', name], hook)
  const { certificate, key, accounts } = config.values(endpointSettings)
  file(['certificate'], certificate)
  file(['key'], key)
  for (const [name, store] of Object.entries(accounts)) {
    if ('maildir' in store) continue
    command(['accounts', name, 'passwordCommand'], store.passwordCommand)
    command(['accounts', name, 'tokenCommand'], store.tokenCommand)
    file(['accounts', name, 'passwordFile'], store.passwordFile)
  }
  return problems
}

/** Why a program can't be run, and what to do; undefined where it can. */
function programFault(program: string, searchPath: string): readonly [string, string] | undefined {
  const places = program.includes('/')
    ? [program]
    : searchPath
        .split(delimiter)
        .filter((folder) => folder !== '')
        .map((folder) => join(folder, program))
  const files = places.filter((place) => statSync(place, { throwIfNoEntry: false })?.isFile())
  if (files.some(isExecutable)) return undefined
  const [found] = files
  if (found !== undefined) return [`${found} is not executable`, `Run chmod +x ${found}.`]
  return program.includes('/')
    ? [`there is no program ${program}`, 'Correct the path.']
    : [`there is no program "${program}" in PATH`, 'Install it, or write its whole path.']
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Patterns of mailboxes that fit none of those that a sync has met so far: maybe slips, and no faults. */
export async function idlePatterns({ config, dataRoot }: LoadedConfig): Promise<string[]> {
  const database = join(dataRoot, 'replica.db')
  if (!existsSync(database)) return []
  const store = await openSqliteStore(database, { orToLook: true })
  try {
    const db = openDatabase(store)
    if (!(await tables.replica.has(db))) return []
    const mailboxes = await listMailboxes(db)
    if (mailboxes.length === 0) return []
    return (
      patternsOf(config)
        // A special use is no slip where no mailbox has it.
        .filter(({ pattern }) => !/^!?\\/.test(pattern))
        .filter(
          ({ pattern }) => !mailboxes.some((mailbox) => isSelected([pattern.replace(/^!/, '')], mailbox)),
        )
        .map(({ key, pattern }) => `${key}: "${pattern}" matches no mailbox so far.`)
    )
  } finally {
    await store.close()
  }
}

function patternsOf(config: Config): { readonly key: string; readonly pattern: string }[] {
  const { mailboxes, priority } = config.values(clientSettings)
  const lists: (readonly [string, readonly string[]])[] = [
    ['mailboxes', mailboxes],
    ['priority', priority],
    ['mailbox', [...config.named(mailboxSettings).keys()]],
    ...[...config.named(ruleSettings)].map(
      ([name, { mailboxes = [] }]) => [`rule.${name}.mailboxes`, mailboxes] as const,
    ),
    ...[...config.named(scheduleSettings)].map(
      ([name, { mailboxes = [] }]) => [`schedule.${name}.mailboxes`, mailboxes] as const,
    ),
  ]
  return lists.flatMap(([key, patterns]) => patterns.map((pattern) => ({ key, pattern })))
}
