import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FixtureMessage } from '../../../fixtures/make-mail.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** What is older than `keep` leaves this disk, real files and all, and nobody takes that for a deletion. */

const dayMs = 86_400_000

const letter = (daysOld: number, flags: readonly string[] = ['\\Seen']): FixtureMessage => ({
  mailbox: ['INBOX'],
  flags: [...flags],
  internalDateMs: Date.now() - daysOld * dayMs,
  bytes: new TextEncoder().encode(
    `From: ann@example.org\nSubject: d${daysOld}\nMessage-ID: <d${daysOld}@example.org>\n\nHello.\n`,
  ),
})

const account = [
  ...[1, 2, 200, 400, 800].map((daysOld) => letter(daysOld)),
  letter(900, ['\\Flagged', '\\Seen']),
]

const filesIn = (maildir: string): number =>
  ['cur', 'new'].reduce((sum, folder) => sum + readdirSync(join(maildir, folder)).length, 0)

async function makeFull(t: Parameters<typeof makeWorld>[0]) {
  const world = await makeWorld(t, { mail: account })
  const run = (...words: string[]) => world.command([...words, '--data', world.data])
  await world.sync()
  assert.equal((await run('config', 'set', 'keep', '90 days')).code, 0)
  await world.sync()
  assert.equal(filesIn(world.maildir), 6)
  return { world, run }
}

test('by hand: it says how much, it goes, status says so, and it comes back', async (t) => {
  const { world, run } = await makeFull(t)
  assert.match((await run('evict', '--dry-run')).stdout, /^3 messages \(\d+ B\) would leave this disk/)
  assert.equal(filesIn(world.maildir), 6)
  const done = await world.run(['evict'])
  assert.equal(done.code, 0)
  assert.equal(lastEvent(done)['evicted'], 3)
  assert.equal(filesIn(world.maildir), 3)
  assert.equal(filesIn(world.server.maildir), 6)
  await world.sync()
  assert.match(
    (await run('status')).stdout,
    /^3 messages more \(\d+ B\) ashore, .* Of these, 3 messages left this disk\./m,
  )
  assert.match((await run('evict', '--dry-run')).stdout, /^No mail here is older/)
  assert.equal((await run('config', 'unset', 'keep')).code, 0)
  await world.sync()
  world.assertInStep()
  assert.doesNotMatch((await run('status')).stdout, /ashore/)
})

test('an older database is restored, with the note and without: nothing is gone at the endpoint', async (t) => {
  for (const isNoteLost of [false, true]) {
    const { world, run } = await makeFull(t)
    const backup = `${world.data}.backup`
    cpSync(world.data, backup, { recursive: true })
    assert.equal(lastEvent(await world.run(['evict']))['evicted'], 3)
    rmSync(world.data, { recursive: true })
    cpSync(backup, world.data, { recursive: true })
    const note = join(world.maildir, 'packetboat-evicted')
    assert.ok(existsSync(note))
    if (isNoteLost) rmSync(note)
    for (let i = 0; i < 2; i++) await world.sync()
    assert.equal(filesIn(world.server.maildir), 6)
    assert.equal(filesIn(world.maildir), 3)
    assert.equal((await run('config', 'unset', 'keep')).code, 0)
    await world.sync()
    world.assertInStep()
    assert.equal(filesIn(world.server.maildir), 6)
  }
})

test('by itself: after its time, once a day', async (t) => {
  const { world, run } = await makeFull(t)
  await world.sync()
  assert.equal(filesIn(world.maildir), 6)
  assert.equal((await run('config', 'set', 'evict', '365 days')).code, 0)
  assert.equal((await world.sync())['evicted'], 1)
  assert.equal(filesIn(world.maildir), 5)
  // What has gone is looked for again tomorrow.
  assert.equal((await run('config', 'set', 'evict', '1 day')).code, 0)
  assert.equal((await world.sync())['evicted'], 0)
  assert.equal(filesIn(world.maildir), 5)
})
