import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { mountSmallDisk } from '../../store/mounted-disk.js'
import { letter } from '../../world/letter.js'
import { eventsOf, lastEvent } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** A client whose disk has no byte left: mail can leave it nevertheless. */

const size = 64 * 1024 * 1024
const dayMs = 86_400_000

function smallDisk(t: TestContext) {
  const path = mkdtempSync(join(tmpdir(), 'packetboat-full-'))
  const disk = mountSmallDisk(join(path, 'disk'), size)
  t.after(() => {
    disk?.unmount()
    rmSync(path, { recursive: true, force: true })
  })
  if (!disk) t.skip('this user may not mount a file system')
  return disk
}

/** To the last byte. */
function fill(path: string): void {
  for (const bytes of [1_048_576, 65_536, 4096])
    try {
      for (let at = 0; ; at++) writeFileSync(join(path, `fill-${bytes}-${at}`), Buffer.alloc(bytes))
    } catch (error) {
      assert.match(String(error), /ENOSPC/)
    }
}

const filesIn = (maildir: string): number =>
  ['cur', 'new'].reduce((sum, folder) => sum + readdirSync(join(maildir, folder)).length, 0)

test('mail leaves a disk that has no byte left, and nothing comes meanwhile', async (t) => {
  const disk = smallDisk(t)
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
  fill(disk.path)
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
