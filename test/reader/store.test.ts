import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notInChromium } from './chromium.js'
import type { FullAnswer } from './full-program.js'
import { runProgram, runTestsOf } from './run-program.js'
import type { StoreProgram } from './store-program.js'

const kinds: readonly [called: string, StoreProgram][] = [
  ['strict', { durability: 'strict', withoutRecords: false, isResident: false }],
  ['strict, without getAllRecords', { durability: 'strict', withoutRecords: true, isResident: false }],
  ['relaxed', { durability: 'relaxed', withoutRecords: false, isResident: false }],
  ['relaxed, without getAllRecords', { durability: 'relaxed', withoutRecords: true, isResident: false }],
  ['strict, with records in memory', { durability: 'strict', withoutRecords: false, isResident: true }],
]
for (const [called, argument] of kinds)
  test(`in Chromium, ${called}`, { skip: notInChromium }, (t) =>
    runTestsOf(t, { file: 'store-program.ts', argument }),
  )

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
