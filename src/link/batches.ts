import { concat } from '../bytes/concat.js'

/** Bytes that came together. */
export interface Batch {
  readonly bytes: Uint8Array
  /** Whether these bytes are the last. */
  readonly last: boolean
}

/** Reads a source in batches. One reader at a time. */
export interface BatchReader {
  /**
   * Waits for bytes as long as it takes, then for more only as long as they come within `waitMs` of each
   * other. An error of the source comes after what the source gave. A chunk of `apartBytes` or more isn't
   * joined to a smaller one before it, which then need not wait for it; a chunk of a quarter of that is worth
   * a packet of its own.
   */
  next(options?: { readonly waitMs?: number; readonly apartBytes?: number }): Promise<Batch>
  /** Stops the source: its own `return` runs once what it is waiting for has settled. */
  close(): Promise<void>
}

/**
 * Joins small chunks that follow each other at once, so that they share a packet, a TLS record and a chunk's
 * head. Also shows whether a source is so short that its length can be announced (the first batch is the
 * last).
 */
export function readBatches(
  source: AsyncIterable<Uint8Array>,
  { batchBytes, waitMs }: { readonly batchBytes: number; readonly waitMs: number },
): BatchReader {
  const iterator = source[Symbol.asyncIterator]()
  let pending: Promise<Step> | undefined

  return {
    async next({ waitMs: patienceMs = waitMs, apartBytes = Number.POSITIVE_INFINITY } = {}) {
      const chunks: Uint8Array[] = []
      let size = 0
      while (size < batchBytes) {
        pending ??= step(iterator)
        const settled = chunks.length === 0 ? await pending : await within(pending, patienceMs)
        if (settled === undefined) break
        if ('error' in settled) {
          if (chunks.length === 0) throw settled.error
          break
        }
        const worthIt = 4 * size >= apartBytes && size < apartBytes
        if (!settled.done && worthIt && settled.bytes.length >= apartBytes) break
        pending = undefined
        if (settled.done) return { bytes: joined(chunks), last: true }
        if (settled.bytes.length === 0) continue
        chunks.push(settled.bytes)
        size += settled.bytes.length
      }
      return { bytes: joined(chunks), last: false }
    },

    async close() {
      await iterator.return?.()
    },
  }
}

type Step =
  | { readonly done: false; readonly bytes: Uint8Array }
  | { readonly done: true }
  | { readonly error: unknown }

async function step(iterator: AsyncIterator<Uint8Array>): Promise<Step> {
  try {
    const { done, value } = await iterator.next()
    return done ? { done: true } : { done: false, bytes: value }
  } catch (error) {
    return { error }
  }
}

async function within<T>(promise: Promise<T>, waitMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), waitMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  return chunks.length === 1 && chunks[0] ? chunks[0] : concat(chunks)
}
