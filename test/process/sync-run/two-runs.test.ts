import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** Several runs at once: one client twice, two clients, two endpoints, and runs that are told to stop. */

const slow = { bitsPerSecond: 40_000, delayMs: 20 }

const mail = makeMail({ seed: 11, messages: 25, attachments: { share: 0.2, scale: 0.1 } })

test('a second sync of the same client says that it is locked, and with --wait it comes after the first', async (t) => {
  const world = await makeWorld(t, { mail, line: slow })
  const release = world.line?.hold()
  const first = world.startSync(['--stall', '10min'])
  while ((await world.status())['running'] !== true);
  const second = await world.run(['sync'])
  assert.equal(second.code, 4)
  assert.equal(lastEvent(second)['code'], 'LOCKED')
  const waits = world.run(['sync', '--wait', '1000'])
  release?.()
  const [patient, done] = await Promise.all([waits, first.ended])
  assert.deepEqual([patient.code, done.code], [0, 0])
  world.assertInStep({ standIns: true })
})

test('two clients sync at the same time, and a third run brings all into step', async (t) => {
  const world = await makeWorld(t, { mail, line: slow })
  const other = await world.addClient('phone')
  for (const [client, subject] of [
    [world, 'from the laptop'],
    [other, 'from the phone'],
  ] as const) {
    client.person.makeMailbox(['Notes'])
    client.person.deliver(['Notes'], `From: me@example.org\nSubject: ${subject}\n\n${subject}\n`)
  }
  await Promise.all([world.sync(), other.sync()])
  await Promise.all([world.sync(), other.sync()])
  world.assertInStep({ standIns: true })
  other.assertInStep({ standIns: true })
  assert.equal(world.server.person.list(['Notes']).length, 2)
})

test('SIGINT stops a sync with 130, keeps what arrived, and the next run goes on from there', async (t) => {
  const world = await makeWorld(t, { mail, line: slow })
  const held = world.line?.holdAfter(6000)
  const running = world.startSync(['--stall', '10min'])
  const release = await held
  await world.arrived()
  const stopped = await running.kill('SIGINT')
  release?.()
  assert.equal(stopped.code, 130)
  assert.equal(lastEvent(stopped)['code'], 'INTERRUPTED')
  const arrived = ['cur', 'new'].flatMap((folder) => readdirSync(join(world.maildir, folder)))
  assert.ok(arrived.length > 0, 'what had arrived is in the Maildir')
  const report = await world.sync()
  assert.ok(Number(report['listed']) < mail.length, 'not all is listed again')
  world.assertInStep({ standIns: true })
})

test('a second endpoint on the same data is refused, and the first goes on', async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 5) })
  const serve = ['serve', '--data', world.server.data, '--listen', '127.0.0.1:0', '--json']
  const second = await world.command([...serve, '--account', `me=maildir:${world.server.maildir}`])
  assert.equal(second.code, 4)
  await world.sync()
  world.assertInStep({ standIns: true })
})

test('SIGTERM stops an endpoint in the middle of an answer, and its client goes on with the next one', async (t) => {
  const world = await makeWorld(t, { mail, line: slow, endpoint: 'process' })
  const held = world.line?.holdAfter(6000)
  const running = world.startSync(['--give-up-after', '10min', '--stall', '10min'])
  const release = await held
  const stopping = world.kill('SIGTERM')
  release?.()
  await stopping
  await world.restart()
  assert.equal((await running.ended).code, 0)
  world.assertInStep({ standIns: true })
})
