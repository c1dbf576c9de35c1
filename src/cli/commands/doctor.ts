import { statSync } from 'node:fs'
import { hasCode } from '../../errors/packetboat-error.js'
import { topAccount } from '../../settings/account-table.js'
import { counted } from '../../told/sizes.js'
import type { CommandContext } from '../command-context.js'
import { checkClient } from '../doctor/check-client.js'
import { checkAccount, checkEndpoint } from '../doctor/check-endpoint.js'
import { checkGists } from '../doctor/check-gists.js'
import { createFindings, type Finding, type Findings } from '../doctor/findings.js'
import { exitCodes } from '../exit-codes.js'
import { machineProblems } from '../settings/check-machine.js'
import { isClient } from '../settings/client-settings.js'
import { type EndpointSettings, endpointSettings } from '../settings/endpoint-settings.js'
import { generalSettings } from '../settings/general-settings.js'
import type { LoadedConfig, Side } from '../settings/open-config.js'

export interface DoctorOptions {
  /** Ask nothing of the line. */
  readonly offline?: boolean
}

/** The findings of a side, or of an account. */
type FindingsOf = (who: string) => Findings

/** Accounts of an endpoint that are looked at; all of thousands would take minutes. */
const mostAccounts = 50

/**
 * `packetboat doctor`: checks everything that a sync needs, on this side and across the line, and reports the
 * state of each. A failure doesn't stop the other checks, and nothing is changed. Gives 1 when something is
 * wrong.
 */
export async function doctorCommand(
  context: CommandContext,
  { offline = false }: DoctorOptions,
): Promise<number> {
  const { output, signal } = context
  const tally = { ok: 0, note: 0, wrong: 0 }
  const of: FindingsOf = (who) =>
    createFindings(signal, (finding) => {
      tally[finding.state] += 1
      output.result({ event: 'finding', side: who, ...finding }, findingWords(who, finding))
    })
  checkMachine(of(''))
  const client = await loadSettings(context, of(''), 'client')
  const endpoint = await loadSettings(context, of(''), 'endpoint', client)
  const served = Object.keys(endpoint?.config.values(endpointSettings).accounts ?? {})
  if (client) await checkClients(context, client, of, offline)
  if (endpoint && served.length > 0 && client?.account === undefined)
    await checkServed(context, endpoint, of, offline)
  if (client && endpoint && client.accounts.size === 0 && served.length === 0)
    of('').wrong(
      'setup',
      `Nothing is set up in ${client.path}.`,
      'Run packetboat init or packetboat serve, or name the place with --data DIR.',
    )
  const { wrong, note } = tally
  const words =
    wrong > 0
      ? `${counted(wrong, 'thing')} ${wrong === 1 ? 'is' : 'are'} wrong.`
      : note > 0
        ? `Nothing is wrong; ${note === 1 ? '1 note' : `${note} notes`} above.`
        : 'All is well.'
  output.result({ event: 'doctor', ...tally }, [words])
  return wrong > 0 ? exitCodes.failed : exitCodes.done
}

/** Every account of this machine, or the one that was named. */
async function checkClients(
  context: CommandContext,
  client: LoadedConfig,
  of: FindingsOf,
  offline: boolean,
): Promise<void> {
  const names = client.account === undefined ? [...client.accounts.keys()] : [client.account]
  for (const name of names) {
    const own = name === topAccount ? client : context.forAccount(name).load('client')
    await checkClient(of(names.length > 1 ? name : 'client'), context, own, offline)
  }
}

async function checkServed(
  context: CommandContext,
  { config, dataRoot: root }: LoadedConfig,
  of: FindingsOf,
  offline: boolean,
): Promise<void> {
  const settings: EndpointSettings = { ...config.values(generalSettings), ...config.values(endpointSettings) }
  await checkEndpoint(of('endpoint'), settings, { root, offline })
  await checkGists(of('endpoint'), context)
  const names = Object.keys(settings.accounts)
  for (const name of names.slice(0, mostAccounts))
    await checkAccount(of(`account ${name}`), context, settings, { root, name, offline })
  if (names.length > mostAccounts)
    of('endpoint').note('accounts', `${names.length - mostAccounts} more accounts were not looked at.`)
}

/** `wrong   client, disk: 3.1 MB free. Free space.` */
function findingWords(who: string, { state, about, what, next }: Finding) {
  const where = who === '' ? about : `${who}, ${about}`
  const text = `${state.padEnd(5)}  ${where}: ${what}${next === '' ? '' : ` ${next}`}`
  return [
    state === 'ok'
      ? { text, style: 'faint' as const }
      : state === 'wrong'
        ? { text, style: 'strong' as const }
        : text,
  ]
}

function checkMachine(found: Findings): void {
  if (process.getuid?.() === 0)
    found.note(
      'user',
      'packetboat runs as root.',
      'It needs no rights of root: run it as the owner of the mail.',
    )
  found.ok('Node', `Version ${process.versions.node} on ${process.platform}, ${process.arch}.`)
}

/** A side's settings, whatever is wrong with them; undefined where they can't be read at all. The same file is told of once. */
async function loadSettings(
  context: CommandContext,
  found: Findings,
  side: Side,
  other?: LoadedConfig,
): Promise<LoadedConfig | undefined> {
  let loaded: LoadedConfig
  try {
    loaded = context.load(side)
  } catch (error) {
    // Both sides may read one file, and its faults were told with the first side.
    if (!hasCode(error, 'CONFIG')) throw error
    if (side === 'client' || !sameTrouble(context, error.message))
      found.wrong('settings', error.message, error.next)
    return undefined
  }
  if (!loaded.isThere || loaded.path === other?.path) return loaded
  const { path, config } = loaded
  const problems = [...config.problems, ...machineProblems(loaded, context.env['PATH'])]
  for (const { message, next } of problems) found.wrong('settings', message, next)
  for (const name of config.leftAlone)
    found.note('settings', `packetboat has no table [${name}]: it is left alone.`)
  if (problems.length === 0) found.ok('settings', `${path} is all right.`)
  await found.attempt('settings', () => {
    const { mode } = statSync(path)
    if (isClient(config) && (mode & 0o077) !== 0)
      found.wrong(
        'settings',
        `Other users can read ${path}, which may hold secrets.`,
        `Run chmod 600 ${path}`,
      )
  })
  return loaded
}

function sameTrouble(context: CommandContext, message: string): boolean {
  try {
    context.load('client')
    return false
  } catch (error) {
    return hasCode(error, 'CONFIG') && error.message === message
  }
}
