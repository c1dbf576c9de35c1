import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getContent } from '../../../src/replica/content/contents.js'
import { messageByUpstream } from '../../../src/replica/messages.js'
import { tables } from '../../../src/replica/tables.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { openDatabase } from '../../../src/store/open-database.js'
import type { Store } from '../../../src/store/store.js'
import { readPiecesAhead } from '../../../src/sync/frames/named-ahead.js'
import { encodeChunk, encodeSkeletonFrame } from '../../../src/wire/content-frames.js'
import { responseKinds } from '../../../src/wire/response/kinds.js'
import { id } from '../../replica/world.js'

/** Counts the calls that read. */
function counted(store: Store): Store & { calls: number } {
  return Object.assign(Object.create(store) as Store, {
    calls: 0,
    get(this: { calls: number }, ...asked: Parameters<Store['get']>) {
      this.calls++
      return store.get(...asked)
    },
    getMany(this: { calls: number }, ...asked: Parameters<Store['getMany']>) {
      this.calls++
      return store.getMany(...asked)
    },
    commit: (...given: Parameters<Store['commit']>) => store.commit(...given),
    list: (...asked: Parameters<Store['list']>) => store.list(...asked),
    generation: () => store.generation(),
  })
}

const inbox = id('inbox')
const numbers = Array.from({ length: 20 }, (_, i) => i + 1)

async function filled(): Promise<Store> {
  const store = new MemoryStore()
  await openDatabase(store).transact(async (tx) => {
    for (const upstream of numbers) {
      const guid = id(`m${upstream}`)
      const about = { guid, mailbox: inbox, content: guid, number: upstream, upstream, uid: upstream }
      const state = { created: 1, modseq: 1, internalDateMs: 0, hidden: false, expunged: false }
      tables.message.put(tx, guid, { ...about, ...state, flags: [] })
      tables.upstream.put(tx, inbox, upstream, guid)
      const content = { id: guid, sizeBytes: 1, held: [], whole: false, progress: 0, upstreamHas: true }
      tables.content.put(tx, guid, content)
    }
  })
  return store
}

test('the records of all that frames bring pieces of are read in three calls', async () => {
  const store = counted(await filled())
  const db = openDatabase(store, { cacheBytes: 1_000_000 })
  const bytes = new Uint8Array(10)
  const frames = numbers.flatMap((number) => {
    const ref = { scope: 0, id: number }
    return [
      {
        kind: responseKinds.skeleton,
        payload: encodeSkeletonFrame({ ref, skeleton: bytes, structure: bytes }),
      },
      { kind: responseKinds.chunk, payload: encodeChunk({ ref, part: 0, offset: 0, bytes }) },
    ]
  })
  const unopened = { scope: 1, id: 1 }
  frames.push({
    kind: responseKinds.chunk,
    payload: encodeChunk({ ref: unopened, part: 0, offset: 0, bytes }),
  })
  await readPiecesAhead(db, frames, [inbox])
  assert.equal(store.calls, 3)
  for (const number of numbers) {
    const message = await messageByUpstream(db, inbox, number)
    assert.equal((await getContent(db, message?.content ?? ''))?.sizeBytes, 1)
  }
  assert.equal(store.calls, 3)
})
