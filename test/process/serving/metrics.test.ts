import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeMaildir } from '../../../fixtures/write-maildir.js'
import { callProgram } from '../../world/process/call.js'
import { describeRun, eventsOf, type RunResult, startProgram } from '../../world/process/program.js'

test('a monitoring system hears of exchanges, bytes and errors, and the log is JSON where that is wanted', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-metrics-'))
  const data = join(home, 'endpoint')
  for (const folder of [join(home, 'tmp'), data]) mkdirSync(folder, { mode: 0o700 })
  writeMaildir(join(home, 'mail'), [])
  const accounts = `me = "maildir:${join(home, 'mail')}"\ngone = "maildir:${join(home, 'gone')}"`
  writeFileSync(
    join(data, 'endpoint.toml'),
    `listen = "127.0.0.1:0"\nmetrics = "0"\nmetricsByAccount = true\nlog = "json"\n\n[accounts]\n${accounts}\n`,
  )
  const program = startProgram(['serve', '--data', data], { home })
  t.after(async () => {
    await program.kill('SIGKILL').catch(() => undefined)
    rmSync(home, { recursive: true, force: true })
  })
  const [, at] = await program.said(/http:\/\/(127\.0\.0\.1:\d+)\/metrics/)
  const get = async (path: string): Promise<{ readonly status: number; readonly text: string }> => {
    const answer = await fetch(`http://${at}${path}`)
    return { status: answer.status, text: await answer.text() }
  }
  assert.deepEqual(await get('/healthz'), { status: 200, text: 'ok\n' })
  assert.equal((await get('/')).status, 404)
  const run = async (args: readonly string[], code = 0): Promise<RunResult> => {
    const result = await callProgram(args, { home })
    assert.equal(result.code, code, describeRun(args, result))
    return result
  }
  for (const [account, code] of [
    ['me', 0],
    ['gone', 8],
  ] as const) {
    const { stdout } = await run(['device', 'add', account, 'boat', '--data', data])
    const own = ['--data', join(home, account)]
    await run(['init', stdout.trim(), ...own, '--maildir', join(home, `${account}-here`)])
    await run(['sync', ...own, '--give-up-after', '1 s'], code)
  }
  const { text } = await get('/metrics')
  assert.match(text, /^packetboat_accounts 2$/m)
  assert.match(text, /^packetboat_accounts_open 1$/m)
  assert.match(text, /^packetboat_exchanges_total\{end="answered",account="me"\} [1-9]/m)
  assert.match(text, /^packetboat_bytes_total\{direction="up",account="me"\} [1-9]/m)
  assert.match(text, /^packetboat_errors_total\{code="MAILSTORE_GONE"\} [1-9]/m)
  assert.match(text, /^packetboat_exchange_seconds_count [1-9]/m)
  const { code, stderr, stdout } = await program.kill('SIGTERM')
  assert.deepEqual([code, stdout], [0, ''])
  const lines = eventsOf(stderr)
  for (const line of lines) {
    assert.match(String(line['time']), /^\d{4}-\d\d-\d\dT/)
    assert.match(String(line['level']), /^(error|warning|info)$/)
  }
  const failure = lines.find(({ event }) => event === 'error')
  assert.deepEqual([failure?.['about'], failure?.['code']], ['gone', 'MAILSTORE_GONE'])
  assert.ok(lines.some(({ event, account }) => event === 'exchange' && account === 'me'))
})
