import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  allowanceSettings,
  allowanceStates,
  allowanceWords,
  linkAllowanceSettings,
  newWarnings,
} from '../../src/cli/usage/allowance.js'
import type { UsageEntry } from '../../src/cli/usage/usage-entry.js'
import { linkSettings } from '../../src/link/profile/line-settings.js'
import { readConfig } from '../../src/settings/config.js'
import { createRegistry } from '../../src/settings/registry.js'

const registry = createRegistry([allowanceSettings, linkSettings, linkAllowanceSettings])
const place = { resolve: (path: string) => path }
const configOf = (text: string) =>
  readConfig(registry, { file: { path: 'x.toml', text, place }, env: {}, flags: {}, place })

const nowMs = new Date(2026, 10, 25).getTime()
const run = (link: string, megabytes: number, costs = {}, month = 10): UsageEntry => ({
  at: new Date(2026, month, 3).toISOString(),
  span: 'run',
  link,
  runs: 1,
  failed: 0,
  up: 0,
  down: megabytes * 1e6,
  seconds: 1,
  costs,
  mailboxes: {},
})

test('an allowance counts what this month has cost, on all links or on one, in bytes or in money', () => {
  const config = configOf(
    'allowance = "50 MB"\n[link.iridium]\nallowance = "20 USD"\n[link.gsm]\nallowance = "10M"\n',
  )
  assert.deepEqual(config.problems, [])
  const entries = [
    run('iridium', 20, { USD: 17, EUR: 3 }),
    run('gsm', 10),
    run('lan', 12),
    run('iridium', 500, { USD: 500 }, 9),
  ]
  assert.deepEqual(allowanceStates(config, entries, nowMs).map(allowanceWords), [
    "42 MB of the month's 50 MB (84 %)",
    "17.00 USD of the month's 20.00 USD on iridium (85 %)",
    "10 MB of the month's 10 MB on gsm (100 %)",
  ])
  assert.deepEqual(allowanceStates(configOf(''), entries, nowMs), [])
})

for (const wrong of ['"none"', '0', '"0 USD"', '"much"', '[]'])
  test(`an allowance of ${wrong} is refused`, () => {
    assert.match(
      configOf(`allowance = ${wrong}`).problems[0]?.message ?? '',
      /x\.toml:1: allowance should be/,
    )
  })

test('a step is told once where nobody watches, and always where somebody does', () => {
  const config = configOf('allowance = "50 MB"')
  const at = (megabytes: number) => allowanceStates(config, [run('lan', megabytes)], nowMs)
  const cases: readonly [before: number, after: number, always: boolean, words: RegExp | undefined][] = [
    [0, 39, true, undefined],
    [39, 40, false, /^Nearly used up: 40 MB/],
    [40, 45, false, undefined],
    [40, 45, true, /^Nearly used up: 45 MB/],
    [45, 50, false, /^Used up: 50 MB/],
    [0, 70, false, /^Used up: 70 MB/],
    [70, 75, false, undefined],
  ]
  for (const [before, after, always, words] of cases) {
    const told = newWarnings(at(before), at(after), always).join()
    if (words) assert.match(told, words)
    else assert.equal(told, '', `${before} ${after}`)
  }
})
