import { concat } from '../../bytes/concat.js'
import { PacketboatError } from '../../errors/packetboat-error.js'
import {
  interrupted,
  kept,
  linkClosed,
  stalled,
  statusError,
  wrongMark,
} from '../../link/line/answer-errors.js'
import { exchangePath, markerHeader, markerVersion, rateHeader } from '../../link/line/endpoint-http.js'
import { frameBytesFor, type LineRate } from '../../link/line/line-rate.js'
import { watchStall } from '../../link/line/stall.js'
import type { Link } from '../../sync/link.js'
import { notPaired } from './pair-browser.js'

export interface FetchLinkOptions {
  /** The part of the address before `/v1/exchange`: the endpoint's own origin, and a proxy's prefix. */
  readonly endpoint: string
  readonly fetch: typeof fetch
  readonly timeouts?: {
    /** No byte of an answer came. Default 120 s. */
    readonly stallMs?: number
    /** No answer began, besides what the request takes on the slowest of lines. Default 10 min: a page hears of no heartbeats, and endpoints send browsers none. */
    readonly answerMs?: number
  }
  /** Bits a second that the answer may take. What goes up goes as fast as the browser sends it. */
  readonly limitRate?: number | undefined
  /** What earlier runs have found out, and how long a packet takes there and back, ms, where the browser says so. */
  readonly known?: LineRate
  readonly roundTripMs?: () => number | undefined
  /** Called with the bytes sent and received so far. What goes up is seen when all of it has gone. */
  readonly onBytes?: (up: number, down: number) => void
}

/**
 * What HTTP and TLS add to an exchange on the page's own connection, in bytes, as measured in Chromium (a
 * browser reports no such figure). Another connection costs some 3,400 more.
 */
const headBytes = { up: 620, down: 130 }

/** 300 bit/s. */
const slowestBytesPerMs = 300 / 8 / 1000

/**
 * A link from a browser to the endpoint that served its page, by `fetch`: the request goes whole, since
 * browsers don't stream requests, and the answer is read as it comes. The browser identifies itself by its
 * cookie.
 */
export function openFetchLink(options: FetchLinkOptions): Link {
  const stallMs = options.timeouts?.stallMs ?? 120_000
  const answerMs = options.timeouts?.answerMs ?? 600_000
  const where = new URL(options.endpoint).host
  const running = new Set<AbortController>()
  const stats = { up: 0, down: 0 }
  let closed = false

  function count(up: number, down: number): void {
    stats.up += up
    stats.down += down
    options.onBytes?.(stats.up, stats.down)
  }

  async function exchange(
    request: Uint8Array | AsyncIterable<Uint8Array>,
    signal?: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const body = request instanceof Uint8Array ? request : await gather(request)
    if (signal?.aborted) throw interrupted(signal)
    if (closed) throw linkClosed()
    const stop = new AbortController()
    const onAbort = () => signal && stop.abort(interrupted(signal))
    signal?.addEventListener('abort', onAbort, { once: true })
    running.add(stop)
    const settle = (): void => {
      running.delete(stop)
      signal?.removeEventListener('abort', onAbort)
    }
    const late = setTimeout(
      () => stop.abort(stalled(where, answerMs, 'the exchange')),
      answerMs + body.length / slowestBytesPerMs,
    )
    try {
      const answer = await options.fetch(`${options.endpoint}${exchangePath}`, {
        method: 'POST',
        headers: {
          [markerHeader]: markerVersion,
          ...(options.limitRate !== undefined && { [rateHeader]: String(Math.ceil(options.limitRate)) }),
        },
        body: new Uint8Array(body),
        credentials: 'same-origin',
        cache: 'no-store',
        redirect: 'error',
        referrerPolicy: 'no-referrer',
        signal: stop.signal,
      })
      count(headBytes.up + body.length, headBytes.down)
      const mark = answer.headers.get(markerHeader)
      if (answer.status === 401 && mark !== null) throw notPaired()
      if (answer.status !== 200) throw statusError(answer.status, mark !== null, where)
      if (mark !== markerVersion) throw wrongMark(mark ?? undefined, where)
      return read(answer, stop, settle)
    } catch (error) {
      stop.abort(error)
      settle()
      throw inWords(error, stop.signal)
    } finally {
      clearTimeout(late)
    }
  }

  /** Yields what has come before it throws the error of a line that broke. */
  async function* read(
    answer: Response,
    stop: AbortController,
    settle: () => void,
  ): AsyncGenerator<Uint8Array> {
    const reader = answer.body?.getReader()
    let [moved, waiting] = [0, false]
    const stopWatch = watchStall({
      // While whoever reads is slow nothing moves, and that is no fault of the line.
      moved: () => (waiting ? moved : ++moved),
      stallMs,
      onStall: () => stop.abort(stalled(where, stallMs, 'the exchange')),
    })
    try {
      while (reader) {
        waiting = true
        const { done, value } = await reader.read()
        waiting = false
        if (done) return
        moved++
        count(0, value.length)
        yield value
      }
    } catch (error) {
      throw inWords(error, stop.signal)
    } finally {
      stopWatch()
      settle()
      // If it wasn't read to its end, this tells the other side that nobody waits any more.
      stop.abort()
    }
  }

  /** Browsers say "Failed to fetch" for all that can go wrong on a line. */
  function inWords(error: unknown, stop: AbortSignal): unknown {
    if (stop.aborted && stop.reason instanceof PacketboatError) return stop.reason
    if (error instanceof PacketboatError) return error
    return new PacketboatError(
      'LINK_FAILED',
      `The connection to ${where} was lost, or could not be made.`,
      `${kept} Sync again when the line is up.`,
      { cause: error },
    )
  }

  return {
    exchange,
    frameBytes: async () =>
      frameBytesFor(options.roundTripMs?.() ?? Number.POSITIVE_INFINITY, options.known) ?? 0,
    stats,
    async close() {
      closed = true
      for (const stop of running) stop.abort(linkClosed())
    },
  }
}

async function gather(request: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request) chunks.push(chunk)
  return concat(chunks)
}
