import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { type DeviceRegistry, openDeviceRegistry } from '../../link/device-registry.js'
import { startServer } from '../../link/server.js'
import { acquireLock } from '../../store/kernel-lock.js'
import { openDatabase } from '../../store/open-database.js'
import { openSqliteStore } from '../../store/sqlite-store.js'
import type { Responder } from '../../sync/link.js'
import { pull } from '../../sync/pull.js'
import { respond } from '../../sync/respond.js'
import { nameOf } from '../../sync/settle.js'
import { checkAccounts } from '../check-accounts.js'
import type { CommandContext } from '../command-context.js'
import { type DataDir, writePrivateFile } from '../data-dir.js'
import { readSettingsFile } from '../endpoint-certificate.js'
import {
  type EndpointSettings,
  endpointSettingsOf,
  mailStoreOf,
  parseAccountOption,
  parseAddress,
} from '../endpoint-settings.js'
import { guardOf } from '../general-settings.js'
import { keepWarm } from '../keep-warm.js'
import { type OpenAccount, openAccount } from '../open-account.js'
import { type OpenConfig, saidOnCommandLine, writeSettings } from '../open-config.js'

export interface ServeOptions {
  readonly account?: readonly string[]
  readonly allowPlain?: boolean
  /** Say what each account's mail store makes possible, and serve nobody. */
  readonly check?: boolean
}

/** Where a running endpoint says on which port it listens, for `device add`. */
export const listeningFile = (data: DataDir): string => data.path('listening')

/** The devices of an endpoint; `packetboat device` and a running `packetboat serve` share them. */
export async function openDevices(
  data: DataDir,
): Promise<{ registry: DeviceRegistry; close: () => Promise<void> }> {
  const store = await openSqliteStore(data.path('devices.db'))
  const registry = openDeviceRegistry(openDatabase(store, { conflictRetries: 10 }), {
    random: (size) => new Uint8Array(randomBytes(size)),
    nowMs: Date.now,
  })
  return { registry, close: () => store.close() }
}

/** `packetboat serve`: answers devices until it is told to stop. */
export async function serve(context: CommandContext, options: ServeOptions): Promise<void> {
  const { output, signal } = context
  const { data, settings } = rememberOptions(context, options)
  if (options.check) return checkAccounts(context, data, settings)
  const lock = await acquireLock(data.path('serve.lock'), { signal })
  const accounts = new Map<string, OpenAccount>()
  const devices = await openDevices(data)
  try {
    for (const name of Object.keys(settings.accounts)) {
      const database = data.path('accounts', name, 'replica.db')
      accounts.set(
        name,
        await openAccount({
          database,
          mailStore: mailStoreOf(settings, name),
          hasUpstream: false,
          guard: guardOf(settings),
        }),
      )
    }
    const server = await startServer({
      listen: parseAddress(settings.listen, 'listen'),
      devices: devices.registry,
      respond: responder(accounts, settings),
      nowMs: Date.now,
      ...(settings.plain && { plain: true }),
      ...(options.allowPlain && { allowPlainHttp: true }),
      ...(settings.certificate !== undefined && { tls: readCertificate(settings) }),
      log: (line) => output.event({ event: 'log', line }, line),
      signal,
    })
    const { host, port } = server.address
    const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
    writePrivateFile(listeningFile(data), address)
    output.event({ event: 'listening', address }, `packetboat listens on ${address}.`)
    await indexAll(context, accounts)
    const warm = keepAllWarm(context, accounts)
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    await server.close()
    await warm
  } finally {
    rmSync(listeningFile(data), { force: true })
    for (const account of accounts.values()) await account.close()
    await devices.close()
    lock.release()
  }
}

/** Writes down what the command line says, so that the next start needs no options. */
function rememberOptions(
  context: CommandContext,
  { account = [] }: ServeOptions,
): { readonly data: DataDir; readonly settings: EndpointSettings } {
  const accounts = account.map(parseAccountOption)
  const before = context.open('endpoint', { mayBeNew: true })
  if (accounts.length === 0 && Object.keys(endpointSettingsOf(before).accounts).length === 0)
    throw new PacketboatError(
      'CONFIG',
      'There is no account to serve.',
      'Name one: packetboat serve --account me=maildir:PATH. It is remembered for the next start.',
    )
  writeSettings(before, [
    ...saidOnCommandLine(before.config),
    ...accounts.map(({ name, toml }) => ({ key: ['accounts', name], toml })),
  ])
  const open: OpenConfig = context.open('endpoint')
  return { data: open.data, settings: endpointSettingsOf(open) }
}

function readCertificate({ certificate, key }: EndpointSettings): { cert: string; key: string } {
  if (certificate === undefined || key === undefined)
    throw new PacketboatError(
      'CONFIG',
      'A certificate needs its key, and a key its certificate.',
      'Give both: --certificate FILE --key FILE.',
    )
  return { cert: readSettingsFile(certificate, 'certificate'), key: readSettingsFile(key, 'key') }
}

function responder(
  accounts: ReadonlyMap<string, OpenAccount>,
  { deviceLostAfter }: EndpointSettings,
): Responder {
  return async function* (request, device, signal) {
    const account = accounts.get(device.account)
    if (!account)
      throw new PacketboatError(
        'CONFIG',
        `The account ${device.account} is not served.`,
        'Add it with --account, or revoke the device.',
      )
    yield* respond(account, request, {
      signal,
      pairing: device.deviceId,
      lostAfterMs: deviceLostAfter,
    })
  }
}

/** Reads every account's mail once, so that the first client finds the index warm. A failure shows here and again to the client. */
async function indexAll(context: CommandContext, accounts: ReadonlyMap<string, OpenAccount>): Promise<void> {
  for (const [name, account] of accounts) await index(context, name, account)
}

/** Returns what went wrong, unless that is what went wrong `before`: then it has been told. */
async function index(
  { output, signal }: CommandContext,
  name: string,
  account: OpenAccount,
  before?: string,
): Promise<string | undefined> {
  try {
    const { changes: messages, heldBack } = await pull(account, { signal })
    for (const held of heldBack)
      output.event(
        { event: 'held-back', account: name, ...held },
        `${name}: ${held.gone} of ${held.of} messages have gone from ${await nameOf(account.replica.db, held.mailbox)}: nobody is told before somebody allows it (packetboat sync --allow-expunge on a device).`,
      )
    output.event(
      { event: 'indexed', account: name, messages },
      messages > 0
        ? `${name}: ${messages === 1 ? '1 message is' : `${messages} messages are`} new, changed or gone since the last look.`
        : undefined,
    )
    return undefined
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    if (!signal.aborted && what !== before) output.error(error)
    return what
  }
}

/** Looks again whenever a mail server tells that something has changed. */
function keepAllWarm(context: CommandContext, accounts: ReadonlyMap<string, OpenAccount>): Promise<unknown> {
  return Promise.all(
    [...accounts].map(async ([name, account]) => {
      const { watch } = account.mailStore
      let wrong: string | undefined
      const look = async (): Promise<void> => {
        wrong = await index(context, name, account, wrong)
      }
      if (watch) await keepWarm(watch, look, context.signal)
    }),
  )
}
