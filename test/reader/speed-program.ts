import { openReaderAccount } from '../../src/reader/worker/open-account.js'
import { openIndexedDbStore } from '../../src/store/indexeddb/indexeddb-store.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { ResidentStore } from '../../src/store/resident/resident-store.js'
import type { Store } from '../../src/store/store.js'
import { answer, argument } from './page/in-worker.js'
import { syncFrom } from './replayed.js'

export interface SpeedProgram {
  readonly runs: number
  /** How many answers there are to ask for, by their numbers. */
  readonly answers: number
}

/** Of each run, ms. */
export interface SpeedAnswer {
  readonly memory: readonly number[]
  readonly browser: readonly number[]
}

const { runs, answers } = argument<SpeedProgram>()

async function inMemory(): Promise<Store> {
  return new MemoryStore()
}

/** As the reader has it. */
async function inBrowser(run: number): Promise<Store> {
  return ResidentStore.open(await openIndexedDbStore(globalThis, `speed ${run}`, { durability: 'strict' }))
}

answer(async (): Promise<SpeedAnswer> => {
  const recorded: Uint8Array[] = []
  for (let n = 0; n < answers; n++)
    recorded.push(new Uint8Array(await (await fetch(`/answers/${n}`)).arrayBuffer()))
  const [memory, browser]: [number[], number[]] = [[], []]
  // By turns, so that whatever else this machine does is in both.
  for (let run = 0; run < runs; run++)
    for (const [open, took] of [
      [inMemory, memory],
      [inBrowser, browser],
    ] as const) {
      const store = await open(run)
      const beganMs = performance.now()
      await syncFrom(recorded, (surroundings) => openReaderAccount(store, surroundings))
      took.push(performance.now() - beganMs)
      await store.close()
    }
  return { memory, browser }
})
