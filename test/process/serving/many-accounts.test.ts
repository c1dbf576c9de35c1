import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { writeMaildir } from '../../../fixtures/write-maildir.js'
import { freePort } from '../../world/free-port.js'
import { callProgram } from '../../world/process/call.js'
import { describeRun, type Program, type RunResult, startProgram } from '../../world/process/program.js'

/** An endpoint with these accounts; one has a Maildir where `maildirs` names it. */
function makeEndpoint(t: TestContext, accounts: readonly string[], maildirs: readonly string[], more = '') {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-many-'))
  const started: Program[] = []
  t.after(async () => {
    for (const program of started) await program.kill('SIGKILL').catch(() => undefined)
    rmSync(home, { recursive: true, force: true })
  })
  const data = join(home, 'endpoint')
  for (const folder of [join(home, 'tmp'), data]) mkdirSync(folder, { mode: 0o700 })
  for (const name of maildirs) writeMaildir(join(home, name), [])
  const lines = accounts.map((name) => `${name} = "maildir:${join(home, name)}"`)
  writeFileSync(
    join(data, 'endpoint.toml'),
    `listen = "127.0.0.1:0"\n${more}\n[accounts]\n${lines.join('\n')}\n`,
  )
  const serve = (...more: string[]): Program => {
    const program = startProgram(['serve', '--json', '--data', data, ...more], { home })
    started.push(program)
    return program
  }
  const run = async (args: readonly string[]): Promise<RunResult> => {
    const result = await callProgram(args, { home })
    assert.equal(result.code, 0, describeRun(args, result))
    return result
  }
  const pair = async (account: string): Promise<() => Promise<RunResult>> => {
    const { stdout } = await run(['device', 'add', account, 'boat', '--data', data])
    const own = ['--data', join(home, `${account}-device`)]
    await run(['init', stdout.trim(), ...own, '--maildir', join(home, `${account}-here`)])
    return () => callProgram(['sync', ...own, '--give-up-after', '1 s'], { home })
  }
  const opened = (): string[] =>
    existsSync(join(data, 'accounts')) ? readdirSync(join(data, 'accounts')).sort() : []
  return { serve, pair, opened }
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => `a${n}`)

test('an endpoint of many opens as many accounts as may stay open, those of the last devices first, and the others when one asks', async (t) => {
  const names = numbered(40)
  const { serve, pair, opened } = makeEndpoint(t, names, names, 'openAccounts = 2')
  const first = serve('--listen', `127.0.0.1:${await freePort()}`)
  const { address } = await first.event('listening')
  const sync = await pair('a30')
  const other = await pair('a20')
  assert.equal((await sync()).code, 0)
  assert.equal((await other()).code, 0)
  assert.equal((await first.kill('SIGTERM')).code, 0)
  assert.deepEqual(opened(), ['a0', 'a1', 'a20', 'a30'])
  const second = serve('--listen', String(address))
  await second.event('indexed')
  assert.equal((await sync()).code, 0)
  const { stdout, code } = await second.kill('SIGTERM')
  assert.equal(code, 0)
  const indexed = [...stdout.matchAll(/"indexed","account":"(\w+)"/g)].map(([, name]) => name)
  assert.ok(
    indexed.every((name) => name === 'a30' || name === 'a20'),
    stdout,
  )
  assert.deepEqual(opened(), ['a0', 'a1', 'a20', 'a30'])
})

test('of several accounts one whose mail is missing is told of, and the others are served; one alone ends the start', async (t) => {
  const { serve, pair } = makeEndpoint(t, ['a', 'b'], ['b'])
  const program = serve()
  const { code, message } = await program.event('error')
  assert.equal(code, 'MAILSTORE_GONE', String(message))
  await program.event('indexed')
  const lost = await pair('a')
  assert.equal((await lost()).code, 8)
  const sync = await pair('b')
  assert.equal((await sync()).code, 0)
  const { stdout } = await program.kill('SIGTERM')
  assert.equal(stdout.match(/MAILSTORE_GONE/g)?.length, 1, stdout)
  const alone = await makeEndpoint(t, ['a'], []).serve().ended
  assert.equal(alone.code, 8, alone.stdout)
})

test('10,000 accounts are listened for within a few seconds of processor time', {
  skip: existsSync('/proc/self/stat') ? false : 'there is no /proc that says how long a process has worked',
}, async (t) => {
  const program = makeEndpoint(t, numbered(10_000), ['a0'], 'openAccounts = 1').serve()
  await program.event('listening')
  const [, , , , , , , , , , , user, system] = readFileSync(`/proc/${program.pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  const seconds = (Number(user) + Number(system)) / 100
  // Less than a second where nothing else runs.
  assert.ok(seconds < 5, `${seconds} s`)
})
