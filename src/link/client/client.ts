import type { X509Certificate } from 'node:crypto'
import type { Dispatcher } from 'undici'
import { PacketboatError } from '../../errors/packetboat-error.js'
import type { Link } from '../../sync/link.js'
import { deriveDeviceKeys } from '../device-keys.js'
import { interrupted, linkClosed, stalled, statusError, wrongMark } from '../line/answer-errors.js'
import { exchangePath, framesHeader, markerHeader, markerVersion, rateHeader } from '../line/endpoint-http.js'
import { frameBytesFor, type LineRate } from '../line/line-rate.js'
import { watchStall } from '../line/stall.js'
import { isLoopback } from '../loopback.js'
import { endpointName, type Pairing } from '../pairing.js'
import { type AnswerStream, createAnswerStream } from './answer-stream.js'
import { type Line, openLine } from './line.js'
import { linkError } from './link-errors.js'
import { prepareBody } from './request-body.js'

export interface HttpLinkOptions {
  readonly timeouts?: {
    /** How long nothing may move while connecting (TCP or TLS). Default 60 s. */
    readonly connectMs?: number
    /** How long nothing may move in either direction during an exchange. Default 120 s; more than twice an endpoint's heartbeat. */
    readonly stallMs?: number
  }
  /** Bits a second, in either direction. */
  readonly limitRate?: number | undefined
  /** Called for each connection with how long its first packet took there and back, ms. */
  readonly onRoundTrip?: (ms: number) => void
  /** Called for each connection to an endpoint that shows a certificate, once that has been accepted. */
  readonly onCertificate?: (certificate: X509Certificate) => void
  /** Called with the endpoint's wall clock, ms, where an answer tells it: that to `account` does. */
  readonly onDate?: (ms: number) => void
  /** Called with the version of the frames that the endpoint speaks, where an answer tells it: that to `account` does. */
  readonly onFrames?: (version: number) => void
  /** Plain HTTP to a host that is not loopback. */
  readonly allowPlainHttp?: boolean
  /** What earlier runs have found out. */
  readonly known?: LineRate
  /** Bytes of text in a frame, if the caller knows better than the measured line. */
  readonly frameBytes?: number
  /** Ends all exchanges. */
  readonly signal?: AbortSignal
  /** Called a few times a second during exchanges with the bytes sent and received so far, TLS and HTTP included. */
  readonly onBytes?: (up: number, down: number) => void
}

export interface HttpLink extends Link {
  frameBytes(signal?: AbortSignal): Promise<number>
  /** The account that the pairing leads to, by its name at the endpoint. Throws AUTH, LINK_FAILED, WRONG_ENDPOINT. */
  account(signal?: AbortSignal): Promise<string>
}

/** How much of an answer may wait for its reader before the connection is paused. */
const answerBufferBytes = 262_144

/** A link to the endpoint of a pairing. Connects with the first exchange. `stats` are TCP payload, with TLS and HTTP. Throws CONFIG for plain HTTP over a network. */
export function openHttpLink(pairing: Pairing, options: HttpLinkOptions = {}): HttpLink {
  if (pairing.via === 'http' && !options.allowPlainHttp && !isLoopback(pairing.host)) {
    throw new PacketboatError(
      'CONFIG',
      `Mail and secret would cross the network to ${endpointName(pairing)} in clear.`,
      'Pair with a packetboat+psk or packetboat+tls string, or allow plain HTTP explicitly.',
    )
  }
  const where = endpointName(pairing)
  const connectMs = options.timeouts?.connectMs ?? 60_000
  const stallMs = options.timeouts?.stallMs ?? 120_000
  const lines: Line[] = []
  const retired = { up: 0, down: 0 }
  const head = requestHead(pairing, options.limitRate)
  let closed = false

  function total(): { up: number; down: number } {
    let { up, down } = retired
    for (const line of lines) {
      const moved = line.moved()
      up += moved.up
      down += moved.down
    }
    return { up, down }
  }

  function freeLine(): Line {
    let line = lines.find((each) => !each.busy)
    if (!line) {
      line = openLine(pairing, connectMs, options)
      lines.push(line)
    }
    line.busy = true
    return line
  }

  function retire(line: Line): void {
    void line.abandon()
    const { up, down } = line.moved()
    retired.up += up
    retired.down += down
    lines.splice(lines.indexOf(line), 1)
  }

  /** Fires when the caller gives up, or whoever opened the link. */
  function startedUnless(signal: AbortSignal | undefined): AbortSignal {
    const signals = [options.signal, signal].filter((each) => each !== undefined)
    const ended = AbortSignal.any(signals)
    if (ended.aborted) throw interrupted(ended)
    if (closed) throw linkClosed()
    return ended
  }

  async function frameBytes(signal?: AbortSignal): Promise<number> {
    const ended = startedUnless(signal)
    if (options.frameBytes !== undefined) return options.frameBytes
    const line = freeLine()
    const onAbort = () => retire(line)
    ended.addEventListener('abort', onAbort, { once: true })
    try {
      return frameBytesFor(await line.handshakeMs(), options.known) ?? 0
    } catch (error) {
      throw ended.aborted ? interrupted(ended) : error
    } finally {
      ended.removeEventListener('abort', onAbort)
      line.busy = false
    }
  }

  const exchange: Link['exchange'] = (request, signal) => ask('POST', request, signal)

  async function account(signal?: AbortSignal): Promise<string> {
    const text = new TextDecoder()
    let name = ''
    for await (const bytes of await ask('GET', new Uint8Array(0), signal))
      name = (name + text.decode(bytes, { stream: true })).slice(0, 256)
    return name.trimEnd()
  }

  async function ask(
    method: 'GET' | 'POST',
    request: Uint8Array | AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const ended = startedUnless(signal)
    const source = await prepareBody(request)
    const line = freeLine()
    return new Promise((resolve, reject) => {
      let answer: AnswerStream | undefined
      let controller: Dispatcher.DispatchController | undefined
      let over = false

      let pausedFor = 0
      const stopWatch = watchStall({
        // While the reader is slow nothing moves, and that is no fault of the line.
        moved: () => (controller?.paused ? -++pausedFor : line.activity()),
        stallMs,
        onStall: () => fail(stalled(where, stallMs, 'the exchange')),
      })
      const ticker = options.onBytes && setInterval(report, 250)
      function report(): void {
        const { up, down } = total()
        options.onBytes?.(up, down)
      }

      function settle(): void {
        over = true
        line.busy = false
        stopWatch()
        clearInterval(ticker)
        ended.removeEventListener('abort', onAbort)
        report()
        source.close()
      }
      function fail(cause: unknown): void {
        if (over) return
        settle()
        const error = source.failed() ?? linkError(cause, pairing)
        controller?.abort(error instanceof Error ? error : new Error('exchange failed'))
        if (!controller) retire(line)
        if (answer) answer.fail(error)
        else reject(error)
      }
      const onAbort = () => fail(interrupted(ended))
      ended.addEventListener('abort', onAbort, { once: true })

      // Undici takes an AsyncIterable as body too, as its manual says; its types don't.
      line.client.dispatch(
        {
          method,
          path: `${head.prefix}${exchangePath}`,
          headers: head.headers,
          body: method === 'GET' ? null : (source.body as Uint8Array | null),
        },
        {
          onRequestStart(started) {
            controller = started
            if (over) started.abort(new Error('given up while connecting'))
          },
          onResponseStart(_controller, status, headers) {
            if (status < 200 || over) return
            const mark = headers[markerHeader]
            if (status !== 200) return fail(statusError(status, mark !== undefined, where))
            if (mark !== markerVersion) return fail(wrongMark(mark?.toString(), where))
            const dateMs = Date.parse(headers['date']?.toString() ?? '')
            if (!Number.isNaN(dateMs)) options.onDate?.(dateMs)
            const version = Number.parseInt(headers[framesHeader]?.toString() ?? '', 10)
            if (!Number.isNaN(version)) options.onFrames?.(version)
            answer = createAnswerStream({
              maxBytes: answerBufferBytes,
              onRoom: () => controller?.resume(),
              onAbandoned: () => fail(new Error('the answer was not read to its end')),
            })
            resolve(answer.bytes)
          },
          onResponseData(_controller, chunk) {
            if (answer?.push(chunk)) controller?.pause()
          },
          onResponseEnd() {
            if (over) return
            settle()
            answer?.end()
          },
          onResponseError(_controller, error) {
            fail(error)
          },
        },
      )
    })
  }

  return {
    exchange,
    account,
    frameBytes,
    get stats() {
      return total()
    },
    async close() {
      closed = true
      await Promise.all(lines.map((line) => (line.busy ? line.abandon() : line.hangUp())))
    },
  }
}

function requestHead(
  pairing: Pairing,
  limitRate: number | undefined,
): {
  readonly prefix: string
  readonly headers: Record<string, string>
} {
  // With a pre-shared key nothing between device and endpoint looks at the host: HTTP/1.1 demands one, so it is a single letter.
  const cap = limitRate === undefined ? {} : { [rateHeader]: String(Math.ceil(limitRate)) }
  if (pairing.via === 'psk') return { prefix: '', headers: { host: 'p', ...cap } }
  const { bearer } = deriveDeviceKeys(pairing.secret)
  return { prefix: pairing.prefix, headers: { authorization: `Bearer ${bearer}`, ...cap } }
}
