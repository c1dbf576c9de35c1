import { sync } from '../../src/sync/initiator/sync.js'
import type { SyncOptions, SyncReport } from '../../src/sync/initiator/sync-options.js'
import type { Quota } from '../../src/sync/policy/device-quota.js'
import type { Guard } from '../../src/sync/policy/guard.js'
import { defaultPolicy, type Policy } from '../../src/sync/policy/policy.js'
import type { RespondOptions } from '../../src/sync/responder/respond.js'
import { type MemoryLink, memoryLink } from './memory-link.js'
import { seededRandom } from './random.js'
import { makeSide, type Side } from './side.js'

/** Lets everything come, whatever its size. */
export const everything: Policy = { ...defaultPolicy, textBytes: 1e9, smallBytes: 1e9, attachmentBytes: 1e9 }

export interface StarOptions {
  /** GUIDs and nonces come from it. */
  readonly seed: number
  /** Of all sides: their mail stores number messages. */
  readonly numbered?: boolean
  /** Of all sides. */
  readonly guard?: Guard
  /** Of the endpoint. */
  readonly quota?: Quota
  /** What a run is done with, unless it says otherwise. Default: the policy that people begin with. */
  readonly policy?: Policy
  readonly lookEveryMs?: number
  readonly sliceMessages?: number
  readonly page?: RespondOptions['page']
  readonly pairing?: string
}

export type RunOptions = Partial<SyncOptions>

/** What crossed the line, in bytes. */
export interface Cost {
  readonly up: number
  readonly down: number
}

export interface Star<Name extends string> {
  readonly endpoint: Side
  readonly devices: Readonly<Record<Name, Side>>
  /** All devices sync over it, one after the other. */
  readonly link: MemoryLink
  run(device: Side, options?: RunOptions): Promise<SyncReport>
  cost(work: () => Promise<unknown>): Promise<Cost>
}

/** An endpoint and devices of it, in memory and without mail. */
export async function makeStar<Name extends string>(
  names: readonly Name[],
  { seed, quota, policy = defaultPolicy, lookEveryMs, sliceMessages, page, pairing, ...ofAll }: StarOptions,
): Promise<Star<Name>> {
  const shared = { random: seededRandom(seed), ...ofAll }
  const endpoint = await makeSide('endpoint', { hasUpstream: false, ...shared, ...(quota && { quota }) })
  const devices: Partial<Record<Name, Side>> = {}
  for (const name of names) devices[name] = await makeSide(name, { hasUpstream: true, ...shared })
  const link = memoryLink(() => endpoint.account, {
    ...(lookEveryMs !== undefined && { lookEveryMs }),
    ...(sliceMessages !== undefined && { sliceMessages }),
    ...(page !== undefined && { page }),
    ...(pairing !== undefined && { pairing }),
  })
  return {
    endpoint,
    devices: devices as Record<Name, Side>,
    link,
    run: (device, options) => sync(device.account, { link, policy, ...options }),
    cost: async (work) => {
      const { up, down } = link.stats
      await work()
      return { up: link.stats.up - up, down: link.stats.down - down }
    },
  }
}

/** A star with a single device, which makes the syncs. */
export interface Pair {
  readonly endpoint: Side
  readonly client: Side
  readonly link: MemoryLink
  run(options?: RunOptions): Promise<SyncReport>
  cost(work: () => Promise<unknown>): Promise<Cost>
}

export async function makePair(options: StarOptions): Promise<Pair> {
  const { endpoint, devices, link, run, cost } = await makeStar(['client'], options)
  const { client } = devices
  return { endpoint, client, link, run: (of) => run(client, of), cost }
}
