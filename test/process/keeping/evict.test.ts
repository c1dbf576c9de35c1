import assert from 'node:assert/strict'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FixtureMessage } from '../../../fixtures/make-mail.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** What is older than `keep` leaves this disk, real files and all, and nobody takes that for a deletion. */

const dayMs = 86_400_000

const letter = (
  daysOld: number,
  flags: readonly string[] = ['\\Seen'],
  answers?: number,
): FixtureMessage => ({
  mailbox: ['INBOX'],
  flags: [...flags],
  internalDateMs: Date.now() - daysOld * dayMs,
  bytes: new TextEncoder().encode(
    `From: ann@example.org\nSubject: d${daysOld}\nMessage-ID: <d${daysOld}@example.org>\n${answers === undefined ? '' : `In-Reply-To: <d${answers}@example.org>\n`}\nHello.\n`,
  ),
})

const account = [
  ...[1, 2, 200, 400, 800].map((daysOld) => letter(daysOld)),
  letter(900, ['\\Flagged', '\\Seen']),
]

const filesIn = (maildir: string): number =>
  ['cur', 'new'].reduce((sum, folder) => sum + readdirSync(join(maildir, folder)).length, 0)

async function makeFull(t: Parameters<typeof makeWorld>[0], mail = account) {
  const world = await makeWorld(t, { mail })
  const run = (...words: string[]) => world.command([...words, '--data', world.data])
  await world.sync()
  assert.equal((await run('config', 'set', 'keep', '90 days')).code, 0)
  await world.sync()
  assert.equal(filesIn(world.maildir), mail.length)
  return { world, run }
}

test('by hand: it says how much, it goes, status says so, and it comes back', async (t) => {
  const { world, run } = await makeFull(t)
  // A search reads all mail, but that doesn't count as a person's reading.
  assert.equal((await run('search', 'hello')).code, 0)
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
  const logged = (await run('log', '--limit', '1')).stdout
  assert.equal(
    logged.match(/ {2}left this disk {2}[0-9a-f]{12} {2}INBOX {2}ann@example.org: d/g)?.length,
    3,
    logged,
  )
  assert.match(
    (await run('evict', '--dry-run')).stdout,
    /^No mail here can leave this disk now.\n1 message older than keep says stays on this disk:\n {2}1 {2}flagged/,
  )
  assert.equal((await run('config', 'unset', 'keep')).code, 0)
  await world.sync()
  world.assertInStep()
  assert.doesNotMatch((await run('status')).stdout, /ashore/)
})

test('an older database is restored, with its note, a newer one or none: nothing is gone at the endpoint', async (t) => {
  for (const which of ['newer', 'its own', 'its own, older than the journal', 'none']) {
    const { world, run } = await makeFull(t)
    const backup = `${world.data}.backup`
    const note = join(world.maildir, 'packetboat-evicted')
    cpSync(world.data, backup, { recursive: true })
    cpSync(note, `${note}.backup`)
    assert.equal(lastEvent(await world.run(['evict']))['evicted'], 3)
    if (which.includes('journal')) {
      const file = readdirSync(join(world.maildir, 'cur')).find((name) => name.endsWith(':2,S')) ?? ''
      renameSync(join(world.maildir, 'cur', file), join(world.maildir, 'cur', file.replace(/S$/, 'RS')))
      await world.sync()
    }
    rmSync(world.data, { recursive: true })
    cpSync(backup, world.data, { recursive: true })
    if (which !== 'newer') rmSync(note)
    if (which.startsWith('its own')) cpSync(`${note}.backup`, note)
    for (let i = 0; i < 2; i++) await world.sync()
    assert.equal(filesIn(world.server.maildir), 6)
    assert.equal(filesIn(world.maildir), 3)
    assert.equal((await run('config', 'unset', 'keep')).code, 0)
    await world.sync()
    world.assertInStep()
    assert.equal(filesIn(world.server.maildir), 6)
  }
})

test('what stays is told, by the reason', async (t) => {
  const { world, run } = await makeFull(t, [
    ...account,
    letter(600, []),
    letter(700),
    letter(3, ['\\Seen'], 700),
  ])
  const beside = join(world.maildir, 'cur', '1000.beside:2,S')
  writeFileSync(beside, letter(500).bytes)
  utimesSync(beside, (Date.now() - 500 * dayMs) / 1000, (Date.now() - 500 * dayMs) / 1000)
  for (let i = 0; i < 2; i++) await world.sync()
  const done = await run('evict')
  assert.match(done.stdout, /3 messages left this disk/)
  assert.match(
    done.stdout,
    /\n4 messages older than keep says stay on this disk:\n {2}1 {2}flagged.*\n {2}1 {2}unread\n {2}1 {2}answered by newer mail\n {2}1 {2}put here by another program\n$/,
  )
})

test('where nothing can go by the settings, that is said before anything is dialled', async (t) => {
  const world = await makeWorld(t, { mail: account })
  const run = (...words: string[]) => world.command([...words, '--data', world.data])
  await world.sync()
  await world.kill('SIGTERM')
  for (const words of [['evict'], ['evict', '--dry-run']]) {
    const { code, stderr } = await run(...words)
    assert.equal(code, 3, stderr)
    assert.match(stderr, /none can leave this disk/)
    assert.match(stderr, /config set keep "90 days"/)
  }
  assert.equal((await run('config', 'set', 'evict', '0')).code, 0)
  assert.match(
    (await run('config', 'check')).stdout,
    /\nevict: keep says nothing but "all".* none can leave this disk\.\n/,
  )
  assert.equal((await run('config', 'set', 'keep', '90 days')).code, 0)
  assert.doesNotMatch((await run('config', 'check')).stdout, /can leave this disk/)
  assert.equal((await run('config', 'set', 'link.iridium.keep', 'all')).code, 0)
  assert.match((await run('config', 'check')).stdout, /on the link "iridium"/)
  for (const value of ['all', 'none', '0']) {
    const { code, stderr } = await run('config', 'set', 'diskBudget', value)
    assert.notEqual(code, 0)
    assert.match(stderr, /diskBudget.*a size like "2 GB"/)
  }
})

test('a folder in the place of the note is a problem with words, and no deletion', async (t) => {
  const { world, run } = await makeFull(t)
  assert.equal(lastEvent(await world.run(['evict']))['evicted'], 3)
  const note = join(world.maildir, 'packetboat-evicted')
  rmSync(note)
  mkdirSync(note)
  const { code, stderr } = await run('sync')
  assert.equal(code, 1, stderr)
  assert.match(stderr, /1 problem: the note of what has left this disk: .*isn't a regular file\./)
  rmSync(note, { recursive: true })
  await world.sync()
  assert.ok(existsSync(note))
  assert.equal(filesIn(world.server.maildir), 6)
})

test('by itself: the oldest first, until the mail here takes no more than it may', async (t) => {
  const { world, run } = await makeFull(t)
  await world.sync()
  const dryRun = ['evict', '--dry-run']
  const takes = Number(lastEvent(await world.run(dryRun))['bytesHere'])
  assert.equal(
    takes,
    account.reduce((sum, { bytes }) => sum + bytes.length, 0),
  )
  world.server.person.deliver(['INBOX'], letter(0).bytes)
  await world.sync()
  assert.equal((await run('config', 'set', 'diskBudget', `${takes} B`)).code, 0)
  assert.match(
    (await run(...dryRun)).stdout,
    new RegExp(`\nThe mail here takes \\d+ B, and diskBudget is ${takes} B.\n$`),
  )
  assert.equal((await world.sync())['evicted'], 1)
  assert.throws(() => world.person.find(['INBOX'], 'd800'))
  for (const daysOld of [0, 1, 2, 200, 400, 900]) world.person.find(['INBOX'], `d${daysOld}`)
  assert.equal(filesIn(world.server.maildir), 7)
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
