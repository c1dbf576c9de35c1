import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { mountSmallDisk, type SmallDisk } from '../../store/mounted-disk.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** A disk that fills in the middle of a sync, on either side: said in words, and gone on with when there is room. */

const enough = 64 * 1024 * 1024
const mail = makeMail({ seed: 12, messages: 60, attachments: { share: 0.2, scale: 0.3 } })

function smallDisk(t: TestContext): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'packetboat-full-'))
  const disk = mountSmallDisk(join(path, 'disk'), enough)
  t.after(() => {
    disk?.unmount()
    rmSync(path, { recursive: true, force: true })
  })
  if (!disk) t.skip('this user may not mount a file system')
  return disk
}

/** A body that no file system and no codec makes smaller. */
function noise(bytes: number): string {
  let state = 1
  const next = (): number => (state = (state * 48271) % 2147483647)
  return Array.from({ length: Math.ceil(bytes / 76) }, () =>
    Array.from({ length: 76 }, () => String.fromCharCode(97 + (next() % 26))).join(''),
  ).join('\n')
}

for (const roomKiB of [700, 900, 1200, 1600])
  test(`a client's disk of ${roomKiB} KiB fills: exit 8 and words, nothing lost, and it goes on when there is room`, async (t) => {
    const disk = smallDisk(t)
    if (!disk) return
    const world = await makeWorld(t, { mail, disks: { client: disk.path } })
    disk.resize(roomKiB * 1024)
    const full = await world.run(['sync'])
    assert.equal(full.code, 8, full.stdout)
    assert.equal(lastEvent(full)['code'], 'DISK_FULL')
    // What came last was not written, and nobody is told that it is kept.
    const said = await world.command(['sync', '--data', world.data])
    assert.equal(said.code, 8)
    assert.doesNotMatch(said.stdout + said.stderr, /Everything that (?:came|arrived) is kept/)
    disk.resize(enough)
    await world.sync()
    world.assertInStep({ standIns: true })
  })

test("the endpoint's disk fills while mail goes up: the client keeps it, says so, and brings it when there is room", async (t) => {
  const disk = smallDisk(t)
  if (!disk) return
  const world = await makeWorld(t, { mail: mail.slice(0, 10), disks: { server: disk.path } })
  await world.sync()
  disk.resize(1_500_000)
  for (let i = 0; i < 8; i++)
    world.person.deliver(['INBOX'], `From: me@example.org\nSubject: big ${i}\n\n${noise(300_000)}\n`)
  const full = await world.run(['sync', '--give-up-after', '2'])
  assert.equal(full.code, 8)
  assert.match(String(lastEvent(full)['message']), /the disk there is full|No space left/)
  disk.resize(enough)
  await world.sync()
  world.assertInStep({ standIns: true })
  assert.equal(world.server.person.list(['INBOX']).length, 10 - otherMailboxes() + 8)
})

const otherMailboxes = (): number =>
  mail.slice(0, 10).filter(({ mailbox }) => mailbox.join('/') !== 'INBOX').length
