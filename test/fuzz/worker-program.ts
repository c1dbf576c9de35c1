import { parentPort, workerData } from 'node:worker_threads'
import { seededRandom } from '../world/random.js'
import { explore, inputMaxBytes } from './explore.js'
import { fuzzTargets } from './targets.js'

/** One target in a thread of its own. The input that is being read lies where the main thread can see it. */
export interface WorkerTask {
  readonly target: string
  readonly seed: number
  readonly untilMs: number
  /** Inputs begun, the size of the present one, and its bytes. */
  readonly present: SharedArrayBuffer
}

const { target, seed, untilMs, present } = workerData as WorkerTask
const counters = new Uint32Array(present, 0, 2)
const bytes = new Uint8Array(present, 8, inputMaxBytes)
const found = (await fuzzTargets())[target]
if (!found) throw new Error(`there is no target ${target}`)
const report = await explore(found, seededRandom(seed), {
  goOn: () => Date.now() < untilMs,
  begin: (input) => {
    bytes.set(input)
    counters[1] = input.length
    Atomics.add(counters, 0, 1)
  },
})
parentPort?.postMessage(report)
