import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Act } from '../attacks/act.js'
import { acts } from '../attacks/acts.js'
import { startBystander } from '../attacks/bystander.js'
import { openDevice } from '../attacks/device.js'
import { type Lie, lies, openLiar } from '../attacks/lies.js'
import { openVictim, type Victim } from '../attacks/victim.js'
import type { Bench } from '../bench.js'
import { mustRun, run } from '../process.js'
import type { Figures } from '../report/results.js'

/** An act that goes on for longer is given up. */
const patienceMs = 30_000
const settleMs = 500

/** What somebody who means ill can make an endpoint and a client spend, on loopback, and how long somebody else waits beside it. */
export async function attacks(bench: Bench): Promise<void> {
  if (!bench.wants('attacks')) return
  const add = (variant: string, figures: Figures): void =>
    bench.results.add({ work: 'attacks', peer: 'packetboat', variant, figures })
  for (const act of acts) add(`${act.who}: ${act.name}`, await commit(bench, act))
  for (const lie of lies) add(`endpoint: ${lie.name}`, await tell(bench, lie))
}

async function commit(bench: Bench, act: Act): Promise<Figures> {
  const victim = await openVictim(bench.program, bench.root)
  try {
    const [phone, tablet] = [await victim.pair('beside', 'phone'), await victim.pair('beside', 'tablet')]
    const device = await openDevice((await victim.pair('attacked', 'laptop')).pairing)
    const { pairing } = await victim.pair('attacked', 'stolen')
    for (const each of [device, device]) await each.sync()
    const { bytes, run } = await act.prepare({ victim, pairing, device })
    const quiet = await startBystander(victim, phone.text)
    await sleep(500)
    const usual = await quiet.stop()
    const syncing = await startBystander(victim, tablet.text)
    const [cpu, peak] = [victim.cpuSeconds(), victim.peakBytes()]
    const over = new AbortController()
    const giveUp = setTimeout(() => over.abort(), patienceMs)
    const [startedMs, since] = [performance.now(), Date.now()]
    const ended = await run(over.signal)
    clearTimeout(giveUp)
    await settled(victim, startedMs + patienceMs)
    const seconds = (performance.now() - startedMs - settleMs) / 1000
    const waited = await syncing.stop()
    const cpuSeconds = victim.cpuSeconds() - cpu
    const turns = victim.longestTurns(since)
    return {
      sum: bytes,
      seconds,
      cpu: cpuSeconds,
      cpuPerByte: bytes === 0 ? undefined : (1e6 * cpuSeconds) / bytes,
      peak: victim.peakBytes(),
      more: victim.peakBytes() - peak,
      usual: usual.seconds,
      waited: waited.seconds,
      waitedCpu: waited.cpuSeconds,
      turnCpu: turns.cpu,
      turn: turns.clock,
      bound: act.bound,
      ended,
    }
  } finally {
    await victim.close()
  }
}

/** Until the endpoint rests: what it does for somebody may go on when he has gone. The null syncs beside it take less than this share. */
async function settled(victim: Victim, untilMs: number): Promise<void> {
  for (let before = victim.cpuSeconds(); performance.now() < untilMs; ) {
    await sleep(settleMs)
    const now = victim.cpuSeconds()
    if (now - before < (0.5 * settleMs) / 1000) return
    before = now
  }
}

async function tell(bench: Bench, lie: Lie): Promise<Figures> {
  const liar = await openLiar(lie)
  const root = mkdtempSync(join(bench.root, 'lied-to-'))
  const data = join(root, 'device')
  const program = [bench.program]
  try {
    await mustRun([
      ...program,
      'init',
      liar.pairing,
      '--data',
      data,
      '--maildir',
      join(root, 'Maildir'),
      '--force',
    ])
    const sent = liar.bytesSent()
    const ran = await run([...program, 'sync', '--data', data], { timeoutMs: patienceMs })
    const bytes = liar.bytesSent() - sent
    return {
      sum: bytes,
      seconds: ran.seconds,
      cpu: ran.cpuSeconds,
      cpuPerByte: (1e6 * ran.cpuSeconds) / Math.max(1, bytes),
      peak: ran.peakBytes,
      bound: lie.bound,
      ended: ran.code === 7 ? 'refused' : ran.code === -1 ? 'still at it' : `exit code ${ran.code}`,
    }
  } finally {
    await liar.close()
  }
}
