import assert from 'node:assert/strict'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { letter } from '../../world/letter.js'
import { fillDisk, ownDisk } from '../../world/process/own-disk.js'
import { eventsOf, lastEvent } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** A client whose disk has no byte left: mail can leave it nevertheless. */

const size = 64 * 1024 * 1024
const dayMs = 86_400_000

const filesIn = (maildir: string): number =>
  ['cur', 'new'].reduce((sum, folder) => sum + readdirSync(join(maildir, folder)).length, 0)

test('mail leaves a disk that has no byte left, and nothing comes meanwhile', async (t) => {
  const disk = ownDisk(t, size)
  if (!disk) return
  const mail = Array.from({ length: 40 }, (_, at) => ({
    mailbox: ['INBOX'],
    flags: ['\\Seen'],
    internalDateMs: Date.now() - (at < 30 ? 500 + at : at - 30) * dayMs,
    bytes: letter(`m${at}`, { text: 'ship '.repeat(8000) }),
  }))
  const world = await makeWorld(t, { mail, disks: { client: disk.path } })
  const room = join(world.data, 'spare-room')
  await world.sync()
  assert.ok(!existsSync(room), 'nobody needs room who keeps all')
  assert.equal((await world.command(['config', 'set', 'keep', '90 days', '--data', world.data])).code, 0)
  await world.sync()
  assert.ok(existsSync(room))
  fillDisk(disk)
  world.server.person.deliver(['INBOX'], letter('new', { text: 'ship '.repeat(400_000) }))
  assert.equal((await world.run(['sync'])).code, 8)
  const done = await world.run(['evict'])
  assert.equal(done.code, 0, done.stdout + done.stderr)
  assert.equal(lastEvent(done)['evicted'], 30)
  assert.match(
    String(eventsOf(done.stdout).find(({ event }) => event === 'warning')?.['message']),
    /nearly full/,
  )
  assert.equal(filesIn(world.maildir), 10)
  assert.equal(filesIn(world.server.maildir), 41)
  // The rest of the disk is somebody else's to make.
  for (const name of readdirSync(disk.path)) if (name.startsWith('fill-')) rmSync(join(disk.path, name))
  await world.sync()
  assert.ok(existsSync(room))
  assert.equal((await world.command(['config', 'unset', 'keep', '--data', world.data])).code, 0)
  await world.sync()
  assert.ok(!existsSync(room))
  assert.equal(filesIn(world.maildir), 41)
})
