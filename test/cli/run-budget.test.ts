import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BudgetClock, nextTime, startBudget } from '../../src/cli/run-budget.js'
import { hasCode } from '../../src/errors/packetboat-error.js'

/** A clock that stands at noon until somebody moves it. */
function fakeClock(): BudgetClock & { pass(ms: number): void; waiting(): number } {
  let nowMs = new Date(2026, 10, 25, 12).getTime()
  const waits = new Set<{ readonly atMs: number; readonly run: () => void }>()
  return {
    nowMs: () => nowMs,
    after: (ms, run) => {
      const wait = { atMs: nowMs + ms, run }
      waits.add(wait)
      return () => void waits.delete(wait)
    },
    pass: (ms) => {
      nowMs += ms
      for (const wait of waits) if (wait.atMs <= nowMs) wait.run()
    },
    waiting: () => waits.size,
  }
}

test('the time that comes first ends the run', () => {
  for (const [budget, ms, words] of [
    [{ maxMs: 60_000, until: 12 * 60 + 30 }, 60_000, /60 s/],
    [{ maxMs: 3_600_000, until: 12 * 60 + 30 }, 1_800_000, /12:30/],
  ] as const) {
    const clock = fakeClock()
    const { signal } = startBudget(budget, clock)
    clock.pass(ms - 1)
    assert.ok(!signal.aborted)
    clock.pass(1)
    assert.ok(signal.aborted && hasCode(signal.reason, 'BUDGET'))
    assert.match((signal.reason as Error).message, words)
  }
})

test('a run that ended before leaves nothing waiting', () => {
  const clock = fakeClock()
  const budget = startBudget({ maxMs: 1000 }, clock)
  budget.close()
  assert.equal(clock.waiting(), 0)
  assert.equal(startBudget({}, clock).bytesLeft, undefined)
})

test('a time that has passed today is meant for tomorrow', () => {
  const noon = new Date(2026, 10, 25, 12)
  assert.equal(nextTime(noon.getTime(), 7 * 60 + 30), new Date(2026, 10, 26, 7, 30).getTime())
  assert.equal(nextTime(noon.getTime(), 12 * 60), new Date(2026, 10, 26, 12).getTime())
  assert.equal(nextTime(noon.getTime(), 23 * 60), new Date(2026, 10, 25, 23).getTime())
})

test('bytes are counted with what carries them', () => {
  const { bytesLeft } = startBudget({ maxBytes: 100_000 }, fakeClock())
  const before = bytesLeft!(0)
  assert.ok(before < 100_000 / 1.05 && before > 85_000, `${before}`)
  assert.ok(bytesLeft!(50_000) < before - 48_000)
  assert.ok(bytesLeft!(100_000) < 0)
  assert.ok(startBudget({ maxBytes: 1 }, fakeClock()).bytesLeft!(0) < 0)
})
