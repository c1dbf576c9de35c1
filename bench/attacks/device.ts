import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CreateHash } from '../../src/bytes/hash.js'
import { PacketboatError } from '../../src/errors/packetboat-error.js'
import { openHttpLink } from '../../src/link/client/client.js'
import type { Pairing } from '../../src/link/pairing.js'
import { createMemoryMailStore } from '../../src/mailstore/memory/memory-mail-store.js'
import type { MessageRecord } from '../../src/replica/records.js'
import { openReplica } from '../../src/replica/replica.js'
import { tables } from '../../src/replica/tables.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import { type Account, exclusiveQueue } from '../../src/sync/account.js'
import { sync } from '../../src/sync/initiator/sync.js'
import { defaultGuard } from '../../src/sync/policy/guard.js'
import { defaultPolicy, type Policy } from '../../src/sync/policy/policy.js'
import type { Spool } from '../../src/sync/submission/spool.js'
import { unbundle } from '../../src/wire/bundle.js'
import { loadZstd } from '../../src/wire/compression/zstd.js'
import { createFrameDecoder } from '../../src/wire/frame-decoder.js'
import { responseKinds } from '../../src/wire/response/kinds.js'
import { decodeRefusal } from '../../src/wire/response/refusal-frame.js'

/** A device in memory that syncs over a real line, as the client's program does. */

export const sha256: CreateHash = () => {
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), digest: () => new Uint8Array(hash.digest()) }
}

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size))

export interface Device {
  readonly account: Account
  sync(signal?: AbortSignal, policy?: Policy, spool?: Spool): Promise<void>
}

export async function messagesOf({ account }: Device): Promise<MessageRecord[]> {
  const messages: MessageRecord[] = []
  for await (const { value } of tables.message.list(account.replica.db)) messages.push(value)
  return messages
}

export async function openDevice(pairing: Pairing): Promise<Device> {
  const db = openDatabase(new MemoryStore())
  const account: Account = {
    replica: await openReplica({ db, hasUpstream: true, now: Date.now, randomBytes: random }),
    mailStore: createMemoryMailStore({ randomBytes: random }),
    createHash: sha256,
    codec: await loadZstd(),
    guard: defaultGuard,
    exclusive: exclusiveQueue(),
    proofs: new Map(),
    sight: { clear: false, missing: new Set() },
  }
  return {
    account,
    sync: async (signal, policy = defaultPolicy, spool) => {
      const link = openHttpLink(pairing)
      try {
        await sync(account, { link, policy, ...(signal && { signal }), ...(spool && { spool }) })
      } finally {
        await link.close()
      }
    },
  }
}

/** What the longest of several syncs took, and what the endpoint did meanwhile, in seconds. */
export interface Waited {
  readonly seconds: number
  readonly cpuSeconds: number
}

/** A sync that is answered no sooner than this is given up. */
const waitMs = 120_000

/** Syncs in which nothing happens, one after the other on new connections, until it is told to stop. */
export function keepSyncing(
  device: Device,
  endpointCpuSeconds: () => number,
): { readonly begun: Promise<void>; stop(): Promise<Waited> } {
  let [seconds, cpuSeconds, stopped] = [0, 0, false]
  // Whatever is loaded and agreed upon once.
  const begun = device.sync().then(() => device.sync())
  const running = (async () => {
    await begun
    while (!stopped) {
      const [startedMs, before] = [performance.now(), endpointCpuSeconds()]
      await device.sync(AbortSignal.timeout(waitMs)).catch((error: unknown) => {
        if (performance.now() - startedMs < waitMs) throw error
      })
      seconds = Math.max(seconds, (performance.now() - startedMs) / 1000)
      cpuSeconds = Math.max(cpuSeconds, endpointCpuSeconds() - before)
      await sleep(50)
    }
  })()
  return {
    begun,
    stop: async () => {
      stopped = true
      await running
      return { seconds, cpuSeconds }
    },
  }
}

/** One exchange of a device that says what it likes. Gives how it ended. */
export async function say(
  pairing: Pairing,
  stream: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<string> {
  const link = openHttpLink(pairing)
  try {
    const decoder = createFrameDecoder({ codec: await loadZstd(), createHash: sha256 })
    let bytes = 0
    for await (const chunk of await link.exchange(whole(stream), signal)) {
      bytes += chunk.length
      decoder.push(chunk)
      for (let frame = decoder.next(); frame; frame = decoder.next())
        for (const { kind, payload } of unbundle(frame))
          if (kind === responseKinds.refusal) return `refused: ${decodeRefusal(payload).code}`
    }
    return `answered, ${bytes} B`
  } catch (error) {
    if (signal.aborted) return 'still at it'
    return error instanceof PacketboatError ? error.code : String(error)
  } finally {
    await link.close()
  }
}

async function* whole(stream: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* stream
}
