import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { FixtureMessage } from '../../../fixtures/make-mail.js'
import { makeWorld } from '../../world/process/world.js'

/** What was found ashore, in a mailbox that any mail program shows, and what people do there. */

const dayMs = 86_400_000

function letter(subject: string, daysOld: number): FixtureMessage {
  const text = `From: Ann <ann@example.org>\nSubject: ${subject}\nMessage-ID: <${subject.replaceAll(' ', '-')}@example.org>\n\nThe dues of the harbour.\n`
  return {
    mailbox: ['INBOX'],
    flags: ['\\Seen'],
    internalDateMs: Date.now() - daysOld * dayMs,
    bytes: new TextEncoder().encode(text),
  }
}

interface File {
  readonly path: string
  readonly subject: string
  readonly isWhole: boolean
}

function filesOf(folder: string): File[] {
  const files = ['cur', 'new'].flatMap((name) =>
    existsSync(join(folder, name))
      ? readdirSync(join(folder, name)).map((each) => join(folder, name, each))
      : [],
  )
  return files
    .map((path) => {
      const text = readFileSync(path, 'utf8')
      const [, subject = ''] = /^Subject: (.*)$/m.exec(text) ?? []
      return { path, subject, isWhole: !text.includes('X-Packetboat-') }
    })
    .sort((a, b) => (a.subject < b.subject ? -1 : 1))
}

const subjectsOf = (folder: string): string[] => filesOf(folder).map(({ subject }) => subject)

const old = [200, 300, 400].map((daysOld) => `Dues ${daysOld}`)

async function makeKept(t: TestContext) {
  const world = await makeWorld(t, {
    mail: [letter('Dues new', 1), ...old.map((each, at) => letter(each, 200 + at * 100))],
  })
  const run = async (...words: string[]) => {
    const ran = await world.command([...words, '--data', world.data])
    assert.equal(ran.code, 0, ran.stderr)
    return ran.stdout
  }
  await run('config', 'set', 'keep', '90 days')
  await world.sync()
  assert.match(
    await run('search', '--ashore', 'dues', '--keep', 'dues'),
    /^Search\/dues will show what is found\.$/m,
  )
  await world.sync()
  const folder = join(world.maildir, '.Search.dues')
  const inbox = world.maildir
  const serverSubjects = (): string[] =>
    ['', ...readdirSync(world.server.maildir).filter((name) => name.startsWith('.'))].flatMap((name) =>
      subjectsOf(join(world.server.maildir, name)),
    )
  const move = ({ path }: File, to: string): void => {
    const [name = ''] = path.split('/').slice(-1)
    renameSync(path, join(to, 'cur', name.includes(':2,') ? name : `${name}:2,`))
  }
  return { world, run, folder, inbox, serverSubjects, move }
}

test('what was found is shown, and goes nowhere', async (t) => {
  const { world, run, folder, serverSubjects } = await makeKept(t)
  assert.deepEqual(subjectsOf(folder), old)
  assert.ok(filesOf(folder).every(({ isWhole }) => !isWhole))
  assert.match(await run('search', '--ashore', 'dues'), /^Search\/dues shows what was found\.$/m)
  for (let i = 0; i < 2; i++) await world.sync()
  assert.deepEqual(serverSubjects().sort(), [...old, 'Dues new'].sort())
  assert.ok(!readdirSync(world.server.maildir).some((name) => name.includes('Search')))
  assert.ok(!(await run('mailboxes')).includes('Search'))

  // Read and deleted, under another name.
  const [first, second] = filesOf(folder)
  renameSync(first?.path ?? '', `${first?.path.split(':2,')[0]}:2,FS`)
  rmSync(second?.path ?? '')
  await world.sync()
  assert.deepEqual(subjectsOf(folder), ['Dues 200', 'Dues 400'])
  renameSync(folder, join(world.maildir, '.Found'))
  await world.sync()
  assert.ok(!existsSync(folder))
  assert.ok(!readdirSync(world.server.maildir).includes('.Found'))
  assert.deepEqual(serverSubjects().sort(), [...old, 'Dues new'].sort())

  // Another database: it is nobody's mail still.
  const rows = readdirSync(world.data).filter((name) => name.startsWith('replica.db'))
  assert.ok(rows.length > 0)
  for (const name of rows) rmSync(join(world.data, name))
  for (let i = 0; i < 2; i++) await world.sync()
  assert.ok(!readdirSync(world.server.maildir).includes('.Found'))
  assert.deepEqual(serverSubjects().sort(), [...old, 'Dues new'].sort())
})

test('asked again it shows what is found now', async (t) => {
  const { world, run, folder } = await makeKept(t)
  const [first] = filesOf(folder)
  rmSync(first?.path ?? '')
  await run('search', '--ashore', 'dues', '--take', '2')
  await world.sync()
  assert.deepEqual(
    filesOf(folder).map(({ subject, isWhole }) => [subject, isWhole]),
    [
      ['Dues 300', true],
      ['Dues 400', false],
    ],
  )
  await run('search', '--ashore', 'dues', '--again')
  await world.sync()
  assert.deepEqual(subjectsOf(folder), ['Dues 200', 'Dues 400'])
})

test('what is moved out of it to a mailbox comes, and stands there', async (t) => {
  const { world, folder, inbox, serverSubjects, move } = await makeKept(t)
  world.person.makeMailbox(['Work'])
  const [home, away] = filesOf(folder)
  assert.ok(home && away)
  move(home, inbox)
  move(away, join(world.maildir, '.Work'))
  for (let i = 0; i < 3; i++) await world.sync()
  assert.deepEqual(
    filesOf(inbox).map(({ subject, isWhole }) => [subject, isWhole]),
    [
      ['Dues 200', true],
      ['Dues 300', true],
      ['Dues new', true],
    ],
  )
  assert.deepEqual(
    filesOf(join(world.maildir, '.Work')).map(({ subject, isWhole }) => [subject, isWhole]),
    [['Dues 300', true]],
  )
  assert.deepEqual(subjectsOf(folder), ['Dues 400'])
  assert.deepEqual(serverSubjects().sort(), ['Dues 200', 'Dues 300', 'Dues 300', 'Dues 400', 'Dues new'])
  assert.deepEqual(subjectsOf(join(world.server.maildir, '.Work')), ['Dues 300'])
})

test('mail that is moved into it goes back: its mailbox has not lost it', async (t) => {
  const { world, folder, inbox, serverSubjects, move } = await makeKept(t)
  const [mail] = filesOf(inbox)
  assert.ok(mail)
  move(mail, folder)
  writeFileSync(join(folder, 'new', 'strange'), 'Subject: Strange\n\nA draft.\n')
  for (let i = 0; i < 2; i++) await world.sync()
  assert.deepEqual(subjectsOf(inbox), ['Dues new', 'Strange'])
  assert.deepEqual(subjectsOf(folder), old)
  assert.deepEqual(serverSubjects().sort(), [...old, 'Dues new', 'Strange'].sort())
})

test('a mailbox of mail by that name is left alone', async (t) => {
  const world = await makeWorld(t, { mail: [letter('Dues new', 1), letter('Dues old', 300)] })
  const run = (...words: string[]) => world.command([...words, '--data', world.data])
  await run('config', 'set', 'keep', '90 days')
  await world.sync()
  for (const name of ['a/b', '', '../x', '.x']) {
    const ran = await run('search', '--ashore', 'dues', '--keep', name)
    assert.equal(ran.code, 2, name)
    assert.match(ran.stderr, /can't be the name of a mailbox here/)
  }
  const folder = join(world.maildir, '.Search.dues')
  for (const name of ['cur', 'new', 'tmp']) mkdirSync(join(folder, name), { recursive: true })
  await run('search', '--ashore', 'dues', '--keep', 'dues')
  await world.sync()
  await world.sync()
  assert.deepEqual(subjectsOf(folder), [])
  assert.ok(readdirSync(world.server.maildir).includes('.Search.dues'))
})
