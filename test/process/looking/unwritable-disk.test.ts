import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { SmallDisk } from '../../store/mounted-disk.js'
import { letter } from '../../world/letter.js'
import { fillDisk, ownDisk } from '../../world/process/own-disk.js'
import { eventsOf, type JsonEvent, lastEvent } from '../../world/process/program.js'
import { makeWorld, type World } from '../../world/process/world.js'

/** On a disk that is full or read-only, at either side, commands that only look still show what is there. */

const size = 8 * 1024 * 1024

const looks = [
  ['status'],
  ['list'],
  ['mailboxes'],
  ['waiting'],
  ['outbox'],
  ['log'],
  ['search', 'harbour'],
  ['problems'],
  ['conflicts'],
  ['expunged'],
  ['duplicates'],
  ['links'],
  ['usage'],
  ['config', 'show'],
]

async function syncedWorld(t: TestContext, disk: SmallDisk): Promise<World> {
  const world = await makeWorld(t, { mail: [], disks: { client: disk.path, server: disk.path } })
  world.server.person.deliver(['INBOX'], letter('ships', { text: 'They lie in the harbour.' }))
  await world.sync()
  await look(world, ['search', 'harbour'])
  return world
}

async function look(world: World, args: readonly string[]): Promise<JsonEvent> {
  const result = await world.run(args)
  assert.equal(result.code, 0, `${args.join(' ')}: ${result.stdout}${result.stderr}`)
  return lastEvent(result)
}

async function assertAllShown(world: World, why: RegExp): Promise<void> {
  for (const args of looks) await look(world, args)
  const status = await world.run(['status'])
  assert.deepEqual([lastEvent(status)['messages'], lastEvent(status)['running']], [1, false])
  assert.match(String(eventsOf(status.stdout).find(({ event }) => event === 'warning')?.['message']), why)
  for (const args of [['list'], ['search', 'harbour']])
    assert.equal(((await look(world, args))['messages'] as unknown[]).length, 1, args.join(' '))
  const { messages } = await look(world, ['list'])
  const [{ name }] = messages as [{ name: string }]
  const read = await world.command(['read', name, '--data', world.data])
  assert.equal(read.code, 0, read.stderr)
  assert.match(read.stdout, /in the harbour/)
  const doctor = await world.run(['doctor', '--offline'])
  assert.equal(doctor.code, 1, doctor.stderr)
  const findings = eventsOf(doctor.stdout).filter(({ event }) => event === 'finding')
  const of = (state: string, about: string) =>
    findings.filter((each) => each['state'] === state && each['about'] === about).map(({ what }) => `${what}`)
  assert.match(of('ok', 'database').join(' '), /is whole/)
  assert.match(of('wrong', 'database').join(' '), why)
  assert.match(of('ok', 'mail').join(' '), /Every message/)
  // What writes says why it can't.
  assert.equal((await world.run(['sync'])).code, 8)
  for (const args of [
    ['expunged', '--account', 'me'],
    ['conflicts', '--account', 'me'],
    ['problems', '--account', 'me'],
    ['device', 'list'],
  ]) {
    const shown = await world.command([...args, '--data', world.server.data])
    assert.equal(shown.code, 0, `${args.join(' ')} at the endpoint: ${shown.stderr}`)
  }
}

test('on a full disk whatever only looks shows what is there', async (t) => {
  const disk = ownDisk(t, size)
  if (!disk) return
  const world = await syncedWorld(t, disk)
  await world.kill('SIGTERM')
  fillDisk(disk)
  await assertAllShown(world, /no room left/)
})

test('on a read-only disk too', async (t) => {
  const disk = ownDisk(t, size)
  if (!disk) return
  const world = await syncedWorld(t, disk)
  await world.kill('SIGTERM')
  disk.makeReadOnly()
  await assertAllShown(world, /can't be written/)
})
