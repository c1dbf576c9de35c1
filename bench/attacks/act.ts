import type { Pairing } from '../../src/link/pairing.js'
import type { Device } from './device.js'
import type { Victim } from './victim.js'

/** What somebody does to an endpoint. */
export interface Act {
  readonly who: 'device' | 'author' | 'stranger'
  readonly name: string
  /** What holds it, as docs/BOUNDS.md has it. */
  readonly bound: string
  /** All that takes time is made before anything is measured. */
  prepare(field: Field): Promise<{ readonly bytes: number; run(signal: AbortSignal): Promise<string> }>
}

export interface Field {
  readonly victim: Victim
  /** Paired with the attacked account. */
  readonly pairing: Pairing
  /** An honest device of the same account, in step. */
  readonly device: Device
}
