import assert from 'node:assert/strict'
import test from 'node:test'
import { readBatches } from '../../src/link/batches.js'

const options = { batchBytes: 10, waitMs: 1000 }
const bytes = (...values: number[]) => Uint8Array.of(...values)

async function* source(...chunks: (Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk
    yield chunk
  }
}

test('what is large is kept apart from less before it, unless that is next to nothing', async () => {
  const batches = readBatches(source(bytes(1), bytes(2), new Uint8Array(6), bytes(3)), options)
  const apart = { apartBytes: 6 }
  assert.deepEqual(await batches.next(apart), { bytes: bytes(1, 2), last: false })
  assert.deepEqual(await batches.next(apart), { bytes: bytes(0, 0, 0, 0, 0, 0, 3), last: true })
  const little = readBatches(source(bytes(1), new Uint8Array(6)), options)
  assert.deepEqual(await little.next(apart), { bytes: bytes(1, 0, 0, 0, 0, 0, 0), last: true })
})

test('chunks that follow each other at once are one batch, and its being the last is known', async () => {
  const batches = readBatches(source(bytes(1), bytes(), bytes(2, 3)), options)
  assert.deepEqual(await batches.next(), { bytes: bytes(1, 2, 3), last: true })
})

test('a batch ends when it is full', async () => {
  const batches = readBatches(source(new Uint8Array(6), new Uint8Array(6), bytes(1)), options)
  assert.deepEqual(await batches.next(), { bytes: new Uint8Array(12), last: false })
  assert.deepEqual(await batches.next(), { bytes: bytes(1), last: true })
})

test('a batch does not wait for what comes later', async () => {
  let release: () => void = () => undefined
  const later = new Promise<void>((resolve) => {
    release = resolve
  })
  async function* slow(): AsyncGenerator<Uint8Array> {
    yield bytes(1)
    await later
    yield bytes(2)
  }
  const batches = readBatches(slow(), { batchBytes: 10, waitMs: 1 })
  assert.deepEqual(await batches.next(), { bytes: bytes(1), last: false })
  release()
  assert.deepEqual(await batches.next(), { bytes: bytes(2), last: true })
})

test('what came before an error comes before the error', async () => {
  const batches = readBatches(source(bytes(1), new Error('broken')), options)
  assert.deepEqual(await batches.next(), { bytes: bytes(1), last: false })
  await assert.rejects(batches.next(), /broken/)
})

test('an empty source is one empty last batch', async () => {
  assert.deepEqual(await readBatches(source(), options).next(), { bytes: bytes(), last: true })
})

test('closing runs the source’s own cleaning up', async () => {
  let cleaned = false
  async function* tidy(): AsyncGenerator<Uint8Array> {
    try {
      yield new Uint8Array(10)
      yield new Uint8Array(10)
    } finally {
      cleaned = true
    }
  }
  const batches = readBatches(tidy(), options)
  await batches.next()
  await batches.close()
  assert.equal(cleaned, true)
})
