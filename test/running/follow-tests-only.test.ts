import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

/** Errors that nobody catches, in every place where a test file can make them. */
const file = `
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it, test } from 'node:test'
import { setImmediate as wait } from 'node:timers/promises'

/** Until the runner has heard of it: two timers may come in either order on a busy machine. */
const throwSoon = async (words) => {
  setTimeout(() => { throw new Error(words) }, 5)
  await new Promise((resolve) => process.once('uncaughtExceptionMonitor', resolve))
  await wait()
}

test('fine', wait)
test('a timer', () => throwSoon('of a timer'))
test('a rejection', async () => { Promise.reject(new Error('of a rejection')); await wait() })
test('outer', async (t) => {
  await t.test('inner, and a timer', () => throwSoon('of an inner test'))
  await t.test('inner, and nothing', wait)
})
describe('a suite', () => {
  let times = 0
  beforeEach(() => times++)
  it('fine in it', wait)
  it('a timer in it', () => throwSoon('of a suite'))
  describe('a suite in it', () => { it('is where it belongs', () => assert.equal(times, 3)) })
})
describe('a suite that begins badly', () => {
  before(() => { throw new Error('of what goes before') })
  it('is not tried', () => {})
})
test('after all that', wait)
`

test('the runner says of the same tests that they failed, and why, whether it follows all or tests alone', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-follow-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'errors.test.mjs'), file)
  const scripts = join(import.meta.dirname, '../../scripts/build')
  const results = (options: string[]): string => {
    // As a run of its own, which node's runner takes for a part of this one otherwise.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const args = [...options, `--test-reporter=${scripts}/tap-then-failed.mjs`, '--test', 'errors.test.mjs']
    const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' })
    const lines = stdout
      .split('\n')
      .filter((line) => /^ *(ok|not ok|failureType:|error:) |^# fail/.test(line))
    return [`status ${status}`, ...lines].join('\n')
  }
  const all = results([])
  assert.equal(results(['--require', `${scripts}/follow-tests-only.cjs`]), all)
  assert.match(all, /^status 1\n/)
  for (const words of ['a timer', 'a rejection', 'inner, and a timer', 'a timer in it'])
    assert.match(all, new RegExp(`^ *not ok \\d+ - ${words}$`, 'm'))
  for (const words of ['fine', 'inner, and nothing', 'is where it belongs', 'after all that'])
    assert.match(all, new RegExp(`^ *ok \\d+ - ${words}$`, 'm'))
})
