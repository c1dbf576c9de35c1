import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
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

test('what usage writes is for its owner only', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  await world.sync()
  for (const option of ['--html', '--plot']) {
    const path = join(world.root, `usage${option}`)
    assert.equal((await world.run(['usage', option, path])).code, 0)
    assert.equal(statSync(path).mode & 0o777, 0o600, option)
  }
})
