import { setTimeout as sleep } from 'node:timers/promises'
import type { Line } from './line/line.js'
import { type LineName, lineProfiles } from './line/lines.js'
import type { Station, SyncOptions } from './peers/peer.js'

/** One sync as it was on the line. Bytes are IP's, or TCP payload where there is only a relay. */
export interface Crossing {
  readonly line: LineName
  readonly up: number
  readonly down: number
  readonly payload: number
  readonly payloadDown: number
  /** Both ways, without what went a second time. */
  readonly payloadOnce: number
  readonly packets: number
  readonly turns: number
  readonly connections: number
  readonly seconds: number
  readonly clientCpuSeconds: number
  readonly serverCpuSeconds: number | undefined
  readonly clientPeakBytes: number
  readonly serverPeakBytes: number | undefined
  readonly code: number
  readonly output: string
}

/** A program that hangs must not keep the others from being measured. */
const giveUpMs: Partial<Record<LineName, number>> = { fast: 300_000, far: 600_000 }

/** Runs one sync over this line and waits until the last packets are across. */
export async function crossing(
  line: Line,
  station: Station,
  profile: LineName,
  options: SyncOptions = {},
): Promise<Crossing> {
  return observe(line, station, profile, () =>
    station.sync({ timeoutMs: giveUpMs[profile] ?? 1_200_000, ...options }),
  )
}

export async function observe(
  line: Line,
  station: Station,
  profile: LineName,
  act: () => ReturnType<Station['sync']>,
): Promise<Crossing> {
  await line.profile(profile)
  await sleep(100)
  await line.reset()
  const before = station.serverCost?.()
  const ran = await act()
  await sleep(200 + 3 * lineProfiles[profile].delayMs)
  const stats = await line.stats()
  const after = station.serverCost?.()
  return {
    line: profile,
    up: stats.up.bytes,
    down: stats.down.bytes,
    payload: stats.up.payload + stats.down.payload,
    payloadDown: stats.down.payload,
    payloadOnce: stats.up.payload + stats.down.payload - stats.up.twice - stats.down.twice,
    packets: stats.up.packets + stats.down.packets,
    turns: stats.turns,
    connections: stats.connections,
    seconds: ran.seconds,
    clientCpuSeconds: ran.cpuSeconds,
    serverCpuSeconds: after && before && after.cpuSeconds - before.cpuSeconds,
    clientPeakBytes: ran.peakBytes,
    serverPeakBytes: after?.peakBytes,
    code: ran.code,
    output: ran.output,
  }
}

/**
 * Serial round trips, those of TCP's connect and close included: what the long delay of `far` added to the time on
 * `fast`, in round trips. Of several runs the quickest counts, since other programs only ever make it slower.
 */
export function effectiveRoundTrips(fast: readonly Crossing[], far: readonly Crossing[]): number {
  const quickest = (runs: readonly Crossing[]): number => Math.min(...runs.map(({ seconds }) => seconds))
  const addedMs = 2 * (lineProfiles.far.delayMs - lineProfiles.fast.delayMs)
  return (1000 * (quickest(far) - quickest(fast))) / addedMs
}
