import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allSettings } from '../../src/cli/settings/all-settings.js'
import { budgetOf } from '../../src/cli/settings/budget-settings.js'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { costOf } from '../../src/link/profile/estimate.js'
import { linkProfile } from '../../src/link/profile/link-profile.js'
import { readConfig } from '../../src/settings/config.js'
import { type BudgetClock, endsBefore, nextTime, startBudget } from '../../src/told/run-budget.js'

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
    const { signal } = startBudget(budget, clock, { startedMs: clock.nowMs() })
    clock.pass(ms - endsBefore(ms) - 1)
    assert.ok(!signal.aborted)
    clock.pass(1)
    assert.ok(signal.aborted && hasCode(signal.reason, 'BUDGET'))
    assert.match((signal.reason as Error).message, words)
  }
})

test('a run that ended before leaves nothing waiting', () => {
  const clock = fakeClock()
  const budget = startBudget({ maxMs: 1000 }, clock, { startedMs: 0 })
  budget.close()
  assert.equal(clock.waiting(), 0)
  assert.equal(startBudget({}, clock, { startedMs: 0 }).bytesLeft, undefined)
})

test('a time that has passed today is meant for tomorrow', () => {
  const noon = new Date(2026, 10, 25, 12)
  assert.equal(nextTime(noon.getTime(), 7 * 60 + 30), new Date(2026, 10, 26, 7, 30).getTime())
  assert.equal(nextTime(noon.getTime(), 12 * 60), new Date(2026, 10, 26, 12).getTime())
  assert.equal(nextTime(noon.getTime(), 23 * 60), new Date(2026, 10, 25, 23).getTime())
})

test('bytes are counted with what carries them', () => {
  const { bytesLeft } = startBudget({ maxBytes: 100_000 }, fakeClock(), { startedMs: 0 })
  const before = bytesLeft!(0)
  assert.ok(before < 100_000 / 1.05 && before > 85_000, `${before}`)
  assert.ok(bytesLeft!(50_000) < before - 48_000)
  assert.ok(bytesLeft!(100_000) < 0)
  assert.ok(startBudget({ maxBytes: 1 }, fakeClock(), { startedMs: 0 }).bytesLeft!(0) < 0)
})

/** A line with a modem that takes a moment to hang up: what a run costs that moves bytes for as long as it may. */
function costOfRun(text: string, rate: number): { readonly cost: number; readonly seconds: number } {
  const place = { resolve: (path: string) => path }
  const file = { path: 'packetboat.toml', text, place }
  const config = readConfig(allSettings(), { file, env: {}, flags: {}, place })
  const link = linkProfile(config, 'line')
  const clock = fakeClock()
  const startedMs = clock.nowMs()
  // Reading its records and getting a connection is part of a run.
  clock.pass(700)
  const { signal, bytesLeft } = startBudget(budgetOf(config, link), clock, {
    startedMs,
    latencyMs: link.latencyMs,
  })
  let moved = 0
  const next = rate / 10
  while (!signal.aborted && (bytesLeft?.(moved) ?? next) >= next && clock.nowMs() - startedMs < 3_600_000) {
    clock.pass(100)
    moved += next
  }
  clock.pass((link.latencyMs ?? 0) + 1000)
  const seconds = (clock.nowMs() - startedMs) / 1000
  return { cost: costOf(moved * 1.05, seconds, link)?.amount ?? 0, seconds }
}

test('no run costs more than it may, whatever the steps in which its line is billed', () => {
  for (const [price, step, max, atLeast] of [
    ['1.20 USD/min', '20 s', 0.4, 0.4],
    ['1.20 USD/min', '10 s', 0.2, 0.2],
    ['1.20 USD/min', '20 s', 0.9, 0.8],
    ['1.20 USD/min', '60 s', 1.2, 1.2],
    ['1.20 USD/min', undefined, 0.4, 0.3],
    ['4 USD/MB', undefined, 0.4, 0.3],
    ['4 USD/MB', '"100 kB"', 1, 0.8],
  ] as const) {
    const billed = step === undefined ? '' : `billingStep = ${step.startsWith('"') ? step : `"${step}"`}\n`
    const text = `maxCost = "${max} USD"\n[link.line]\nlatency = "600 ms"\nprice = "${price}"\n${billed}`
    const { cost } = costOfRun(text, 300)
    assert.ok(cost <= max + 1e-9 && cost >= atLeast - 1e-9, `${cost} USD of ${max}, ${price} by ${step}`)
  }
})

test('a run is over, and its line hung up, when its time is', () => {
  const { seconds } = costOfRun('maxTime = "30 s"\n[link.line]\nlatency = "600 ms"\n', 300)
  assert.ok(seconds <= 30 && seconds > 27, `${seconds} s`)
})

test('a budget that pays for no whole step is refused before anything is sent', () => {
  const text = 'maxCost = "0.30 USD"\n[link.line]\nprice = "1.20 USD/min"\nbillingStep = "20 s"\n'
  assert.throws(
    () => costOfRun(text, 300),
    (error) => hasCode(error, 'BUDGET'),
  )
})
