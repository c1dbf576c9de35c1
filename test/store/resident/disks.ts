import fc from 'fast-check'
import { PacketboatError } from '../../../src/errors/packetboat-error.js'
import { encodeKey } from '../../../src/store/key.js'
import { type MemorySnapshot, MemoryStore } from '../../../src/store/memory-store.js'
import { ResidentStore } from '../../../src/store/resident/resident-store.js'
import type { Key, StoreBatch, StoreEntry } from '../../../src/store/store.js'
import { entries, hex, modelList } from '../../../testing/store.js'

/** A disk that writes when it is told to. */
export function slowDisk(content?: MemorySnapshot) {
  const waiting: (() => void)[] = []
  const batches: StoreBatch[] = []
  let full = false
  const disk = new MemoryStore({
    ...(content && { content }),
    onCommit: async (batch) => {
      await new Promise<void>((resolve) => waiting.push(resolve))
      if (full) throw new PacketboatError('DISK_FULL', 'No room.', 'Make room.')
      batches.push(batch)
    },
  })
  /** Lets it write what it has begun, and all that it begins then. */
  const write = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) {
      waiting.shift()?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return {
    disk,
    batches,
    write,
    fill: (now: boolean) => {
      full = now
    },
  }
}

/** Bounds that are reached at once. */
export const sizes = { pageBytes: 60, logBytes: 150, packedBytes: 80 }

/** What whoever opens it after a crash finds there. */
export const reopened = (disk: MemoryStore): Promise<ResidentStore> =>
  ResidentStore.open(new MemoryStore({ content: disk.snapshot() }), { sizes })

export async function contentOf(disk: MemoryStore): Promise<StoreEntry[]> {
  return entries(await reopened(disk), { prefix: [] })
}

const key: fc.Arbitrary<Key> = fc.oneof(
  fc.tuple(fc.constant('record'), fc.nat(3)),
  fc.tuple(fc.constant('blob'), fc.constantFrom('a', 'b')),
  fc.tuple(fc.constant('blob'), fc.constantFrom('a', 'b'), fc.nat(2)),
)
const put = fc.record(
  { key, value: fc.uint8Array({ minLength: 1, maxLength: 40 }) },
  { noNullPrototype: true },
)
export const step = fc.record({
  batch: fc.record(
    {
      puts: fc.array(put, { maxLength: 5 }),
      deletes: fc.array(key, { maxLength: 2 }),
      deleteRanges: fc.constantFrom([], [], [{ prefix: ['blob', 'a'] }], [{ prefix: ['record'] }]),
    },
    { noNullPrototype: true },
  ),
  write: fc.boolean(),
})

/** Does to a model what a batch does to a store. */
export function apply(model: Map<string, StoreEntry>, batch: StoreBatch): void {
  for (const range of batch.deleteRanges ?? [])
    for (const each of modelList(model, range, {})) model.delete(hex(encodeKey(each.key)))
  for (const each of batch.deletes ?? []) model.delete(hex(encodeKey(each)))
  for (const put of batch.puts ?? []) model.set(hex(encodeKey(put.key)), put)
}
