import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { letter } from '../../world/letter.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** How many files a mailbox's folder has. */
const filesIn = (folder: string): number =>
  ['cur', 'new'].reduce((sum, name) => sum + readdirSync(join(folder, name)).length, 0)

test('what happens to folders on disks deletes nothing on the other side', async (t) => {
  const world = await makeWorld(t, { mail: makeMail({ seed: 3, messages: 6, attachments: { share: 0 } }) })
  for (const name of ['Bigger', 'Renamed', 'Bare']) {
    for (const part of ['cur', 'new', 'tmp'])
      mkdirSync(join(world.server.maildir, `.${name}`, part), { recursive: true })
    for (let i = 0; i < 3; i++) world.server.person.deliver([name], letter(`${name}${i}`))
  }
  await world.sync()
  // Moved to a bigger disk; renamed with a file manager; put back from a backup that keeps no empty folders.
  renameSync(join(world.maildir, '.Bigger'), join(world.root, 'bigger'))
  symlinkSync(join(world.root, 'bigger'), join(world.maildir, '.Bigger'))
  renameSync(join(world.maildir, '.Renamed'), join(world.maildir, '.R&D'))
  const bare = join(world.maildir, '.Bare')
  for (const name of readdirSync(join(bare, 'cur')))
    renameSync(join(bare, 'cur', name), join(bare, 'new', name.replace(/:2,.*/, '')))
  rmdirSync(join(bare, 'cur'))
  rmdirSync(join(bare, 'tmp'))
  await world.sync()
  await world.sync()
  const there = world.server.maildir
  assert.deepEqual(
    ['.Bigger', '.R&-D', '.Bare'].map((name) => filesIn(join(there, name))),
    [3, 3, 3],
  )
  assert.ok(!readdirSync(there).includes('.Renamed'))
  world.server.person.deliver(['Bigger'], letter('more'))
  await world.sync()
  assert.equal(filesIn(join(world.root, 'bigger')), 4)
})

test('pipes and folders among the mail of either side hold nothing up', async (t) => {
  const world = await makeWorld(t, { mail: makeMail({ seed: 4, messages: 3, attachments: { share: 0 } }) })
  await world.sync()
  for (const root of [world.maildir, world.server.maildir]) {
    for (let i = 0; i < 5; i++) execFileSync('mkfifo', [join(root, 'cur', `17000005${i}.pipe.host:2,S`)])
    mkdirSync(join(root, 'cur', '3f'))
  }
  world.server.person.deliver(['INBOX'], letter('down'))
  world.person.deliver(['INBOX'], letter('up'))
  const { problems } = await world.sync()
  assert.equal(problems, 0)
  assert.equal((await world.status())['problems'], 0)
  // Named where they lie, and told to nobody else.
  const named = lastEvent(await world.run(['problems']))['problems'] as Record<string, unknown>[]
  assert.equal(named.length, 6)
  assert.ok(
    named.every(
      ({ side, harmless, reason }) => side === 'here' && harmless && /isn't a reg/.test(`${reason}`),
    ),
  )
  const there = await world.command(['problems', '--data', world.server.data])
  assert.match(there.stdout, /INBOX: 3f .*\n.*isn't a regular file.* It holds no mail and is left alone\./)
  for (const root of [world.maildir, world.server.maildir]) {
    const texts = readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /(?:cur|new)$/.test(entry.path))
      .map(({ path, name }) => readFileSync(join(path, name), 'latin1'))
    assert.ok(['up', 'down'].every((subject) => texts.some((text) => text.includes(`Subject: ${subject}`))))
  }
})

test('a tree of folders within folders is kept in step, and serve --check says what takes no part', async (t) => {
  const world = await makeWorld(t, { mail: makeMail({ seed: 5, messages: 2, attachments: { share: 0 } }) })
  for (const folder of ['Work', 'Work/Sub'])
    for (const name of ['cur', 'new', 'tmp'])
      mkdirSync(join(world.maildir, folder, name), { recursive: true })
  writeFileSync(join(world.maildir, 'Work', 'Sub', 'new', '1.a.h'), letter('deep'))
  await world.sync()
  assert.equal(filesIn(join(world.server.maildir, '.Work.Sub')), 1)
  world.server.person.deliver(['Work'], letter('down'))
  await world.sync()
  assert.equal(filesIn(join(world.maildir, 'Work')), 1)
  mkdirSync(join(world.server.maildir, 'cur', '3f'))
  const checked = await world.command(['serve', '--check', '--data', world.server.data])
  assert.match(
    checked.stdout,
    /a Maildir with \d+ messages in \d+ mailboxes\.\n +left alone: INBOX, 3f: .* isn't a regular file/,
  )
})

test('a field name with a quarter of a megabyte of spaces before its colon holds no other mail up', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  const odd = Buffer.from(`X-Odd${' '.repeat(200_000)}: 1\nSubject: odd\n\nIt is.\n`)
  world.server.person.deliver(['INBOX'], odd)
  world.server.person.deliver(['INBOX'], letter('down'))
  world.person.deliver(['INBOX'], letter('up'))
  const { problems } = await world.sync()
  assert.equal(problems, 0)
  assert.deepEqual([world.maildir, world.server.maildir].map(filesIn), [3, 3])
  await world.run(['fetch', '--all'])
  await world.sync()
  world.assertInStep()
})
