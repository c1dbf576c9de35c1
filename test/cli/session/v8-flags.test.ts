import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepHeapSmall } from '../../../src/cli/session/v8-flags.js'

/** MB that the heap takes at the most while what is kept is always as much, and most of the rest was used for a while. */
function mostHeap(): number {
  const kept = Array.from({ length: 400_000 }, (_, i) => ({ i, text: `kept ${i}` }))
  const used: { readonly i: number; readonly text: string }[] = []
  let most = 0
  for (let i = 0; i < 4_000_000; i++) {
    used[i % 100_000] = { i, text: `used ${i}` }
    if (i % 50_000 === 0) most = Math.max(most, process.memoryUsage().heapTotal)
  }
  assert.equal(kept.length, 400_000)
  return most / 1e6
}

test('a run takes little more of the machine than what it uses', () => {
  keepHeapSmall()
  const small = mostHeap()
  assert.ok(small < 150, `${small} MB`)
})
