import assert from 'node:assert/strict'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { letter } from '../../world/letter.js'
import { fillDisk, ownDisk } from '../../world/process/own-disk.js'
import { lastEvent } from '../../world/process/program.js'
import { type Client, makeWorld } from '../../world/process/world.js'

/** Gists where a disk has no byte left, on either side: the run says so, and they come when there is room. */

const enough = 64 * 1024 * 1024

const page = (subject: string): string =>
  `From: Harbour <news@harbour.example>\nSubject: ${subject}\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n<html><head><style>${'.a { color: red }\n'.repeat(300)}</style></head><body><h1>Harbour news</h1><p>The dues of ${subject} rise in May.</p></body></html>\n`

const makeRoom = ({ path }: { readonly path: string }): void => {
  for (const name of readdirSync(path)) if (name.startsWith('fill-')) rmSync(join(path, name))
}

const textOf = ({ person }: Client, subject: string): string =>
  new TextDecoder().decode(person.read(person.find(['INBOX'], subject)))

test("an endpoint's disk fills before it makes the gists: that is said in words, and they come when there is room", async (t) => {
  const disk = ownDisk(t, enough)
  if (!disk) return
  const world = await makeWorld(t, { mail: [], disks: { server: disk.path } })
  const phone = await world.addClient('phone')
  for (const client of [world, phone]) await client.sync()
  for (const subject of ['one', 'two']) world.server.person.deliver(['INBOX'], page(subject))
  await phone.sync()
  fillDisk(disk)
  const full = await world.run(['sync', '--link', 'iridium', '--give-up-after', '2'])
  assert.equal(full.code, 8, full.stdout + full.stderr)
  assert.match(String(lastEvent(full)['message']), /the disk there is full/)
  makeRoom(disk)
  await world.sync(['--link', 'iridium'])
  for (const subject of ['one', 'two']) {
    assert.match(textOf(world, subject), new RegExp(`The dues of ${subject} rise in May\\.`))
    assert.doesNotMatch(textOf(world, subject), /color: red/)
  }
})

test("a device's disk fills before the gists come: they come when there is room", async (t) => {
  const disk = ownDisk(t, enough)
  if (!disk) return
  const world = await makeWorld(t, { mail: [], disks: { client: disk.path } })
  await world.sync()
  for (const subject of ['one', 'two']) world.server.person.deliver(['INBOX'], page(subject))
  world.server.person.deliver(['INBOX'], letter('big', { text: 'ship '.repeat(400) }))
  fillDisk(disk)
  const full = await world.run(['sync', '--link', 'iridium', '--give-up-after', '2'])
  assert.equal(full.code, 8, full.stdout + full.stderr)
  makeRoom(disk)
  await world.sync(['--link', 'iridium'])
  for (const subject of ['one', 'two'])
    assert.match(textOf(world, subject), new RegExp(`The dues of ${subject} rise in May\\.`))
  await world.sync()
  world.assertInStep()
})
