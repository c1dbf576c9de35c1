import assert from 'node:assert/strict'
import { test } from 'node:test'
import { laterThan } from '../../../src/cli/sync-run/later-than.js'

test('a signal fires so long after another one, and never without that or when it was closed', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const stop = new AbortController()
  const { signal: later } = laterThan(stop.signal, 5000)
  const closed = [laterThan(stop.signal, 5000)]
  closed[0]?.close()
  t.mock.timers.tick(60_000)
  assert.equal(later.aborted, false)
  stop.abort()
  t.mock.timers.tick(4999)
  assert.equal(later.aborted, false)
  t.mock.timers.tick(1)
  assert.equal(later.aborted, true)
  assert.equal(later.reason, stop.signal.reason)
  const after = laterThan(stop.signal, 5000)
  closed.push(laterThan(stop.signal, 5000))
  closed[1]?.close()
  assert.equal(after.signal.aborted, false)
  t.mock.timers.tick(5000)
  assert.equal(after.signal.aborted, true)
  for (const { signal } of closed) assert.equal(signal.aborted, false)
})
