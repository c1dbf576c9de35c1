import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

const reporter = join(import.meta.dirname, '../../scripts/build/tap-then-failed.mjs')
const { default: tapThenFailed }: typeof import('../../scripts/build/tap-then-failed.mjs') = await import(
  pathToFileURL(reporter).href
)

const imports = "import assert from 'node:assert/strict'; import { test } from 'node:test'\n"
const files = {
  'assertion.test.mjs': `${imports}test('outer', (t) => t.test('sums', () => assert.fail('one and one')))`,
  'crash.test.mjs': "console.error('the disk is full'); process.exit(7)",
  'fine.test.mjs': `${imports}test('fine', () => {})\ntest('later', { todo: true }, () => assert.fail('not yet'))`,
  'killed.test.mjs': "process.kill(process.pid, 'SIGKILL'); setInterval(() => {}, 1000)",
  'long.test.mjs': `${imports}test('long', () => { throw new Error('word\\n'.repeat(1000)) })`,
  'thrown.test.mjs': `${imports}test('a string', () => { throw 'no error' })\ntest('nothing', () => { throw undefined })`,
}

test('what failed stands last with its place, name and message, and nothing of what passed', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-failed-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const [all, last] = run(folder, Object.keys(files)).split('\nWhat failed:\n\n')
  assert.match(all ?? '', /^TAP version 13\n.*\nok \d+ - fine\n.*\n# fail 7\n/s, 'TAP as ever')
  assert.equal(
    last,
    [
      'assertion.test.mjs:2: sums\n  one and one\n',
      'crash.test.mjs: ended by exit code 7\n  the disk is full\n',
      'killed.test.mjs: ended by SIGKILL\n',
      `long.test.mjs:2: long\n${'  word\n'.repeat(25)}  (925 more lines)\n${'  word\n'.repeat(50)}`,
      'thrown.test.mjs:2: a string\n  no error\n',
      'thrown.test.mjs:3: nothing\n  undefined\n',
    ].join('\n'),
  )
  assert.doesNotMatch(run(folder, ['fine.test.mjs']), /What failed/)
})

test('of a file that takes too long the tests are named that had begun in it', async () => {
  const file = join(process.cwd(), 'slow.test.mjs')
  const event = (type: string, name: string, line: number) => ({
    type: `test:${type}`,
    data: { file, name, line, column: 1, nesting: 0 },
  })
  const error = { failureType: 'testTimeoutFailure', cause: 'test timed out after 5000ms' }
  async function* events() {
    yield event('dequeue', file, 1)
    yield* [event('dequeue', 'ends', 2), event('complete', 'ends', 2)]
    yield* [event('dequeue', 'outer', 3), event('dequeue', 'never ends', 4)]
    yield { type: 'test:stderr', data: { file, message: 'what it printed\n' } }
    yield {
      type: 'test:fail',
      data: { ...event('fail', file, 1).data, details: { error, duration_ms: 5000 } },
    }
  }
  let all = ''
  for await (const text of tapThenFailed(events())) all += text
  assert.equal(
    all.split('\nWhat failed:\n\n')[1],
    'slow.test.mjs: test timed out after 5000ms, in: outer, never ends\n  what it printed\n',
  )
})

function run(folder: string, args: string[]): string {
  // As a run of its own, which node's runner takes for a part of this one otherwise.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return spawnSync(process.execPath, [`--test-reporter=${reporter}`, '--test', ...args], {
    cwd: folder,
    env,
    encoding: 'utf8',
  }).stdout
}
