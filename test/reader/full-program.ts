import { hasCode } from '../../src/errors/packetboat-error.js'
import { openIndexedDbStore } from '../../src/store/indexeddb/indexeddb-store.js'
import { entries } from '../../testing/store.js'
import { answer } from './page/in-worker.js'

export interface FullAnswer {
  readonly code: string
  /** Rows that it said it had committed, and those that a store opened anew has. */
  readonly committed: number
  readonly found: number
  /** It takes its own refused commit for nobody else's. */
  readonly isOfOneGeneration: boolean
}

answer(async (): Promise<FullAnswer> => {
  const store = await openIndexedDbStore(globalThis, 'full', { durability: 'relaxed' })
  const since = await store.generation()
  let committed = 0
  // Bytes that nothing makes smaller.
  let code = ''
  while (code === '' && committed < 2000)
    try {
      const value = crypto.getRandomValues(new Uint8Array(60_000))
      await store.commit({ puts: [0, 1].map((n) => ({ key: ['blob', committed + n], value })) })
      committed += 2
    } catch (error) {
      code = hasCode(error, 'DISK_FULL') ? 'DISK_FULL' : `${error}`
    }
  const isOfOneGeneration = since === (await store.generation())
  await store.close()
  const again = await openIndexedDbStore(globalThis, 'full', { durability: 'relaxed' })
  const found = (await entries(again, { prefix: ['blob'] })).length
  await again.close()
  return { code, committed, found, isOfOneGeneration }
})
