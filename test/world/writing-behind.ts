import { ResidentStore } from '../../src/store/resident/resident-store.js'
import type { Store } from '../../src/store/store.js'

/** A store that writes behind whoever commits, over one whose commits take some turns of the event loop: a crash loses the last ones. */
export function writingBehind(disk: Store, turns = 3): Store {
  const slow: Store = {
    get: (key) => disk.get(key),
    getMany: (keys) => disk.getMany(keys),
    list: (range, options) => disk.list(range, options),
    generation: () => disk.generation(),
    close: () => disk.close(),
    commit: async (batch) => {
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
      await disk.commit(batch)
    },
  }
  const opening = ResidentStore.open(slow)
  return {
    get: async (key) => (await opening).get(key),
    getMany: async (keys) => (await opening).getMany(keys),
    list: async function* (range, options) {
      yield* (await opening).list(range, options)
    },
    commit: async (batch) => (await opening).commit(batch),
    flush: async () => (await opening).flush(),
    generation: () => 0,
    close: async () => (await opening).close(),
  }
}
