import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { describeRun, eventsOf, lastEvent, type RunResult, runProgram } from '../../world/process/program.js'

function makeEndpoint(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-accounts-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  for (const name of ['A', 'B'])
    for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(home, name, part), { recursive: true })
  const file = join(home, 'E/endpoint.toml')
  /** `--data` before the command, as other programs take it. */
  const run = async (args: readonly string[], code = 0): Promise<RunResult> => {
    const all = ['--data', join(home, 'E'), '--json', ...args]
    const result = await runProgram(all, { home })
    assert.equal(result.code, code, describeRun(all, result))
    return result
  }
  return { home, file, run }
}

test('a first start with several accounts remembers them all, and they can be listed and taken out again', async (t) => {
  const { home, file, run } = makeEndpoint(t)
  await run(['serve', '--check', '--account', `a=maildir:${home}/A`, '--account', `b.c=maildir:${home}/B`])
  assert.equal(eventsOf((await run(['serve', '--check'])).stdout).length, 2)
  const names = async (): Promise<unknown> =>
    (lastEvent(await run(['account', 'list']))['accounts'] as { name: string }[]).map(({ name }) => name)
  assert.deepEqual(await names(), ['a', 'b.c'])
  await run(['account', 'remove', 'b.c'])
  assert.deepEqual(await names(), ['a'])
  assert.ok(existsSync(join(home, 'B/cur')), 'its mail stays')
  assert.equal(lastEvent(await run(['account', 'remove', 'b.c'], 1))['code'], 'NOT_FOUND')
  assert.match(readFileSync(file, 'utf8'), /\[accounts\]\na = /)
})

test('an account whose Maildir is not there is refused, and not remembered', async (t) => {
  const { home, file, run } = makeEndpoint(t)
  const { stdout } = await run(['serve', '--check', '--account', `a=maildir:${home}/nothing`], 8)
  assert.match(stdout, /nothing/)
  assert.ok(!existsSync(file), 'nothing was written')
  await run(['serve', '--check', '--account', `a=maildir:${home}/A`])
})
