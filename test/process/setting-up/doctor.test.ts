import assert from 'node:assert/strict'
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { protocolVersion } from '../../../src/wire/request-frames.js'
import { describeRun, eventsOf } from '../../world/process/program.js'
import { makeWorld, type World } from '../../world/process/world.js'

/** `STATE ABOUT` of each finding, and the exit code. */
async function doctor(world: World, args: readonly string[] = [], code = 0) {
  const result = await world.run(['doctor', ...args])
  assert.equal(result.code, code, describeRun(args, result))
  assert.doesNotMatch(result.stdout, /packetboat\+psk/, 'no secret is shown')
  const events = eventsOf(result.stdout)
  const found = events.filter(({ event }) => event === 'finding')
  const of = (about: string): string =>
    found
      .filter((each) => each['about'] === about)
      .map((each) => `${each['state']}: ${each['what']}`)
      .join('\n')
  return { of, found, last: events.at(-1) }
}

test('the doctor finds nothing wrong where nothing is, and costs little', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  await world.sync()
  const before = readFileSync(join(world.data, 'client.toml'), 'utf8')
  const { of, last } = await doctor(world)
  assert.equal(last?.['wrong'], 0)
  assert.match(of('pairing'), /^ok: .* me\.$/)
  assert.equal(of('protocol'), `ok: Both sides speak version ${protocolVersion}.`)
  assert.match(of('clock'), /^ok/)
  assert.match(of('last sync'), /^ok/)
  assert.match(of('cost'), /took \d{3} B/, 'less than a kilobyte')
  assert.equal((await doctor(world, ['--offline'])).of('cost'), '')
  assert.equal(readFileSync(join(world.data, 'client.toml'), 'utf8'), before)
  const there = await world.command(['doctor', '--data', world.server.data])
  assert.equal(there.code, 0, describeRun([], there))
  assert.match(there.stdout, /endpoint, serve: The process \d+ listens/)
  assert.match(there.stdout, /on 127\.0\.0\.1:\d+ only/)
  const nothing = await world.command(['doctor', '--data', join(world.root, 'nothing')])
  assert.equal(nothing.code, 1)
  assert.ok(!existsSync(join(world.root, 'nothing')), 'nothing was made')
})

test('what is broken is told, and keeps nothing else from being looked at', async (t) => {
  const world = await makeWorld(t, { mail: [], endpoint: 'process' })
  await world.sync()
  const file = join(world.data, 'client.toml')
  const settings = readFileSync(file, 'utf8')
  const damaged = async (what: RegExp, about: string): Promise<void> =>
    assert.match((await doctor(world, [], 1)).of(about), what)

  writeFileSync(file, `${settings}attachmets = "2k"\n`)
  await damaged(/wrong: .*attachmets/, 'settings')
  await damaged(/^ok/, 'pairing')
  writeFileSync(file, settings)
  chmodSync(file, 0o644)
  await damaged(/Other users can read/, 'settings')
  chmodSync(file, 0o600)

  const database = join(world.data, 'replica.db')
  const rows = readFileSync(database)
  writeFileSync(database, rows.subarray(0, 5000))
  await damaged(/wrong: .*damaged/, 'database')
  writeFileSync(database, 'no database at all, whatever its name says'.repeat(100))
  await damaged(/wrong: .*damaged/, 'database')
  writeFileSync(database, rows)

  await world.kill('SIGKILL')
  await damaged(/wrong: .*nothing listens there/, 'line')
  assert.match((await doctor(world, ['--offline'])).of('Maildir'), /^ok/)
  rmSync(world.maildir, { recursive: true })
  await damaged(/^wrong/, 'Maildir')
  writeFileSync(file, 'endpoint = "')
  const { of } = await doctor(world, [], 1)
  assert.match(of('settings'), /^wrong: .*client\.toml/)
})
