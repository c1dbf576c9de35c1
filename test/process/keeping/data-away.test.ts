import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { letter } from '../../world/letter.js'
import { lastEvent, startProgram } from '../../world/process/program.js'
import { makeWorld, type World } from '../../world/process/world.js'

/** A data directory on a disk that isn't mounted: where it was is an empty folder. */

/** The settings lie elsewhere, as they usually do. */
async function withSettingsElsewhere(t: TestContext): Promise<World & { readonly settings: string }> {
  const world = await makeWorld(t)
  const settings = join(world.root, 'settings.toml')
  await world.sync()
  copyFileSync(join(world.data, 'client.toml'), settings)
  return { ...world, settings }
}

function unmount(path: string): () => void {
  renameSync(path, `${path}-disk`)
  mkdirSync(path)
  return () => {
    rmdirSync(path)
    renameSync(`${path}-disk`, path)
  }
}

test('a client whose data directory is away begins nothing there, and says that a disk may be missing', async (t) => {
  const world = await withSettingsElsewhere(t)
  const at = ['--config', world.settings]
  const mount = unmount(world.data)
  const [gone] = world.person.list(['INBOX'])
  assert.ok(gone)
  world.person.remove(gone)
  for (const command of [['sync'], ['status'], ['waiting'], ['outbox'], ['log']]) {
    const result = await world.run([...command, ...at])
    const { code, stdout } = result
    assert.equal(code, 9, `${command}: ${stdout}`)
    const { code: error, message, next } = lastEvent(result)
    assert.equal(error, 'STORE_GONE', String(command))
    assert.match(String(message), /has nothing of this client/)
    assert.match(String(next), /mount it/)
    assert.deepEqual(readdirSync(world.data), [], `${command} wrote something`)
  }
  const looked = await world.run(['doctor', '--offline', ...at])
  assert.equal(looked.code, 1)
  assert.match(looked.stdout, /has nothing of this client/)
  assert.deepEqual(readdirSync(world.data), [], 'doctor wrote something')
  mount()
  await world.sync(at)
  world.assertInStep()
  const costs: string[] = []
  for (let round = 0; round < 3; round++) {
    const done = await world.sync(at)
    costs.push(JSON.stringify([done['sent'], done['written'], done['up'], done['down']]))
  }
  assert.equal(new Set(costs).size, 1, costs.join())
})

test('sendmail takes no mail for an outbox that a disk would hide', async (t) => {
  const world = await withSettingsElsewhere(t)
  const mount = unmount(world.data)
  const args = ['sendmail', '-f', 'me@example.org', 'you@example.org', '--config', world.settings]
  const mail = { stdin: Buffer.from(letter('a')).toString() }
  const refused = await world.command([...args, '--data', world.data], mail)
  assert.equal(refused.code, 75, refused.stderr)
  assert.deepEqual(readdirSync(world.data), [])
  mount()
  assert.equal((await world.command([...args, '--data', world.data], mail)).code, 0)
})

test('a data directory that should have the settings too, and is empty, is no reason to pair anew', async (t) => {
  const world = await makeWorld(t)
  unmount(world.data)
  const { code, stderr } = await world.command(['sync', '--data', world.data])
  assert.equal(code, 3)
  assert.match(stderr, /is empty/)
  assert.match(stderr, /mount it/)
  assert.deepEqual(readdirSync(world.data), [])
})

test('who has lost a data directory goes on with the pairing string of the settings', async (t) => {
  const world = await withSettingsElsewhere(t)
  unmount(world.data)
  const at = ['--config', world.settings]
  const pairing = /^endpoint = "(.*)"$/m.exec(readFileSync(world.settings, 'utf8'))?.[1] ?? ''
  assert.equal((await world.run(['init', '--again', pairing, ...at])).code, 0)
  await world.sync(at)
  world.assertInStep()
})

test('an endpoint whose data directory is away warns that it knows no device, and nothing is doubled once it is back', async (t) => {
  const world = await makeWorld(t, { endpoint: 'process' })
  const { data } = world.server
  const settings = join(world.root, 'endpoint.toml')
  await world.sync()
  copyFileSync(join(data, 'endpoint.toml'), settings)
  const serve = ['serve', '--config', settings, '--listen', world.address]
  await world.kill('SIGTERM')
  const mount = unmount(data)
  const bare = startProgram([...serve, '--data', data], { home: join(world.root, 'home') })
  t.after(() => bare.kill('SIGKILL').then(() => undefined))
  await bare.said(/no device was ever paired here/)
  world.person.deliver(['INBOX'], letter('written meanwhile'))
  const refused = await world.run(['sync'])
  assert.equal(refused.code, 6)
  assert.match(refused.stdout, /not be mounted/)
  await bare.kill('SIGTERM')
  rmSync(data, { recursive: true })
  mkdirSync(data)
  mount()
  await world.restart()
  await world.sync()
  world.assertInStep()
})
