import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { binary } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** Writes down which of Node's modules were loaded by the end. */
const tell = `process.on('exit', () => require('node:fs').writeFileSync('modules', process.moduleLoadList.join('\\n')))`

test('status loads nothing that hashes or speaks to a network: a small computer would take as long for that as for the look', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  await world.sync()
  const hook = join(world.data, 'tell.cjs')
  writeFileSync(hook, tell)
  const args = ['--require', hook, binary, 'status', '--data', world.data]
  const env = { ...process.env, HOME: world.data }
  assert.equal(spawnSync(process.execPath, args, { cwd: world.data, stdio: 'ignore', env }).status, 0)
  const loaded = new Set(readFileSync(join(world.data, 'modules'), 'utf8').split('\n'))
  assert.ok(loaded.has('NativeModule fs'))
  const heavy = ['crypto', 'tls', 'http', 'https', 'child_process', 'worker_threads', 'dns']
  assert.deepEqual(
    heavy.filter((name) => loaded.has(`NativeModule ${name}`)),
    [],
  )
})
