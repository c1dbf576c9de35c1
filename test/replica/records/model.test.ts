import assert from 'node:assert/strict'
import { test } from 'node:test'
import { useAt, withAct } from '../../../src/replica/mailbox-use.js'
import { plausibleDateMs, samePath, startsWith } from '../../../src/replica/model.js'

test('a path begins with those above it, and is the same as no other', () => {
  const path = ['a', 'b', 'c']
  for (const [ancestor, begins] of [
    [[], true],
    [['a'], true],
    [['a', 'b', 'c'], true],
    [['b'], false],
    [['a', 'c'], false],
    [['x', 'b'], false],
    [['a', 'b', 'c', 'd'], false],
  ] as const) {
    assert.equal(startsWith(path, ancestor), begins, `${ancestor}`)
    assert.equal(samePath(path, ancestor), begins && ancestor.length === 3, `${ancestor}`)
  }
})

test('a date is whole milliseconds from 1970 to 9999', () => {
  const last = Date.UTC(9999, 11, 31, 23, 59, 59)
  for (const [given, kept] of [
    [0, 0],
    [-1, 0],
    [1.9, 1],
    [last, last],
    [last + 1, last],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 0],
  ] as const)
    assert.equal(plausibleDateMs(given), kept)
})

const dayMs = 86_400_000

test('what was done in a mailbox counts half after four days, and today for its order not yet', () => {
  const use = withAct(withAct(undefined, 100 * dayMs), 100 * dayMs + 5)
  assert.deepEqual(use, { day: 100, acts: [2], lastMs: 100 * dayMs + 5 })
  const at = (day: number) => useAt(use, day * dayMs + 10)
  assert.deepEqual(at(100), { score: 0, acts: 2, agoMs: 5 })
  assert.deepEqual(at(101), { score: 2 * 2 ** (-1 / 4), acts: 2, agoMs: dayMs + 5 })
  assert.deepEqual(at(104)?.score, 1)
  assert.deepEqual(at(108)?.score, 0.5)
  assert.deepEqual(at(115)?.acts, 2)
  assert.equal(at(116), undefined)
  assert.equal(at(99), undefined, 'a clock that was ahead')
  assert.equal(useAt(undefined, 0), undefined)
  assert.equal(useAt(use, 100 * dayMs)?.agoMs, 0)
})

test('of one day no more than 20 acts count', () => {
  let use = withAct(undefined, 0)
  for (let i = 0; i < 30; i++) use = withAct(use, i)
  assert.deepEqual(use, { day: 0, acts: [20], lastMs: 29 })
  assert.deepEqual(withAct(use, 2 * dayMs).acts, [1, 0, 20])
})
