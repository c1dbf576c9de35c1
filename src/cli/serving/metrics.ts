import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { listening } from '../../link/server/listening.js'
import type { ExchangeReport } from '../../link/server/server.js'

/** What a running endpoint tells a monitoring system, over HTTP on an address of its own. */
export interface Metrics {
  readonly address: { readonly host: string; readonly port: number }
  /** Counts an exchange that is over. */
  exchange(report: ExchangeReport): void
  close(): Promise<void>
}

/** More than a monitoring system opens; nobody else is meant to come. */
const mostConnections = 16

/** Buckets in seconds, from a null sync on a fast line to a sync that takes the night at 300 bit/s. */
const secondsBuckets = [0.1, 0.5, 2, 10, 60, 300, 1800, 7200, 36000]

/**
 * Answers `GET /metrics` (Prometheus' text format) and `GET /healthz` (200 as long as the endpoint can look
 * up its devices, else 503). Throws CONFIG when it can't listen.
 */
export async function startMetrics(options: {
  readonly listen: { readonly host: string; readonly port: number }
  readonly accounts: () => number
  readonly openAccounts: () => number
  /** Count exchanges and bytes for each account by its name. */
  readonly byAccount: boolean
  /** Throws where the endpoint can't recognise devices. */
  readonly probe: () => Promise<void>
}): Promise<Metrics> {
  const { byAccount } = options
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  const gauge = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value())
      },
    })
  }
  gauge('packetboat_accounts', 'Accounts that the endpoint answers for', options.accounts)
  gauge('packetboat_accounts_open', 'Accounts that are open', options.openAccounts)
  const whose = byAccount ? ['account'] : []
  const exchanges = new Counter({
    name: 'packetboat_exchanges_total',
    help: 'Exchanges of devices, by how they ended',
    labelNames: ['end', ...whose],
    registers,
  })
  const bytes = new Counter({
    name: 'packetboat_bytes_total',
    help: 'Bytes of exchanges from (up) and to (down) devices, TLS included',
    labelNames: ['direction', ...whose],
    registers,
  })
  const errors = new Counter({
    name: 'packetboat_errors_total',
    help: 'Exchanges that failed, by error code',
    labelNames: ['code'],
    registers,
  })
  const seconds = new Histogram({
    name: 'packetboat_exchange_seconds',
    help: 'How long exchanges took',
    buckets: secondsBuckets,
    registers,
  })

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = (req.url ?? '').split('?')[0]
    if (req.method !== 'GET' && req.method !== 'HEAD') return reply(res, 405, 'Only GET works here.\n')
    if (path === '/metrics') return reply(res, 200, await register.metrics(), register.contentType)
    if (path !== '/healthz') return reply(res, 404, 'There is /metrics, and /healthz.\n')
    try {
      await options.probe()
      reply(res, 200, 'ok\n')
    } catch (error) {
      reply(res, 503, `${error instanceof PacketboatError ? error.code : 'BUG'}\n`)
    }
  }
  const server = createServer((req, res) => {
    answer(req, res).catch(() => res.destroy())
  })
  server.maxConnections = mostConnections
  const address = await listening(server, options.listen)
  return {
    address,
    exchange({ device, up, down, seconds: took, outcome }) {
      const account = byAccount ? { account: device.account } : {}
      exchanges.inc({ end: outcome.end, ...account })
      bytes.inc({ direction: 'up', ...account }, up)
      bytes.inc({ direction: 'down', ...account }, down)
      seconds.observe(took)
      if (outcome.end === 'failed')
        errors.inc({ code: outcome.error instanceof PacketboatError ? outcome.error.code : 'BUG' })
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function reply(res: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  res.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
  res.end(text)
}
