import { readBatches } from '../batches.js'
import { batchBytes, batchWaitMs, requestWaitMs } from '../line/endpoint-http.js'

/** What undici sends as the body of a request. */
export interface RequestBody {
  readonly body: Uint8Array | AsyncGenerator<Uint8Array> | null
  /** What the caller's own stream threw: no fault of the line. */
  failed(): unknown
  close(): void
}

/** A request that is short or turns out to be is handed over whole, so that it shares a packet with its head. */
export async function prepareBody(request: Uint8Array | AsyncIterable<Uint8Array>): Promise<RequestBody> {
  const whole = (body: Uint8Array): RequestBody => ({ body, failed: () => undefined, close: () => undefined })
  if (request instanceof Uint8Array && request.length <= batchBytes) return whole(request)

  const batches = readBatches(request instanceof Uint8Array ? slices(request) : request, {
    batchBytes,
    waitMs: batchWaitMs,
  })
  const first = await batches.next({ waitMs: requestWaitMs })
  if (first.last) return whole(first.bytes)
  let failure: unknown
  async function* stream(): AsyncGenerator<Uint8Array> {
    try {
      for (let batch = first; ; batch = await batches.next()) {
        if (batch.bytes.length > 0) yield batch.bytes
        if (batch.last) return
      }
    } catch (error) {
      failure = error
      throw error
    }
  }
  return { body: stream(), failed: () => failure, close: () => void batches.close().catch(() => undefined) }
}

/** Yields the bytes in pieces, so that progress can be seen. */
async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += batchBytes) yield bytes.subarray(at, at + batchBytes)
}
