import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FixtureMessage } from '../../../fixtures/make-mail.js'
import { maildirFolder } from '../../../fixtures/write-maildir.js'
import { needs } from '../../world/process/guide.js'
import { lastEvent } from '../../world/process/program.js'
import { type Client, makeWorld, type World } from '../../world/process/world.js'

/** What a window holds besides recent mail, with whole processes: old mail that somebody answers, and old mail that a person files here. */

const dayMs = 86_400_000

const text = (subject: string, answers?: string): string => {
  const answering =
    answers === undefined
      ? ''
      : `In-Reply-To: <${answers}@example.org>\nReferences: <${answers}@example.org>\n`
  return `From: ann@example.org\nTo: me@example.org\nSubject: ${subject}\nMessage-ID: <${subject}@example.org>\n${answering}\nThis is what ${subject} says.\n`
}

interface Old {
  readonly daysOld: number
  readonly answers?: string
  readonly in?: string
}

const letter = (subject: string, { daysOld, answers, in: mailbox = 'INBOX' }: Old): FixtureMessage => ({
  mailbox: [mailbox],
  flags: ['\\Seen'],
  internalDateMs: Date.now() - daysOld * dayMs,
  bytes: new TextEncoder().encode(text(subject, answers)),
})

/** By subject. Read without a trace: what a person has read lately stays. */
function textsIn({ person }: Pick<Client, 'person'>, mailbox: string): Map<string, string> {
  const texts = person.list([mailbox]).map(({ folder, name }) => {
    const path = join(maildirFolder(person.root, [mailbox]), folder, name)
    const { atime, mtime } = statSync(path)
    const text = readFileSync(path, 'utf8')
    utimesSync(path, atime, mtime)
    return text
  })
  return new Map(texts.map((each) => [/^Subject: (.*)$/m.exec(each)?.[1]?.trim() ?? '', each]))
}

const subjectsIn = (client: Pick<Client, 'person'>, mailbox: string): string[] =>
  [...textsIn(client, mailbox).keys()].sort()

async function set(client: Client, ...words: string[]): Promise<void> {
  const { code, stdout } = await client.run(['config', 'set', ...words])
  assert.equal(code, 0, stdout)
}

const account = [
  letter('other', { daysOld: 600 }),
  letter('first', { daysOld: 500, in: 'Archive' }),
  letter('second', { daysOld: 400, answers: 'first', in: 'Archive' }),
  letter('recent', { daysOld: 1 }),
]

/** A device that holds 90 days, after an answer to what is older. */
async function answered(t: Parameters<typeof makeWorld>[0]): Promise<World> {
  const world = await makeWorld(t, { mail: account, endpoint: 'process' })
  await set(world, 'keep', '90 days')
  await set(world, 'rule.old.olderThan', '90 days')
  await set(world, 'rule.old.come', 'text never')
  await world.sync()
  assert.deepEqual([subjectsIn(world, 'INBOX'), subjectsIn(world, 'Archive')], [['recent'], []])
  world.server.person.deliver(['INBOX'], text('third', 'second'))
  assert.equal((await world.sync())['listed'], 3)
  return world
}

test('an answer brings back what it answers, whose texts a rule leaves until somebody wants them', async (t) => {
  const world = await answered(t)
  assert.match(textsIn(world, 'INBOX').get('third') ?? '', /This is what third says/)
  assert.deepEqual(subjectsIn(world, 'Archive'), ['first', 'second'])
  for (const each of textsIn(world, 'Archive').values()) assert.doesNotMatch(each, /This is what/)
  assert.equal((await world.sync())['texts'], 0)
  const fetched = await world.run(['fetch', '--mailbox', 'Archive'])
  assert.equal(fetched.code, 0, fetched.stdout)
  assert.deepEqual(
    textsIn(world, 'Archive'),
    new Map([
      ['first', text('first')],
      ['second', text('second', 'first')],
    ]),
  )
  assert.match(
    (await world.command(['status', '--data', world.data])).stdout,
    /^1 message more \(\d+ B\) ashore/m,
  )
})

test('a mail program puts such a thread together before its older texts are here', {
  skip: needs('notmuch', '--version'),
}, async (t) => {
  const world = await answered(t)
  const config = join(world.root, 'notmuch-config')
  writeFileSync(config, `[database]\npath=${world.maildir}\n[user]\nname=Me\nprimary_email=me@example.org\n`)
  const notmuch = (...words: string[]): string =>
    execFileSync('notmuch', [`--config=${config}`, ...words], { encoding: 'utf8' })
  notmuch('new')
  const threads: unknown[] = JSON.parse(notmuch('search', '--format=json', 'subject:third'))
  assert.deepEqual(
    threads.map((each) => Object(each).total),
    [3],
  )
})

test('old mail that a person copies in from outside stays, here and at the endpoint, when other old mail leaves', async (t) => {
  const world = await makeWorld(t, { mail: account, endpoint: 'process' })
  await world.sync()
  await set(world, 'keep', '90 days')
  // From a backup that keeps times.
  const path = join(world.maildir, 'cur', '1600000000.backup:2,S')
  writeFileSync(path, text('mine'))
  const seconds = Date.now() / 1000 - 730 * 86_400
  utimesSync(path, seconds, seconds)
  for (let i = 0; i < 2; i++) await world.sync()
  assert.deepEqual(subjectsIn(world, 'INBOX'), ['mine', 'other', 'recent'])
  assert.deepEqual(subjectsIn(world.server, 'INBOX'), ['mine', 'other', 'recent'])

  assert.equal(lastEvent(await world.run(['evict']))['evicted'], 3)
  await set(world, 'evict', '0')
  await set(world, 'diskBudget', '1 B')
  await set(world, 'keep', '1 message')
  for (let i = 0; i < 2; i++) await world.sync()
  assert.deepEqual(subjectsIn(world, 'INBOX'), ['mine', 'recent'])
  assert.deepEqual(subjectsIn(world.server, 'INBOX'), ['mine', 'other', 'recent'])

  // It is theirs to delete, as before.
  rmSync(join(world.maildir, 'cur', world.person.find(['INBOX'], 'mine').name))
  for (let i = 0; i < 2; i++) await world.sync()
  assert.deepEqual(subjectsIn(world.server, 'INBOX'), ['other', 'recent'])
})

test('two devices of an account each hold what their own keep says, and what one lets go stays on the other', async (t) => {
  const world = await makeWorld(t, { mail: account, endpoint: 'process' })
  const phone = await world.addClient('phone')
  await world.sync()
  await set(phone, 'keep', '90 days')
  await phone.sync()
  assert.deepEqual([subjectsIn(phone, 'INBOX'), phone.person.mailboxes()], [['recent'], ['.Archive']])
  await set(phone, 'keep', '450 days')
  assert.equal((await phone.sync())['listed'], 2)
  assert.deepEqual(subjectsIn(phone, 'Archive'), ['first', 'second'])
  await set(phone, 'keep', '90 days')
  await phone.sync()
  assert.equal(lastEvent(await phone.run(['evict']))['evicted'], 2)

  // The other one reads what the first has let go, and both hear of new mail.
  world.person.flag(world.person.find(['INBOX'], 'other'))
  await world.sync()
  world.server.person.deliver(['INBOX'], text('new'))
  for (const device of [phone, world]) await device.sync()
  assert.deepEqual(subjectsIn(phone, 'INBOX'), ['new', 'other', 'recent'])
  assert.deepEqual(subjectsIn(phone, 'Archive'), [])
  world.assertInStep()
  assert.deepEqual(subjectsIn(world, 'Archive'), ['first', 'second'])
})
