import { PacketboatError } from '../../../errors/packetboat-error.js'
import { gistApart } from '../../../gist/gist-apart.js'
import type { DeviceRegistry } from '../../../link/server/device-registry.js'
import { refuseServing } from '../../../link/server/refuse-serving.js'
import { type ExchangeReport, startServer } from '../../../link/server/server.js'
import { formatBytes, formatSeconds } from '../../../told/sizes.js'
import { protocolVersion } from '../../../wire/request-frames.js'
import { ownProgram } from '../../apart/own-call.js'
import type { CommandContext } from '../../command-context.js'
import { watchCertificate } from '../../serving/endpoint-certificate.js'
import {
  addressForDevices,
  lockEndpoint,
  openDevices,
  removeListening,
  writeListening,
} from '../../serving/endpoint-files.js'
import type { Metrics } from '../../serving/metrics.js'
import { changeLookMs, readSettingsAgain } from '../../serving/read-again.js'
import { readerFolder } from '../../serving/reader-folder.js'
import { createServeLog, isJournal, type ServeLog } from '../../serving/serve-log.js'
import { createServedAccounts, type ServedAccounts } from '../../serving/served-accounts.js'
import { socketsOfSystemd, tellSystemd } from '../../serving/systemd.js'
import { watchFiles } from '../../serving/watch-files.js'
import { checkAccounts } from '../../session/check-accounts.js'
import { openMailStore } from '../../session/mail-store-place.js'
import { keepHeapSmall, optimizeSeldom } from '../../session/v8-flags.js'
import { changeSettings } from '../../settings/change-settings.js'
import type { DataDir } from '../../settings/data-dir.js'
import {
  type EndpointSettings,
  endpointSettingsOf,
  mailWords,
  metricsAddress,
  type NewAccount,
  parseAccountOption,
  parseAddress,
  placeOf,
} from '../../settings/endpoint-settings.js'
import { type OpenConfig, placeOnCommandLine, saidOnCommandLine } from '../../settings/open-config.js'

export interface ServeOptions {
  readonly account?: readonly string[]
  readonly allowPlain?: boolean
  /** Say what each account's mail store makes possible, and serve nobody. */
  readonly check?: boolean
}

/** Nearly all pages take a tenth of this, and as long for the process to start; a small computer takes some times that. */
const gistMs = 5000

/** `packetboat serve`: answers devices until it is told to stop. */
export async function serve(context: CommandContext, options: ServeOptions): Promise<void> {
  const { output, signal } = context
  const { data, path, settings } = await rememberOptions(context, options)
  if (options.check) return checkAccounts(context, data, settings)
  // Watched from the moment they were read: a change while all else starts is seen, too.
  let now = settings
  const files = watchFiles(() => [path, now.certificate, now.key].filter((each) => each !== undefined))
  const log = createServeLog(output, {
    level: settings.logLevel,
    form: settings.log,
    stamped: !isJournal(context.env),
    now: Date.now,
  })
  // Handled from the first moment: asking the endpoint to read its settings again must never end it.
  let reload = (): void => undefined
  const unhang = context.onHangup(() => reload())
  const lock = await lockEndpoint(data, signal)
  const devices = await openDevices(data)
  const makeGist = gistApart({ argv: ownProgram(context.self, 'gist'), timeoutMs: gistMs })
  const accounts = createServedAccounts({ data, log, due: devices.due, makeGist, signal })
  let metrics: Metrics | undefined
  try {
    await accounts.start(settings)
    if (!options.account?.length) await warnOfNoDevices(devices.registry, data, log)
    const certificate = watchCertificate(settings)
    const sockets = socketsOfSystemd(context.env, process.pid)
    metrics = await meter(settings, accounts, devices.registry)
    const server = await startServer({
      listen: sockets ?? settings.listen.map((each) => parseAddress(each, 'listen')),
      devices: devices.registry,
      respond: accounts.respond,
      nowMs: Date.now,
      frames: protocolVersion,
      ...(settings.plain && { plain: true }),
      ...(options.allowPlain && { allowPlainHttp: true }),
      ...(certificate.now && { tls: certificate.now }),
      ...(settings.reader && { reader: readerFolder(context.self) }),
      log: log.line,
      onExchange: (report) => {
        metrics?.exchange(report)
        tellExchange(log, accounts, report)
      },
      signal,
    })
    const addresses = server.addresses.map(printAddress)
    const [address] = addresses
    const sayServed = (): void =>
      writeListening(data, { address: addressForDevices(addresses), accounts: accounts.names() })
    sayServed()
    log.event(
      'info',
      { event: 'listening', address, ...(addresses.length > 1 && { addresses }) },
      `packetboat listens on ${addresses.join(' and ')}.`,
    )
    if (metrics) {
      const at = printAddress(metrics.address)
      log.event('info', { event: 'metrics', address: at }, `http://${at}/metrics and /healthz answer.`)
    }
    await tellSystemd(context.env, ['--ready']).catch((error: unknown) => log.error(error))
    keepHeapSmall()
    optimizeSeldom()
    const warm = [
      recentFirst(devices.registry, accounts.names())
        .then(accounts.warmUp)
        .catch((error: unknown) => log.error(error)),
    ]
    const renew = (): void => {
      try {
        if (!certificate.look()) return
        server.renew(certificate.now)
        log.line('info', 'The certificate was renewed.')
      } catch (error) {
        log.error(error)
      }
    }
    let reloading = Promise.resolve()
    reload = () => {
      reloading = reloading
        .then(() => {
          const changed = readSettingsAgain(context, log, settings)
          if (signal.aborted) return
          if (changed) {
            log.setLevel(changed.logLevel)
            certificate.change(changed)
            now = changed
          }
          renew()
          if (!changed) return
          const { fresh, left } = accounts.change(changed)
          for (const name of left) server.endExchanges(name)
          sayServed()
          warm.push(accounts.warmUp(fresh))
          log.event('info', { event: 'reloaded' }, 'The settings were read again.')
        })
        .catch((error: unknown) => log.error(error))
    }
    const looking = setInterval(() => {
      if (files.look()) reload()
    }, changeLookMs)
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve()
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    clearInterval(looking)
    await tellSystemd(context.env, ['STOPPING=1']).catch(() => undefined)
    await reloading
    await server.close()
    await Promise.all(warm)
    log.event('info', { event: 'stopped' }, 'packetboat has stopped.')
  } finally {
    removeListening(data)
    await metrics?.close()
    await accounts.close()
    await devices.close()
    lock.release()
    unhang()
  }
}

/** Its data directory may be on a disk that isn't mounted, and a device must not be paired anew for that. */
async function warnOfNoDevices(registry: DeviceRegistry, data: DataDir, log: ServeLog): Promise<void> {
  if (await registry.hadDevices()) return
  log.line(
    'warning',
    `no device was ever paired here. If there were some, the disk of ${data.root} may not be mounted: mount it, and start again.`,
  )
}

const printAddress = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`

/** What a monitoring system asks, where the settings want that: its library is loaded then only. */
async function meter(
  { metrics: text, metricsByAccount }: EndpointSettings,
  accounts: ServedAccounts,
  registry: DeviceRegistry,
): Promise<Metrics | undefined> {
  if (text === undefined) return undefined
  const { startMetrics } = await import('../../serving/metrics.js')
  return startMetrics({
    listen: parseAddress(metricsAddress(text), 'metrics'),
    accounts: () => accounts.names().length,
    openAccounts: accounts.openCount,
    byAccount: metricsByAccount,
    probe: () => registry.refresh(),
  })
}

/** Accounts in the order in which their devices were here last, then those of which none ever was. */
async function recentFirst(registry: DeviceRegistry, names: readonly string[]): Promise<string[]> {
  const seen = new Map<string, number>()
  for (const { account, seenMs = 0 } of await registry.listDevices())
    seen.set(account, Math.max(seenMs, seen.get(account) ?? 0))
  return [...names].sort((a, b) => (seen.get(b) ?? -1) - (seen.get(a) ?? -1))
}

/** One line for each exchange. A failure is told once, until another thing happens to that account. */
function tellExchange(log: ServeLog, accounts: ServedAccounts, report: ExchangeReport): void {
  const { device, up, down, seconds, outcome } = report
  const who = `${device.account} ${device.name}`
  const failure = outcome.end === 'failed' ? outcome.error : undefined
  const news = outcome.end !== 'cut' && outcome.end !== 'stopped' && accounts.isNews(device.account, failure)
  if (failure !== undefined && news) log.error(failure, who)
  log.event(
    failure === undefined || news ? 'info' : 'debug',
    {
      event: 'exchange',
      account: device.account,
      device: device.name,
      id: device.id,
      up,
      down,
      seconds,
      end: outcome.end,
    },
    `${who}: ${endWords[outcome.end]}, ${formatBytes(up)} up, ${formatBytes(down)} down, ${formatSeconds(seconds)}`,
  )
}

const endWords: Readonly<Record<ExchangeReport['outcome']['end'], string>> = {
  answered: 'synced',
  cut: 'the line was lost',
  stopped: 'was stopped',
  failed: 'failed',
}

/** Writes down what the command line says, so that the next start needs no options. */
async function rememberOptions(
  context: CommandContext,
  { account = [], allowPlain = false }: ServeOptions,
): Promise<{ readonly data: DataDir; readonly path: string; readonly settings: EndpointSettings }> {
  const place = placeOnCommandLine(context.env)
  const accounts = account.map((option) => parseAccountOption(option, place))
  const before = context.open('endpoint', { mayBeNew: true })
  if (accounts.length === 0 && Object.keys(endpointSettingsOf(before).accounts).length === 0)
    throw new PacketboatError(
      'CONFIG',
      'There is no account to serve.',
      'Add one: packetboat serve --account me=maildir:PATH. packetboat remembers it.',
    )
  // One whose mail isn't there is refused before anything is written: else every later start would find it missing.
  const given = endpointSettingsOf(before)
  for (const { name, store } of accounts) {
    const opened = await openMailStore(placeOf(store, given), before.data.path('accounts', name))
    await opened.close?.()
  }
  // An account that exists with this mail is left as the file has it, with its settings for sending, say.
  const isThere = ({ name, store }: NewAccount): boolean => {
    const known = given.accounts[name]
    return known !== undefined && mailWords(known) === mailWords(store)
  }
  const said = [
    ...saidOnCommandLine(before.config),
    ...accounts.filter((each) => !isThere(each)).map(({ name, toml }) => ({ key: ['accounts', name], toml })),
  ]
  // Reading a file of thousands of accounts twice would take as long as all the rest.
  if (said.length === 0) return { data: before.data, path: before.path, settings: given }
  // Likewise what can't be served.
  const listen = socketsOfSystemd(context.env, process.pid) ? [] : given.listen
  refuseServing({
    hosts: listen.map((each) => parseAddress(each, 'listen').host),
    plain: given.plain,
    allowPlainHttp: allowPlain,
    hasCertificate: given.certificate !== undefined,
    reader: given.reader,
  })
  await changeSettings(context, 'endpoint', said)
  const open: OpenConfig = context.open('endpoint')
  return { data: open.data, path: open.path, settings: endpointSettingsOf(open) }
}
