import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { binary } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** Prints which of Node's modules were loaded by the end. */
const tell = `process.on('exit', () => require('node:fs').writeSync(2, process.moduleLoadList.join('\\n')))`

test('status loads neither what hashes nor what speaks to a network: a small computer takes as long for these as for the look', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  await world.sync()
  const hook = join(world.data, 'tell.cjs')
  writeFileSync(hook, tell)
  const modulesOf = (args: readonly string[]): Set<string> => {
    const { status, stderr } = spawnSync(process.execPath, ['--require', hook, binary, ...args], {
      encoding: 'utf8',
      // Node itself loads net for a pipe that is printed to.
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, HOME: world.data },
    })
    assert.equal(status, 0, stderr)
    return new Set(stderr.split('\n'))
  }
  const loaded = modulesOf(['status', '--data', world.data])
  assert.ok(loaded.has('NativeModule fs'))
  const heavy = ['crypto', 'net', 'tls', 'http', 'https', 'child_process', 'worker_threads', 'dns']
  assert.deepEqual(
    heavy.filter((name) => loaded.has(`NativeModule ${name}`)),
    [],
  )
})
