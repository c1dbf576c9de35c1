import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstDayOf } from '../../src/settings/calendar-day.js'

const cases: readonly (readonly [typed: string, day: string | undefined])[] = [
  ['2026', '2026-01-01'],
  ['2026-11', '2026-11-01'],
  ['2026-4', '2026-04-01'],
  ['2026-4-9', '2026-04-09'],
  ['2024-02-29', '2024-02-29'],
  ['2026-02-29', undefined],
  ['2026-04-31', undefined],
  ['2026-13', undefined],
  ['2026-0', undefined],
  ['2026-01-00', undefined],
  ['2026-', undefined],
  ['26-01-01', undefined],
  ['0026', undefined],
  ['2026-01-01T12', undefined],
  ['today', undefined],
  ['', undefined],
]

for (const [typed, day] of cases)
  test(`"${typed}" is ${day ?? 'no day'}`, () => assert.equal(firstDayOf(typed), day))
