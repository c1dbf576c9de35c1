import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guidSource } from '../../src/replica/ids/guid.js'
import { seededRandom } from '../world/random.js'

const low = (guid: string): number => Number.parseInt(guid.slice(20), 16)

test('GUIDs that are given soon after each other are neighbours, later ones begin anew', () => {
  const random = seededRandom(3)
  let nowMs = 1_700_000_000_000
  const next = guidSource({
    replicaId: 'ab'.repeat(16),
    now: () => nowMs,
    randomBytes: (size) => random.bytes(size),
  })
  const first = next()
  for (let i = 1; i < 100; i++) {
    nowMs += 700
    const guid = next()
    assert.equal(guid.slice(0, 20), first.slice(0, 20))
    assert.equal(low(guid), low(first) + i)
  }
  for (const stepMs of [60_000, -3_600_000]) {
    nowMs += stepMs
    const later = next()
    assert.equal(Number.parseInt(later.slice(0, 12), 16), nowMs)
    assert.ok(Math.abs(low(later) - low(first)) > 2 ** 20)
  }
})

test('the first GUID has the time, though a clock begins at nothing, and fresh random bytes', () => {
  const next = guidSource({
    replicaId: 'cd'.repeat(16),
    now: () => 5,
    randomBytes: (size) => new Uint8Array(size).fill(1),
  })
  assert.equal(next(), `000000000005${'cd'.repeat(4)}010101010101`)
})

test('a row ends before its last bytes would be longer', () => {
  let fill = 255
  const next = guidSource({
    replicaId: 'cd'.repeat(16),
    now: () => 5,
    randomBytes: (size) => new Uint8Array(size).fill(fill),
  })
  assert.equal(low(next()), 2 ** 48 - 1)
  fill = 2
  assert.equal(next(), `000000000005${'cd'.repeat(4)}020202020202`)
})
