import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notInChromium } from './chromium.js'
import type { FullAnswer } from './full-program.js'
import { runProgram, runTestsOf } from './run-program.js'
import type { StoreProgram } from './store-program.js'

for (const durability of ['strict', 'relaxed'] as const)
  for (const withoutRecords of [false, true]) {
    const argument: StoreProgram = { durability, withoutRecords }
    test(
      `in Chromium, ${durability}${withoutRecords ? ', without getAllRecords' : ''}`,
      {
        skip: notInChromium,
      },
      async (t) => runTestsOf(t, { file: 'store-program.ts', argument }),
    )
  }

test('a browser that gives no more room says so, and keeps whole commits', {
  skip: notInChromium,
}, async () => {
  const { code, committed, found, isOfOneGeneration } = await runProgram<FullAnswer>({
    file: 'full-program.ts',
    quotaBytes: 10_000_000,
  })
  assert.equal(code, 'DISK_FULL')
  assert.ok(committed > 0)
  assert.equal(found, committed)
  assert.ok(isOfOneGeneration)
})
