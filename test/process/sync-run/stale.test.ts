import assert from 'node:assert/strict'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

test('status --max-age ends with 13 while the last good sync is too long ago, whatever was tried since', async (t) => {
  const world = await makeWorld(t, { mail: [], endpoint: 'process' })
  const look = async (): Promise<number | undefined> => (await world.run(['status', '--max-age', '24h'])).code
  assert.equal(await look(), 13, 'never synced')
  await world.sync()
  assert.equal(await look(), 0)
  const file = join(world.data, 'usage.jsonl')
  const lines = readFileSync(file, 'utf8')
  const shifted = (hours: number): string =>
    lines.replace(/"at":"[^"]*"/g, `"at":"${new Date(Date.now() + hours * 3_600_000).toISOString()}"`)
  writeFileSync(file, shifted(-25))
  await world.kill('SIGKILL')
  const failed = await world.run(['sync', '--give-up-after', '1 s'])
  assert.equal(failed.code, 5)
  const stale = await world.run(['status', '--max-age', '24h'])
  assert.equal(stale.code, 13)
  assert.match(stale.stdout, /"code":"STALE"/)
  assert.equal((await world.run(['status'])).code, 0)
  writeFileSync(file, shifted(100))
  assert.equal(await look(), 0, 'the clock was set back')
})

test('a first sync that had to leave something out has finished all the same, and the status says so', async (t) => {
  const world = await makeWorld(t, { mail: makeMail({ seed: 16, messages: 1 }), endpoint: 'process' })
  rmSync(join(world.data, 'outbox'), { recursive: true, force: true })
  writeFileSync(join(world.data, 'outbox'), 'a file')
  const ended = await world.run(['sync'])
  assert.deepEqual([ended.code, lastEvent(ended)['code']], [1, 'PROBLEMS'], ended.stdout)
  const { stdout } = await world.command(['status', '--data', world.data])
  assert.match(stdout, /^Last synced [^.]+, but for something that was left out \(exit code 1\)\.$/m)
  assert.match(stdout, /^1 problem: /m)
  const told = lastEvent(await world.run(['status', '--max-age', '24h']))
  assert.deepEqual([told['event'], typeof told['lastSync'], told['lastSyncExit']], ['status', 'string', 1])
  const doctor = await world.command(['doctor', '--offline', '--data', world.data])
  assert.match(
    doctor.stdout,
    /last sync: +It was [^.]+, but for something that was left out \(exit code 1\)\./,
  )
})

test('what usage writes is for its owner only', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  await world.sync()
  for (const option of ['--html', '--plot']) {
    const path = join(world.root, `usage${option}`)
    assert.equal((await world.run(['usage', option, path])).code, 0)
    assert.equal(statSync(path).mode & 0o777, 0o600, option)
  }
})
