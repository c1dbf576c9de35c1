import { fileURLToPath } from 'node:url'
import { startDaemon } from '../process.js'
import type { Waited } from './device.js'
import type { Victim } from './victim.js'

const program = fileURLToPath(new URL('beside.ts', import.meta.url))

/** Somebody whose account nobody attacks, syncing without a pause from now on, in a process of its own. */
export async function startBystander(victim: Victim, pairing: string): Promise<{ stop(): Promise<Waited> }> {
  let began: () => void = () => undefined
  const begun = new Promise<void>((done) => (began = done))
  let last = ''
  const daemon = startDaemon([process.execPath, ...process.execArgv, program, pairing, String(victim.pid)], {
    onLine: (line) => {
      last = line
      began()
    },
  })
  const over = setTimeout(() => began(), 30_000)
  await begun
  clearTimeout(over)
  return {
    stop: async () => {
      await daemon.stop()
      if (!last.startsWith('{')) throw new Error(`the device beside the attack failed: ${daemon.output()}`)
      return JSON.parse(last) as Waited
    },
  }
}
