import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { wordsOf } from '../../errors/words-of.js'
import type { Responder } from '../../sync/link.js'
import { heartbeatMs, insufficientStorage, pairPath } from '../line/endpoint-http.js'
import { systemClock } from '../pace.js'
import {
  defaultServerLimits,
  defaultServerTimeouts,
  type ServerLimits,
  type ServerTimeouts,
  type Traffic,
  watchConnections,
} from './connection-watch.js'
import { createDeviceProof } from './device-proof.js'
import type { Device, DeviceRegistry } from './device-registry.js'
import { DeviceTurns, overtaken } from './device-turns.js'
import { createEdgeLog, type Log } from './edge-log.js'
import { introduce, type Outcome, refuse, serveExchange } from './exchange-handler.js'
import { keepDevicesKnown } from './known-devices.js'
import { type Address, listenOn, type Place } from './listening.js'
import { type Admitted, pairReader } from './reader-door.js'
import { readerFiles } from './reader-files.js'
import { answerToAnybody, recognise } from './recognise.js'
import { refuseClear, refuseServing, type Serving } from './refuse-serving.js'
import { RunningExchanges } from './running-exchanges.js'
import { type Certificate, createTlsServer, httpLimits } from './tls-server.js'
import { WaitingAnswers } from './waiting-answers.js'

export interface ServerOptions {
  /** One address or several, or sockets that listen already. */
  readonly listen: Place | readonly Place[]
  /** Without a certificate only devices with a pre-shared key can connect. */
  readonly tls?: Certificate
  /** HTTP in clear instead of TLS: on loopback, for a reverse proxy that ends TLS. */
  readonly plain?: boolean
  /** Plain HTTP on other addresses too. */
  readonly allowPlainHttp?: boolean
  /** The folder of the reader's files, where browsers may be devices too. */
  readonly reader?: string
  readonly devices: DeviceRegistry
  readonly respond: Responder
  /** Wall clock, ms, for the time a device was last seen. */
  readonly nowMs: () => number
  /** The version of the frames that `respond` speaks. */
  readonly frames?: number
  readonly limits?: Partial<ServerLimits>
  readonly timeouts?: Partial<ServerTimeouts & { readonly heartbeatMs: number; readonly revokedMs: number }>
  /** One line per thing worth knowing, without secrets. What strangers cause is bounded. */
  readonly log?: Log
  /** Hears of each exchange when it is over. */
  readonly onExchange?: (report: ExchangeReport) => void
  /** Fires to close. */
  readonly signal?: AbortSignal
}

/** One exchange of a device. A sync is mostly one, and more where much goes up. */
export interface ExchangeReport {
  readonly device: Device
  /** Bytes from the device, TLS included; `down` are those to it. */
  readonly up: number
  readonly down: number
  readonly seconds: number
  readonly outcome: Outcome
}

export interface RunningServer {
  readonly address: Address
  /** All addresses; `address` is the first. */
  readonly addresses: readonly Address[]
  /** New connections see another certificate, or none. Throws CONFIG when it is no good; then the one before stays. */
  renew(certificate: Certificate | undefined): void
  /** Ends what runs of an account: its devices go on by themselves. */
  endExchanges(account: string): void
  /** Stops listening, ends what runs, and returns when every responder has stopped. */
  close(): Promise<void>
}

/**
 * Answers devices on TCP ports, in three ways: TLS 1.3 with a device's pre-shared key; TLS with the certificate and a bearer token; plain HTTP
 * and a bearer token. Throws CONFIG when it can't listen or the certificate is unusable.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { devices, log = () => undefined } = options
  const listen = [options.listen].flat()
  const { plain = false } = options
  const reader = options.reader === undefined ? undefined : readerFiles(options.reader)
  const serving: Serving = {
    hosts: listen.flatMap((on) => ('host' in on ? [on.host] : [])),
    plain,
    allowPlainHttp: options.allowPlainHttp === true,
    hasCertificate: options.tls !== undefined,
    reader: reader !== undefined,
  }
  refuseServing(serving)
  const stop = new AbortController()
  const onSignal = () => void close()
  const timeouts = { ...defaultServerTimeouts, ...options.timeouts }
  const edgeLog = createEdgeLog(log, {
    ...systemClock,
    after: (ms, run) => void setTimeout(run, ms).unref(),
  })
  const watch = watchConnections({
    limits: { ...defaultServerLimits(plain), ...options.limits },
    timeouts,
    nowMs: () => performance.now(),
    log: edgeLog,
    signal: stop.signal,
  })
  const proof = createDeviceProof()
  const turns = new DeviceTurns()
  const exchanges = new Set<Promise<void>>()
  // One exchange at a time on a connection: pipelined ones (RFC 9112 9.3.2) could pile up without bound.
  const busy = new WeakSet<Socket>()
  // What earlier exchanges on a connection have been told to have moved. The first one has the handshake too.
  const told = new WeakMap<Socket, Traffic>()

  const waiting = new WaitingAnswers()
  const onRequest = (req: IncomingMessage, res: ServerResponse) => {
    res.sendDate = false
    if (!waiting.take(req.socket, res)) return
    const exchange = answerRequest(req, res).catch((error: unknown) => {
      log('error', `a request failed: ${wordsOf(error)}`)
      res.destroy()
    })
    exchanges.add(exchange)
    void exchange.finally(() => exchanges.delete(exchange))
  }
  const tlsServer = plain
    ? undefined
    : createTlsServer(
        {
          tls: options.tls,
          devices,
          proof,
          handshakeMs: timeouts.authenticateMs,
          log: edgeLog,
          explained: watch.explained,
        },
        onRequest,
      )
  const http = tlsServer?.http ?? createHttpServer(httpLimits, onRequest)
  http.on('clientError', (_error, socket) => socket.destroy())

  const knowsDevices = keepDevicesKnown(devices, log)
  const running = new RunningExchanges(devices, { log, knowsDevices }, options.timeouts?.revokedMs ?? 30_000)

  function welcome(res: ServerResponse, { device, isNew, headers }: Admitted): void {
    if (isNew) log('info', `${device.account} ${device.name}: a browser was paired`)
    refuse(res, 200, device.account, { keepOpen: true, headers })
  }

  /** The device closes. Closing here would reset the connection while it still sends, and the answer would be lost. */
  function refuseAndWait(req: IncomingMessage, res: ServerResponse, status: number, why: string): void {
    watch.refused(req.socket)
    req.resume()
    refuse(res, status, why, { keepOpen: true })
  }

  /** Without its disk, an endpoint knows nobody: a browser that hears of a revocation offers to delete its mail. */
  async function refuseStranger(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (await devices.hadDevices())
      return refuseAndWait(req, res, 401, 'This endpoint does not know the device, or it was revoked.')
    const why = 'This endpoint never had a device: its disk may not be mounted.'
    refuseAndWait(req, res, insufficientStorage, why)
  }

  async function whoAsks(
    req: IncomingMessage,
  ): Promise<{ readonly device: Device | undefined; readonly paired?: Admitted | undefined }> {
    if (req.url !== pairPath)
      return { device: await recognise(req, { proof, devices, reader: reader !== undefined }) }
    const paired = await pairReader(req, devices)
    return { device: paired?.device, paired }
  }

  async function answerRequest(req: IncomingMessage, res: ServerResponse): Promise<void> {
    watch.explained(req.socket)
    if (reader?.(req, res)) return watch.guest(req.socket)
    const alike = answerToAnybody(req, { reader: reader !== undefined })
    if (alike) return refuse(res, ...alike)
    if (!(await knowsDevices()))
      return refuseAndWait(req, res, insufficientStorage, 'This endpoint has lost its disk.')
    const { device, paired } = await whoAsks(req)
    if (!device) {
      const from = req.socket.remoteAddress ?? 'unknown'
      edgeLog.stranger('unknown', `${from}: refused, unknown or revoked device`)
      return refuseStranger(req, res)
    }
    if (stop.signal.aborted || busy.has(req.socket)) {
      req.socket.destroy()
      return
    }
    watch.authenticated(req.socket)
    if (paired) {
      req.resume()
      return welcome(res, paired)
    }
    // A person who sets up a device wants to know that the secret is right, and whose mail it leads to.
    if (req.method === 'GET') return introduce(res, device.account, options)
    const noted = devices.markSeen(device.id, options.nowMs()).catch((error: unknown) => {
      log('error', `${device.account} ${device.name}: its time could not be noted: ${wordsOf(error)}`)
    })
    const ended = new AbortController()
    const onGone = () => ended.abort()
    running.add(ended, device)
    busy.add(req.socket)
    req.socket.once('close', onGone)
    const leave = await turns.enter(device.id, ended, overtaken())
    req.socket.removeListener('close', onGone)
    if (!leave) {
      running.remove(ended)
      req.socket.destroy()
      return noted
    }
    log('debug', `${device.account} ${device.name}: asks from ${req.socket.remoteAddress ?? 'unknown'}`)
    const [beganMs, traffic] = [performance.now(), watch.traffic(req.socket)]
    try {
      const outcome = await serveExchange(
        req,
        res,
        { account: device.account, deviceId: device.id },
        {
          respond: options.respond,
          signal: ended.signal,
          heartbeatMs: options.timeouts?.heartbeatMs ?? heartbeatMs,
          received: () => traffic().up,
        },
      )
      const before = told.get(req.socket) ?? { up: 0, down: 0 }
      const now = traffic()
      told.set(req.socket, now)
      options.onExchange?.({
        device,
        up: now.up - before.up,
        down: now.down - before.down,
        seconds: Math.round(performance.now() - beganMs) / 1000,
        outcome,
      })
    } finally {
      leave()
      running.remove(ended)
      busy.delete(req.socket)
      await noted
    }
  }

  async function accept(socket: Socket): Promise<void> {
    socket.on('error', () => undefined)
    if (stop.signal.aborted) return void socket.destroy()
    if (!watch.admit(socket)) return
    log('debug', `${socket.remoteAddress ?? 'unknown'}: connected`)
    socket.setNoDelay(true)
    // When nothing is under way, only this shows that a device has vanished; rare, since each probe costs 80 bytes.
    socket.setKeepAlive(true, 600_000)
    // The handshake needs keys at once: what other processes have changed is read before its first byte.
    await knowsDevices()
    http.emit('connection', socket)
    if (plain) socket.resume()
  }
  let closing: Promise<void> | undefined
  function close(): Promise<void> {
    closing ??= (async () => {
      options.signal?.removeEventListener('abort', onSignal)
      const stopped = front.close()
      stop.abort()
      running.endAll()
      watch.closeAll()
      await Promise.all([stopped, ...exchanges])
      edgeLog.close()
    })()
    return closing
  }

  const onError = (error: Error): void =>
    edgeLog.stranger('not accepted', `a connection can't be accepted: ${error.message}`)
  const front = await listenOn(listen, {
    accept: (socket) => void accept(socket),
    refuseClear: (host) => refuseClear(serving, host),
    onError,
  }).catch((error: unknown) => {
    running.forget()
    stop.abort()
    throw error
  })
  if (options.signal?.aborted) await close()
  options.signal?.addEventListener('abort', onSignal, { once: true })
  return {
    address: front.addresses[0],
    addresses: front.addresses,
    renew: (certificate) => tlsServer?.renew(certificate),
    endExchanges: (account) => running.endThoseOf(account),
    close,
  }
}
