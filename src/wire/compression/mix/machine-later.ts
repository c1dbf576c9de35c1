import type { Machine } from './machine.js'
import type { ReferenceMachine } from './reference/reference-machine.js'

/**
 * Takes the place of `machine.ts` in browsers (`scripts/build/leave-out.mjs`), whose page lets no WebAssembly
 * run: the slow machine, in a file of its own, for those few lines that are slower still.
 */

let Reference: typeof ReferenceMachine | undefined

/** What `openMachine` needs in browsers. Throws what loading it does. */
export async function loadMachine(): Promise<void> {
  Reference ??= (await import('./reference/reference-machine.js')).ReferenceMachine
}

export function openMachine(): Machine {
  if (!Reference) throw new Error('codec 2 was to be loaded before it is used')
  return new Reference()
}
