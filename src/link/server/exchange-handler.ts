import type { IncomingMessage, ServerResponse } from 'node:http'
import { hasCode, PacketboatError } from '../../errors/packetboat-error.js'
import type { DeviceIdentity, Responder } from '../../sync/link.js'
import { type Batch, type BatchReader, readBatches } from '../batches.js'
import {
  batchBytes,
  batchWaitMs,
  firstBatchWaitMs,
  framesHeader,
  insufficientStorage,
  markerHeader,
  markerVersion,
  rateHeader,
} from '../line/endpoint-http.js'
import { recordBytes } from '../line/line-rate.js'
import { createPace, type Pace, systemClock } from '../pace.js'
import { isBrowser } from './reader-door.js'

/** How an exchange ended: `cut` is the line, `stopped` this side, `failed` an error of whoever answers. */
export type Outcome =
  | { readonly end: 'answered' | 'cut' | 'stopped' }
  | { readonly end: 'failed'; readonly error: unknown }

/**
 * Carries one exchange of a recognised device over one HTTP request. A small, quick answer goes out with its
 * length in one write; any other in chunks as it comes, with backpressure. Settles when all is over and the
 * responder has stopped. Never throws: an error is part of the outcome, and the device sees it as a cut or as
 * status 500.
 */
export async function serveExchange(
  req: IncomingMessage,
  res: ServerResponse,
  device: DeviceIdentity,
  options: {
    readonly respond: Responder
    /** Fires when the endpoint stops or the device is revoked. */
    readonly signal: AbortSignal
    readonly heartbeatMs: number
    /** Bytes that have come on the connection so far. */
    readonly received: () => number
  },
): Promise<Outcome> {
  const stop = new AbortController()
  const onStop = () => stop.abort(options.signal.reason)
  const onClose = () => {
    if (!res.writableFinished) stop.abort(lineLost())
  }
  if (options.signal.aborted) onStop()
  options.signal.addEventListener('abort', onStop, { once: true })
  res.once('close', onClose)
  // What is written in the moment that the connection breaks; `close` tells the same.
  res.on('error', () => undefined)

  const answer = readBatches(options.respond(requestBytes(req), device, stop.signal), {
    batchBytes,
    waitMs: batchWaitMs,
  })
  let outcome: Outcome = { end: 'answered' }
  try {
    await sendAnswer(res, answer, {
      pace: paceOf(req),
      signal: stop.signal,
      startBeating: () => beat(req, res, options),
    })
  } catch (error) {
    if (stop.signal.aborted) outcome = { end: options.signal.aborted ? 'stopped' : 'cut' }
    else outcome = { end: 'failed', error }
    if (res.headersSent || stop.signal.aborted) res.destroy()
    else if (isOfTheDisk(error)) refuse(res, insufficientStorage, "The endpoint's mail store can't be used.")
    else refuse(res, 500, 'The endpoint failed. Its log says why.')
  } finally {
    options.signal.removeEventListener('abort', onStop)
    res.removeListener('close', onClose)
    if (!stop.signal.aborted && !res.writableFinished) stop.abort(lineLost())
    await answer.close().catch((error: unknown) => {
      if (outcome.end !== 'failed') outcome = { end: 'failed', error }
    })
  }
  return outcome
}

/** The disk is full, read-only or not mounted: something that a person has to see to, and that has nothing to do with the line. */
function isOfTheDisk(error: unknown): boolean {
  return (['DISK_FULL', 'READ_ONLY', 'MAILSTORE_GONE'] as const).some((code) => hasCode(error, code))
}

/** Answers with a status and a sentence. The connection is closed unless `keepOpen`. */
export function refuse(
  res: ServerResponse,
  status: number,
  text: string,
  {
    keepOpen = false,
    headers = {},
  }: { readonly keepOpen?: boolean; readonly headers?: Record<string, string> } = {},
): void {
  const body = Buffer.from(`${text}\n`)
  res.removeHeader('connection')
  res.writeHead(status, {
    [markerHeader]: markerVersion,
    'content-type': 'text/plain',
    'content-length': body.length,
    ...(keepOpen ? {} : { connection: 'close' }),
    ...headers,
  })
  res.end(body)
}

/** Tells a known device whose mail it leads to, what time it is and which frames are spoken. */
export function introduce(
  res: ServerResponse,
  account: string,
  { nowMs, frames }: { readonly nowMs: () => number; readonly frames?: number },
): void {
  const spoken = frames === undefined ? {} : { [framesHeader]: `${frames}` }
  refuse(res, 200, account, {
    keepOpen: true,
    headers: { date: new Date(nowMs()).toUTCString(), ...spoken },
  })
}

async function sendAnswer(
  res: ServerResponse,
  answer: BatchReader,
  {
    pace,
    signal,
    startBeating,
  }: {
    readonly pace: Pace | undefined
    readonly signal: AbortSignal
    readonly startBeating: () => () => void
  },
): Promise<void> {
  const stopBeating = startBeating()
  let batch: Batch
  try {
    // The first texts aren't to wait for a record that an attachment fills.
    const first = answer.next({ waitMs: firstBatchWaitMs, apartBytes: recordBytes })
    batch = await unlessAborted(first, signal)
  } finally {
    stopBeating()
  }
  // HTTP/1.1 connections last by default: saying so would cost 50 bytes in each answer.
  res.removeHeader('connection')
  if (batch.last && batch.bytes.length <= recordBytes) {
    res.writeHead(200, { [markerHeader]: markerVersion, 'content-length': batch.bytes.length })
    res.end(batch.bytes)
  } else {
    res.writeHead(200, { [markerHeader]: markerVersion })
    for (;;) {
      await write(res, batch.bytes, pace, signal)
      if (batch.last) break
      batch = await unlessAborted(answer.next(), signal)
    }
    res.end()
  }
  await unlessAborted(finished(res), signal)
}

/** Hands bytes to the connection as fast as it takes them, or under a cap a piece at a time. */
async function write(
  res: ServerResponse,
  bytes: Uint8Array,
  pace: Pace | undefined,
  signal: AbortSignal,
): Promise<void> {
  const pieceBytes = pace ? Math.max(leastPieceBytes, pace.pieceBytes) : bytes.length
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    const piece = bytes.subarray(start, start + pieceBytes)
    if (pace) await unlessAborted(paused(pace.waitMs()), signal)
    if (!res.write(piece)) await unlessAborted(drained(res), signal)
    pace?.moved(piece.length)
  }
}

/** Each piece has the head of a chunk and of a TLS record, 30 bytes together. */
const leastPieceBytes = 400

/** The cap of a device on its line. What makes no sense is no cap. */
function paceOf(req: IncomingMessage): Pace | undefined {
  const text = req.headers[rateHeader]
  const bitsPerSecond = typeof text === 'string' && /^\d{1,12}$/.test(text) ? Number(text) : 0
  return bitsPerSecond > 0 ? createPace(bitsPerSecond, systemClock.now) : undefined
}

const paused = (ms: number): Promise<void> => new Promise((resolve) => systemClock.after(ms, resolve))

/** Says that the endpoint is alive, as long as the request arrives or the answer is worked on. */
function beat(
  req: IncomingMessage,
  res: ServerResponse,
  { heartbeatMs, received }: { readonly heartbeatMs: number; readonly received: () => number },
): () => void {
  if (isBrowser(req)) return () => undefined
  let before = received()
  const timer = setInterval(() => {
    const now = received()
    // Nothing comes although something is missing: the line is down, and a heartbeat would only hide that.
    if (now !== before || req.complete) res.writeProcessing()
    before = now
  }, heartbeatMs)
  return () => clearInterval(timer)
}

async function* requestBytes(req: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    // A responder that has read enough must not close the connection by that: its answer is still to be sent.
    yield* req.iterator({ destroyOnReturn: false })
  } catch (error) {
    throw lineLost(error)
  } finally {
    // If the request's last frame ended it, HTTP's end of it is still to come.
    req.resume()
  }
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (!res.writableNeedDrain) resolve()
    else res.once('drain', resolve)
  })
}

function finished(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    if (res.writableFinished) resolve()
    else res.once('finish', resolve)
  })
}

function lineLost(cause?: unknown): PacketboatError {
  return new PacketboatError(
    'LINK_FAILED',
    'The device’s line was lost during an exchange.',
    'You need do nothing: the device goes on from there when it connects again.',
    { cause },
  )
}
