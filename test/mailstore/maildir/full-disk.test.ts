import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { mountSmallDisk } from '../../store/mounted-disk.js'
import { letter } from '../../world/letter.js'
import { fillDisk, ownDisk } from '../../world/process/own-disk.js'
import { eventsOf } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'
import { subjectOf } from '../../world/shown.js'
import { openTree } from './maildir-tree.js'
import { pretendDisk } from './pretended-disk.js'

/** A disk on which no byte is left, under a Maildir and nothing else. */

const megabyte = 1_048_576

for (const links of [true, false])
  test(`what is gone is said to be gone on a full disk ${links ? 'with' : 'without'} hard links, and trying leaves nothing behind`, async (t) => {
    const disk = ownDisk(t, 2 * megabyte)
    if (!disk) return
    for (const folder of ['cur', 'new', 'tmp']) mkdirSync(join(disk.path, folder))
    fillDisk(disk)
    if (!links) t.after(pretendDisk(disk.path, (call) => (call === 'link' ? 'EPERM' : undefined)))
    const store = await openTree(disk.path)
    const before = readdirSync(disk.path)
    assert.deepEqual(await store.confirmGone(['INBOX'], ['1.a.h']), ['1.a.h'])
    assert.deepEqual(readdirSync(disk.path), before)
  })

/** A world whose endpoint's mail, and nothing else, is on such a disk. */
async function fullEndpoint(t: TestContext) {
  const path = mkdtempSync(join(tmpdir(), 'packetboat-full-'))
  const disk = mountSmallDisk(join(path, 'server-mail'), 8 * megabyte)
  t.after(() => {
    disk?.unmount()
    rmSync(path, { recursive: true, force: true })
  })
  if (!disk) return void t.skip('this user may not mount a file system')
  return { disk, world: await makeWorld(t, { mail: [], disks: { server: path } }) }
}

test("an endpoint's full disk keeps nothing from coming down, goes up once, and says what has gone", async (t) => {
  const { disk, world } = (await fullEndpoint(t)) ?? {}
  if (!disk || !world) return
  const { person } = world.server
  const gone = person.deliver(['INBOX'], letter('gone'))
  await world.sync()
  person.deliver(['INBOX'], letter('down'))
  person.remove(gone)
  for (let i = 0; i < 4; i++) world.person.deliver(['INBOX'], letter(`up ${i}`, { text: noise(20_000, i) }))
  fillDisk(disk)
  const full = await world.run(['sync'])
  assert.equal(full.code, 8)
  const has = world.person.list(['INBOX']).map((mail) => subjectOf(world.person.read(mail)))
  assert.deepEqual(has.sort(), ['down', 'up 0', 'up 1', 'up 2', 'up 3'])
  const synced = eventsOf(full.stdout).find(({ event }) => event === 'synced')
  assert.ok(Number(synced?.['up']) < 100_000, `${synced?.['up']} bytes up`)
  disk.resize(16 * megabyte)
  await world.sync()
  world.assertInStep()
})

/** Text that no codec makes much smaller. */
function noise(bytes: number, seed: number): string {
  let state = seed + 1
  const next = (): number => (state = (state * 48271) % 2147483647)
  return Array.from({ length: bytes }, (_, at) =>
    at % 76 === 75 ? '\n' : String.fromCharCode(97 + (next() % 26)),
  ).join('')
}
