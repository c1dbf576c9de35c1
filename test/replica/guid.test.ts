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
