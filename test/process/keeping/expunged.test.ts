import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { lastEvent, type RunResult } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** Fewer messages than the guard asks about are deleted because the other side no longer showed them: either side can restore them all. */

const mail = makeMail({ seed: 6, messages: 8, attachments: { share: 0, scale: 0.1 } }).map((message) => ({
  ...message,
  mailbox: ['INBOX'],
}))

const files = (folder: string): string[] =>
  ['cur', 'new'].flatMap((each) => readdirSync(join(folder, each)).map((name) => join(folder, each, name)))
const texts = (folder: string): string[] =>
  files(folder)
    .map((file) => readFileSync(file, 'latin1'))
    .sort()
const listed = (result: RunResult): { name: string; mailbox: string; sizeBytes: number }[] =>
  lastEvent(result)['messages'] as { name: string; mailbox: string; sizeBytes: number }[]

test('what a device no longer shows is to be had back at the endpoint, byte by byte', async (t) => {
  const world = await makeWorld(t, { mail })
  await world.sync()
  const before = texts(world.server.maildir)
  for (const file of files(world.maildir).slice(0, 3)) rmSync(file)
  await world.sync()
  assert.equal(files(world.server.maildir).length, 5)
  const there = ['--data', world.server.data, '--json']
  const kept = listed(await world.command(['expunged', ...there]))
  assert.deepEqual(
    kept.map(({ mailbox }) => mailbox),
    ['INBOX', 'INBOX', 'INBOX'],
  )
  const shown = await world.command(['expunged', '--data', world.server.data])
  assert.match(
    shown.stdout,
    /^[^(].*: .+ {2}\(INBOX, expunged \d{4}-\d\d-\d\d\)\n {2}\d+-\d+\.\S+ {2}[\d.]+ k?B$/m,
  )
  assert.doesNotMatch(shown.stdout, /\(no subject\)|\(nobody\)/)
  assert.deepEqual(listed(await world.run(['expunged'])), [])
  const one = await world.command(['expunged', '--restore', kept[0]?.name ?? '', ...there])
  assert.equal(lastEvent(one)['messages'], 1)
  assert.equal((await world.command(['expunged', '--restore', 'all', '--account', 'me', ...there])).code, 0)
  assert.deepEqual(texts(world.server.maildir), before)
  assert.deepEqual(listed(await world.command(['expunged', ...there])), [])
  await world.sync()
  await world.sync()
  assert.deepEqual(texts(world.maildir), before)
  world.assertInStep()
})

test('what the endpoint no longer shows is to be had back on a device; what was moved there is not gone', async (t) => {
  const world = await makeWorld(t, { mail })
  await world.sync()
  const before = texts(world.maildir)
  const { person } = world.server
  const [first, second] = person.list(['INBOX'])
  assert.ok(first && second)
  person.remove(first)
  person.makeMailbox(['Work'])
  person.moveAsMutt(second, ['Work'])
  await world.sync()
  assert.equal(files(world.maildir).length, 6)
  assert.equal(listed(await world.run(['expunged'])).length, 1)
  assert.equal((await world.run(['expunged', '--restore', 'all'])).code, 0)
  await world.sync()
  await world.sync()
  world.assertInStep()
  assert.deepEqual([...texts(world.maildir), ...texts(join(world.maildir, '.Work'))].sort(), before)
})

const heavy = makeMail({ seed: 11, messages: 12, attachments: { share: 0.6, scale: 0.2 } }).map(
  (message) => ({ ...message, mailbox: ['INBOX'] }),
)
const thrifty = { env: { PACKETBOAT_ATTACHMENTS: '1 kB' } }
const isStandIn = (text: string): boolean => /^X-Packetboat-Partial:/m.test(text)
const idOf = (text: string | undefined): string => /^Message-ID: (.*)$/im.exec(text ?? '')?.[1] ?? 'none'

test('of a message that had come in part, what came is to be had back: as a mail, which stands for nothing', async (t) => {
  const world = await makeWorld(t, { mail: heavy })
  await world.sync([], thrifty)
  const standIns = texts(world.maildir).filter(isStandIn)
  const id = idOf(standIns[0])
  assert.ok(standIns.length > 2)
  const { person } = world.server
  const there = person.list(['INBOX']).find((mail) => Buffer.from(person.read(mail)).includes(id))
  assert.ok(there)
  person.remove(there)
  await world.sync([], thrifty)
  assert.equal(files(world.maildir).length, 11)
  assert.equal(listed(await world.run(['expunged'])).length, 1)
  assert.equal((await world.run(['expunged', '--restore', 'all'])).code, 0)
  for (let round = 0; round < 2; round++) await world.sync([], thrifty)
  for (const side of [world.maildir, world.server.maildir]) {
    const back = texts(side).filter((text) => text.includes(id))
    assert.deepEqual(
      back.map((text) => [isStandIn(text), text.includes('not here yet')]),
      [[false, true]],
    )
    assert.equal(files(side).length, 12)
  }
  assert.equal(texts(world.maildir).filter(isStandIn).length, standIns.length - 1)
  world.assertInStep({ standIns: true })
  assert.equal((await world.run(['fetch', '--all'])).code, 0)
  world.assertInStep()
})

test('a stand-in that a device removes is a whole message at the endpoint, to be had back there; the device has a stand-in again', async (t) => {
  const world = await makeWorld(t, { mail: heavy })
  await world.sync([], thrifty)
  const before = texts(world.server.maildir)
  const removed = files(world.maildir).find((file) => isStandIn(readFileSync(file, 'latin1'))) ?? ''
  const standIn = readFileSync(removed, 'latin1')
  rmSync(removed)
  await world.sync([], thrifty)
  assert.equal(files(world.server.maildir).length, 11)
  const there = ['--data', world.server.data, '--json']
  assert.equal((await world.command(['expunged', '--restore', 'all', ...there])).code, 0)
  assert.deepEqual(texts(world.server.maildir), before)
  for (let round = 0; round < 2; round++) await world.sync([], thrifty)
  const back = texts(world.maildir).filter((text) => text.includes(idOf(standIn)))
  assert.deepEqual(back.map(isStandIn), [true])
  world.assertInStep({ standIns: true })
  assert.equal((await world.run(['fetch', '--all'])).code, 0)
  world.assertInStep()
})
