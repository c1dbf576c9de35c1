import { PacketboatError } from '../../src/errors/packetboat-error.js'
import type { Account } from '../../src/sync/account.js'
import type { Link } from '../../src/sync/link.js'
import { type RespondOptions, respond } from '../../src/sync/responder/respond.js'
import { collect } from '../mime/message-builders.js'

/** A line in memory that counts its bytes and can be cut at any of them. */
export interface MemoryLink extends Link {
  readonly stats: { up: number; down: number }
  /** Exchanges begun. */
  exchanges: number
  /** Breaks the line once, after this many more bytes in that direction. */
  cutAfter(cut: { readonly up?: number; readonly down?: number }): void
  /** The next request arrives twice, and the first answer is lost. Once. */
  deliverTwice(): void
}

const lost = (): PacketboatError => new PacketboatError('LINK_FAILED', 'The line was cut.', 'Sync again.')

/** Joins an initiator to an account's responder. `endpoint` is asked anew for each exchange: it may have been restarted. */
export function memoryLink(
  endpoint: () => Account,
  { chunkBytes, ...options }: { readonly chunkBytes?: number } & Omit<RespondOptions, 'signal'> = {},
): MemoryLink {
  return memoryLinkTo((request, signal) => respond(endpoint(), request, { ...options, signal }), chunkBytes)
}

/** The same to anything that answers. */
export function memoryLinkTo(
  answer: (request: AsyncIterable<Uint8Array>, signal: AbortSignal) => AsyncIterable<Uint8Array>,
  chunkBytes = 1460,
): MemoryLink {
  const stats = { up: 0, down: 0 }
  const left = { up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY }

  /** Whoever has read enough of one direction meets the cut in the other. */
  let broken = false
  async function* carry(source: AsyncIterable<Uint8Array>, way: 'up' | 'down'): AsyncGenerator<Uint8Array> {
    for await (const whole of source)
      for (let at = 0; at < whole.length; at += chunkBytes) {
        if (broken) throw lost()
        const chunk = whole.subarray(at, at + chunkBytes)
        const passed = chunk.subarray(0, Math.min(chunk.length, left[way]))
        stats[way] += passed.length
        left[way] -= passed.length
        if (left[way] <= 0) {
          broken = true
          left.up = Number.POSITIVE_INFINITY
          left.down = Number.POSITIVE_INFINITY
        }
        if (passed.length > 0) yield passed.slice()
        if (broken) throw lost()
      }
  }

  let twice = false
  let closed = false
  const link: MemoryLink = {
    deliverTwice: () => {
      twice = true
    },
    stats,
    exchanges: 0,
    cutAfter: (cut) => {
      left.up = cut.up ?? Number.POSITIVE_INFINITY
      left.down = cut.down ?? Number.POSITIVE_INFINITY
    },
    close: async () => {
      closed = true
      broken = true
    },
    exchange: async (request, signal) => {
      if (closed) throw lost()
      link.exchanges++
      broken = false
      let source = request instanceof Uint8Array ? once(request) : request
      if (twice) {
        twice = false
        const whole = await collect(source)
        for await (const _ of answer(once(whole), new AbortController().signal));
        source = once(whole)
      }
      const ended = signal ?? new AbortController().signal
      return carry(answer(carry(source, 'up'), ended), 'down')
    },
  }
  return link
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
