import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
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

test('what stands in the place of a folder is said, nothing goes, and all is well once it has been moved away', async (t) => {
  const world = await makeWorld(t, { mail: makeMail({ seed: 6, messages: 2, attachments: { share: 0 } }) })
  const there = world.server.maildir
  for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(there, '.Odd', part), { recursive: true })
  for (let i = 0; i < 3; i++) world.server.person.deliver(['Odd'], letter(`odd${i}`))
  await world.sync()
  const aside = join(world.root, 'aside')
  const makes: Record<string, (path: string) => unknown> = {
    'a named pipe': (path) => execFileSync('mkfifo', [path]),
    'a file': (path) => writeFileSync(path, 'odd'),
  }
  let sent = 0
  for (const [what, make] of Object.entries(makes))
    for (const place of ['cur', 'new', 'tmp', '.']) {
      const path = join(world.maildir, '.Odd', place)
      renameSync(path, aside)
      make(path)
      world.server.person.deliver(['Odd'], letter(`late${++sent}`))
      assert.equal((await world.run(['sync'])).code, 1, `${what} as ${place}`)
      const problems = lastEvent(await world.run(['problems']))['problems'] as Record<string, unknown>[]
      const texts = problems.map(({ reason, next }) => `${reason} ${next}`)
      assert.ok(
        texts.some((text) => text.includes(`${path} is ${what}, and stands in the place of a folder.`)),
        texts.join('\n'),
      )
      for (const text of texts)
        assert.doesNotMatch(text, /fault in packetboat|ENOTDIR|create an empty folder/)
      assert.equal(filesIn(join(there, '.Odd')), 3 + sent)
      rmSync(path)
      renameSync(aside, path)
      await world.sync()
      assert.equal((await world.status())['problems'], 0)
      assert.equal(filesIn(join(world.maildir, '.Odd')), 3 + sent)
    }
})

test('status, problems, doctor and serve --check count the same, and a mailbox that can be neither read nor written once', async (t) => {
  const world = await makeWorld(t, { mail: makeMail({ seed: 8, messages: 2, attachments: { share: 0 } }) })
  await world.sync()
  const there = world.server.maildir
  const made = join(world.root, 'aside')
  renameSync(join(there, 'new'), made)
  execFileSync('mkfifo', [join(there, 'new')])
  mkdirSync(join(there, 'cur', '3f'))
  world.person.deliver(['INBOX'], letter('up'))
  assert.equal((await world.run(['sync'])).code, 1)
  assert.equal((await world.status())['problems'], 1)
  assert.equal((lastEvent(await world.run(['problems']))['problems'] as unknown[]).length, 1)
  const data = ['--data', world.server.data]
  const listed = await world.command(['problems', ...data])
  assert.equal(listed.stdout.match(/is a named pipe/g)?.length, 1)
  assert.match(listed.stdout, /\n1 problem\. What is left alone doesn't count\.\n$/)
  assert.match((await world.command(['doctor', ...data])).stdout, /: 1 problem: messages or mailboxes/)
  const checked = await world.command(['serve', '--check', ...data])
  assert.equal(checked.stdout.match(/can't take part: INBOX: .*new is a named pipe/g)?.length, 1)
})

test('a file in the place of the folder for what is expunged holds nothing else up, and one where a mailbox is to be made', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  for (let i = 0; i < 2; i++) world.server.person.deliver(['INBOX'], letter(`old${i}`))
  await world.sync()
  const [there, expunged] = [world.server.maildir, join(world.maildir, 'packetboat-expunged')]
  rmSync(expunged, { recursive: true, force: true })
  writeFileSync(expunged, 'odd')
  writeFileSync(join(world.maildir, '.Made'), 'odd')
  for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(there, '.Made', part), { recursive: true })
  world.server.person.deliver(['Made'], letter('made'))
  const folder = ['cur', 'new'].find((name) => readdirSync(join(there, name)).length > 0) ?? ''
  rmSync(join(there, folder, readdirSync(join(there, folder))[0] ?? ''))
  for (let i = 0; i < 3; i++) world.server.person.deliver(['INBOX'], letter(`new${i}`))
  assert.equal((await world.run(['sync'])).code, 1)
  assert.equal(filesIn(world.maildir), 5)
  const problems = lastEvent(await world.run(['problems']))['problems'] as Record<string, string>[]
  assert.deepEqual(problems.map(({ mailbox, reason }) => `${mailbox} ${reason}`).sort(), [
    `INBOX ${expunged} is a file, and stands in the place of a folder.`,
    `Made ${join(world.maildir, '.Made')} is a file, and stands in the place of a folder.`,
  ])
  rmSync(expunged)
  rmSync(join(world.maildir, '.Made'))
  await world.sync()
  assert.equal((await world.status())['problems'], 0)
  assert.deepEqual([filesIn(world.maildir), filesIn(join(world.maildir, '.Made'))], [4, 1])
  world.assertInStep()
})

test('a folder in the place of a file that goes with a mailbox is said to be that', async (t) => {
  const world = await makeWorld(t, { mail: makeMail({ seed: 7, messages: 2, attachments: { share: 0 } }) })
  await world.sync()
  for (const name of ['dovecot-uidlist', 'dovecot-keywords', 'subscriptions']) {
    const path = join(world.maildir, name)
    rmSync(path, { force: true })
    mkdirSync(path)
    assert.equal((await world.run(['sync'])).code, 1)
    const [problem] = lastEvent(await world.run(['problems']))['problems'] as Record<string, string>[]
    assert.match(
      `${problem?.['reason']} ${problem?.['next']}`,
      new RegExp(`${path} isn't a regular file. Move it away`),
    )
    rmdirSync(path)
    await world.sync()
    assert.equal((await world.status())['problems'], 0)
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
