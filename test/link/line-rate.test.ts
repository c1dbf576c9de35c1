import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRateMeter, slowBytesPerSecond } from '../../src/link/line-rate.js'

/** Bytes that came in each quarter of a second. */
const rateOf = (quarters: readonly number[]): number | undefined => {
  let nowMs = 77
  let total = 500
  const meter = createRateMeter(() => nowMs)
  meter.moved(total)
  for (const bytes of quarters) {
    nowMs += 250
    total += bytes
    meter.moved(total)
  }
  return meter.bytesPerSecond()
}
const times = (count: number, bytes: number): number[] => new Array<number>(count).fill(bytes)

const cases: [string, number[], number | undefined][] = [
  ['a line of 1,200 bytes a second', times(40, 300), 1200],
  [
    'the same with pauses, in which the other side works',
    [...times(12, 300), ...times(20, 0), ...times(12, 300)],
    1200,
  ],
  ['an answer of nothing', [150], undefined],
  ['an answer of nothing that took long', [100, ...times(40, 0), 50], undefined],
  ['a few kB at once, of whatever line', [3000, 2000], undefined],
  ['a lot at once', [40_000], 20_000],
  ['a lot in the midst of little', [...times(20, 10), ...times(8, 100_000), ...times(20, 10)], 400_000],
]
for (const [name, quarters, rate] of cases)
  test(`the rate of ${name} is ${rate ?? 'not known'}`, () => assert.equal(rateOf(quarters), rate))

test('what came faster than a slow line could is told even when it was soon over', () => {
  assert.ok((rateOf([slowBytesPerSecond * 2]) ?? 0) >= slowBytesPerSecond)
})
