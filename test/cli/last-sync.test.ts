import assert from 'node:assert/strict'
import test from 'node:test'
import { lastFinished, lastGoodMs } from '../../src/cli/usage/last-sync.js'
import type { UsageEntry } from '../../src/cli/usage/usage-entry.js'

const entry = (at: string, more: Partial<UsageEntry>): UsageEntry => ({
  at: `${at}T06:00:00.000Z`,
  span: 'run',
  link: 'default',
  runs: 1,
  failed: 0,
  up: 0,
  down: 0,
  seconds: 60,
  costs: {},
  mailboxes: {},
  ...more,
})

test('the last good sync is the end of the last run that was done or that its budget ended', () => {
  assert.equal(lastGoodMs([]), undefined)
  assert.equal(lastGoodMs([entry('2026-01-01', { exit: 5 }), entry('2026-01-02', { exit: null })]), undefined)
  const good = entry('2026-01-01', { exit: 0 })
  assert.equal(lastGoodMs([good, entry('2026-01-02', { exit: 5 })]), Date.parse('2026-01-01T06:01:00Z'))
  assert.equal(lastGoodMs([good, entry('2026-01-02', { exit: 11 })]), Date.parse('2026-01-02T06:01:00Z'))
  // A dry run doesn't count as a sync.
  assert.equal(
    lastGoodMs([good, entry('2026-01-02', { exit: 0, dry: true })]),
    Date.parse('2026-01-01T06:01:00Z'),
  )
  const days = [
    entry('2026-01-03', { span: 'day', runs: 9, failed: 8 }),
    entry('2026-01-04', { span: 'day', runs: 9, failed: 9 }),
  ]
  assert.equal(lastGoodMs(days), Date.parse('2026-01-03T06:00:00Z'))
})

test('a sync that left something out has finished, and is good unless the mail of the endpoint was away, or a disk full', () => {
  assert.equal(lastFinished([]), undefined)
  assert.equal(lastFinished([entry('2026-01-01', { exit: 1 }), entry('2026-01-02', { exit: 5 })]), undefined)
  const good = entry('2026-01-01', { exit: 0 })
  assert.deepEqual(lastFinished([good, entry('2026-01-02', { exit: 5 })]), {
    endedMs: Date.parse('2026-01-01T06:01:00Z'),
    exit: 0,
  })
  const partly = entry('2026-01-02', { exit: 1, left: 'PROBLEMS' })
  assert.deepEqual(lastFinished([good, partly]), { endedMs: Date.parse('2026-01-02T06:01:00Z'), exit: 1 })
  assert.equal(lastGoodMs([good, partly]), Date.parse('2026-01-02T06:01:00Z'))
  for (const left of ['MAILSTORE_AWAY', 'DISK_FULL']) {
    const stopped = entry('2026-01-02', { exit: 8, left })
    assert.equal(lastFinished([good, stopped])?.exit, 8)
    assert.equal(lastGoodMs([good, stopped]), Date.parse('2026-01-01T06:01:00Z'))
  }
})
