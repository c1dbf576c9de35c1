import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { listProblems } from '../../src/replica/problems.js'
import { openReplica } from '../../src/replica/replica.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import { type Account, exclusiveQueue } from '../../src/sync/account.js'
import { sync } from '../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../src/sync/policy/policy.js'
import { diskWork } from '../../src/sync/write/disk-work.js'
import { loadZstd } from '../../src/wire/compression/zstd.js'
import { memoryLink } from '../world/memory-link.js'
import { seededRandom } from '../world/random.js'
import { makeSide, sha256 } from '../world/side.js'
import { deliver, makeFolder, makeMailbox, openTree } from './maildir/maildir-tree.js'
import { check, fill } from './odd-imap/odd-imap-world.js'

/** Which mailboxes are subscribed can't be told now: that is named, and everything else goes on. */

const faults = {
  'a pipe': (file: string) => void execFileSync('mkfifo', [file]),
  'a folder': (file: string) => mkdirSync(file),
  'a link that leads nowhere': (file: string) => symlinkSync('/nonexistent/subscriptions', file),
} as const

for (const [fault, make] of Object.entries(faults))
  for (const layout of ['maildir++', 'fs'] as const)
    test(`${fault} in the place of the subscriptions of a Maildir (${layout}) stops nothing`, async (t) => {
      const root = join(makeFolder(t), 'mail')
      const work = join(root, layout === 'fs' ? 'Work' : '.Work')
      for (const folder of [root, work, join(root, layout === 'fs' ? 'Old' : '.Old')]) makeMailbox(folder)
      deliver(join(work, 'cur', '1.a.h:2,S'), 'old')
      const file = join(root, 'subscriptions')
      writeFileSync(file, 'INBOX\nWork\n')
      const replica = await openReplica({
        db: openDatabase(new MemoryStore()),
        hasUpstream: false,
        now: Date.now,
        randomBytes: (size) => new Uint8Array(randomBytes(size)),
      })
      const endpoint: Account = {
        replica,
        mailStore: await openTree(root, { layout: layout === 'fs' ? 'fs' : 'maildir++' }),
        createHash: sha256,
        codec: await loadZstd(),
        guard: { share: 1, least: 1000 },
        diskWork,
        exclusive: exclusiveQueue(),
        proofs: new Map(),
        sight: { clear: false, missing: new Set() },
      }
      const { account, mail } = await makeSide('client', { hasUpstream: true, random: seededRandom(5) })
      const run = () => sync(account, { link: memoryLink(() => endpoint), policy: defaultPolicy })
      const problems = async () =>
        (await listProblems(replica.db)).map(({ side, record }) => `${side} ${record.mailbox} ${record.item}`)
      const subscribed = () => ['INBOX', 'Work', 'Old'].map((name) => mail.isSubscribed(name))
      await run()
      assert.deepEqual(subscribed(), [true, true, false])

      rmSync(file)
      make(file)
      deliver(join(root, 'new', '2.b.h'), 'new')
      await run()
      assert.equal(mail.snapshot().get('INBOX')?.length, 1)
      assert.deepEqual(subscribed(), [true, true, false])
      assert.deepEqual(await problems(), ['read  subscriptions'])
      // What somebody asks for meanwhile waits, and so does nothing else.
      mail.person.setSubscribed(['Work'], false)
      mail.person.createMailbox(['Made'])
      mail.person.deliver(['Made'], Buffer.from('Subject: x\r\n\r\nx\r\n'))
      await run()
      assert.deepEqual((await problems()).sort(), [
        'read  subscriptions',
        'write Made undefined',
        'write Work undefined',
      ])
      assert.equal((await endpoint.mailStore.messages(['Made'])).messages.length, 1)

      rmSync(file, { recursive: true })
      writeFileSync(file, 'INBOX\nWork\n')
      await run()
      await run()
      assert.deepEqual(await problems(), [])
      assert.deepEqual(subscribed(), [true, false, false])
      assert.equal(mail.isSubscribed('Made'), true)
      assert.deepEqual(readFileSync(file, 'utf8').trim().split('\n'), ['INBOX', 'Made'])
    })

check('an IMAP server that will not list subscriptions lists its mail all the same', async (world) => {
  fill(world, 'a')
  fill(world, 'w', 'Work')
  await world.run()
  world.server.odd.command = ({ name }) => (name === 'LSUB' ? 'NO [SERVERBUG] oh' : undefined)
  fill(world, 'b')
  fill(world, 'x', 'Work')
  assert.equal((await world.run()).trouble, undefined)
  assert.deepEqual([world.here(), world.here('Work')], ['ab', 'wx'])
  assert.equal(world.client.mail.isSubscribed('Work'), true)
  assert.deepEqual(await world.problems(), ['read  subscriptions MAILBOX_UNREADABLE'])
  world.server.odd = {}
  await world.run()
  assert.deepEqual(await world.problems(), [])
})
