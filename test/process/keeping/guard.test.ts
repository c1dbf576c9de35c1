import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type FixtureMessage, makeMail } from '../../../fixtures/make-mail.js'
import { lastEvent } from '../../world/process/program.js'
import { type Client, makeWorld } from '../../world/process/world.js'

/** The deletion guard where it is hard: many small mailboxes, mail that comes in meanwhile, moves, and the way back. */

const mailIn = (count: number, ...mailboxes: string[]): FixtureMessage[] =>
  makeMail({ seed: 5, messages: count, attachments: { share: 0, scale: 0.1 } }).map((message, index) => ({
    ...message,
    mailbox: [mailboxes[index % mailboxes.length] ?? 'INBOX'],
  }))

const files = (folder: string): string[] =>
  ['cur', 'new'].flatMap((each) => readdirSync(join(folder, each)).map((name) => join(folder, each, name)))

async function conflictsOf(client: Client, ...args: string[]): Promise<{ kind: string; settled?: string }[]> {
  const { conflicts } = lastEvent(await client.run(['conflicts', ...args]))
  return conflicts as { kind: string; settled?: string }[]
}

/** What stands at a mount point without its disk once Dovecot has been there. */
function unmount(maildir: string): () => void {
  renameSync(maildir, `${maildir}.disk`)
  for (const folder of ['cur', 'new', 'tmp']) mkdirSync(join(maildir, folder), { recursive: true })
  return () => {
    rmSync(maildir, { recursive: true })
    renameSync(`${maildir}.disk`, maildir)
  }
}

for (const side of ['client', 'server'] as const)
  test(`a ${side} with nothing left but an empty INBOX takes no mailbox with it, however small they are`, async (t) => {
    const world = await makeWorld(t, { mail: mailIn(24, 'INBOX', 'A', 'B', 'C') })
    await world.sync()
    const mount = unmount(side === 'client' ? world.maildir : world.server.maildir)
    const other = side === 'client' ? world.server.maildir : world.maildir
    for (let run = 0; run < 2; run++) assert.equal((await world.run(['sync'])).code, 10)
    for (const folder of ['', '.A', '.B', '.C']) assert.equal(files(join(other, folder)).length, 6, folder)
    // The person lets one mailbox go by name. The others stay guarded, though they have little left by now.
    assert.equal((await world.run(['sync', '--allow-expunge', 'A'])).code, 10)
    for (let run = 0; run < 2; run++) assert.equal((await world.run(['sync'])).code, 10)
    for (const folder of ['', '.B', '.C']) assert.equal(files(join(other, folder)).length, 6, folder)
    mount()
    await world.sync()
    await world.sync()
    for (const folder of ['', '.B', '.C']) assert.equal(files(join(other, folder)).length, 6, folder)
    world.assertInStep()
    if (side === 'client')
      assert.deepEqual(
        (await conflictsOf(world, '--all')).map(({ kind, settled }) => `${kind} ${settled}`),
        ['held-back both', 'held-back here', 'held-back both', 'held-back both'],
      )
  })

for (const side of ['client', 'server'] as const)
  test(`a ${side} whose INBOX is another folder than it was, with nothing in it, takes nothing with it, however little there was`, async (t) => {
    const world = await makeWorld(t, { mail: mailIn(3, 'INBOX', 'A', 'B') })
    await world.sync()
    const mount = unmount(side === 'client' ? world.maildir : world.server.maildir)
    const other = side === 'client' ? world.server.maildir : world.maildir
    for (let run = 0; run < 3; run++) {
      assert.equal((await world.run(['sync'])).code, 10)
      for (const folder of ['', '.A', '.B']) assert.equal(files(join(other, folder)).length, 1, folder)
    }
    mount()
    await world.sync()
    world.assertInStep()
    for (const folder of ['', '.A', '.B']) assert.equal(files(join(other, folder)).length, 1, folder)
  })

for (const side of ['client', 'server'] as const)
  test(`a ${side} whose Maildir is put back as it was earlier takes nothing of what has come since with it, however little that is`, async (t) => {
    const world = await makeWorld(t, { mail: mailIn(2, 'INBOX', 'A') })
    world.server.person.makeMailbox(['B'])
    await world.sync()
    const { maildir } = side === 'client' ? world : world.server
    const other = side === 'client' ? world.server.maildir : world.maildir
    cpSync(maildir, `${maildir}.backup`, { recursive: true })
    world.server.person.makeMailbox(['New'])
    for (const name of ['INBOX', 'A', 'B', 'New'])
      for (let i = 0; i < 5; i++) world.server.person.deliver([name], `Subject: ${name} ${i}\n\n${i}\n`)
    await world.sync()
    const counts = (): number[] =>
      ['', '.A', '.B', '.New'].map((name) => {
        const folder = join(other, name)
        return existsSync(folder) ? files(folder).length : 0
      })
    assert.deepEqual(counts(), [6, 6, 5, 5])
    // Both stand on the disk for a while, so that no folder gets the number of another one.
    renameSync(maildir, `${maildir}.later`)
    renameSync(`${maildir}.backup`, maildir)
    for (let run = 0; run < 3; run++) {
      assert.equal((await world.run(['sync'])).code, 10)
      assert.deepEqual(counts(), [6, 6, 5, 5])
    }
    // The person lets one mailbox go by name, and may have it back all the same.
    assert.equal((await world.run(['sync', '--allow-expunge', 'A'])).code, 10)
    assert.equal((await world.run(['sync'])).code, 10)
    assert.deepEqual(counts(), [6, 1, 5, 5])
    const there = ['--data', side === 'client' ? world.server.data : world.data, '--json']
    assert.equal((await world.command(['expunged', '--restore', 'all', ...there])).code, 0)
    await world.run(['sync'])
    assert.deepEqual(counts(), [6, 6, 5, 5])
    await world.sync(['--allow-expunge', '*'])
    await world.sync()
    assert.deepEqual(counts(), [1, 6, 0, 0])
    world.assertInStep()
    // All has been seen of these folders: what a person deletes from now on is deleted.
    const { person } = side === 'client' ? world : world.server
    for (const mail of person.list(['A'])) person.remove(mail)
    await world.sync()
    assert.deepEqual(counts(), [1, 0, 0, 0])
  })

test('a person who deletes all of a little mail is not asked', async (t) => {
  const world = await makeWorld(t, { mail: mailIn(3, 'INBOX') })
  await world.sync()
  for (const mail of world.person.list(['INBOX'])) world.person.remove(mail)
  await world.sync()
  assert.equal(files(world.server.maildir).length, 0)
})

test('what is held back stays so when mail that comes in makes the share smaller', async (t) => {
  const world = await makeWorld(t, { mail: mailIn(20, 'INBOX') })
  await world.sync()
  for (const file of files(world.maildir).slice(0, 15)) rmSync(file)
  assert.equal((await world.run(['sync'])).code, 10)
  for (let i = 0; i < 20; i++) world.server.person.deliver(['INBOX'], `Subject: new ${i}\n\n${i}\n`)
  for (let run = 0; run < 2; run++) assert.equal((await world.run(['sync'])).code, 10)
  assert.equal(files(world.server.maildir).length, 40)
  assert.equal((await conflictsOf(world)).length, 1)
  await world.sync(['--allow-expunge', 'INBOX'])
  assert.equal(files(world.server.maildir).length, 25)
  world.assertInStep()
  assert.deepEqual(await conflictsOf(world), [])
})

test('what another device let go stays held back here, however much mail comes in, until it is let go here too', async (t) => {
  const world = await makeWorld(t, { mail: mailIn(20, 'INBOX') })
  const other = await world.addClient('phone')
  await world.sync()
  await other.sync()
  for (const file of files(other.maildir)) rmSync(file)
  await other.sync(['--allow-expunge', 'INBOX'])
  assert.equal((await world.run(['sync'])).code, 10)
  for (let i = 0; i < 25; i++) world.server.person.deliver(['INBOX'], `Subject: new ${i}\n\n${i}\n`)
  for (let run = 0; run < 2; run++) assert.equal((await world.run(['sync'])).code, 10)
  assert.equal(files(world.maildir).length, 45)
  await world.sync(['--allow-expunge', 'INBOX'])
  assert.equal(files(world.maildir).length, 25)
  assert.deepEqual(await conflictsOf(world), [])
})

for (const side of ['client', 'server'] as const)
  test(`mail that is moved away on the ${side} before its mailbox is deleted is not gone`, async (t) => {
    const world = await makeWorld(t, { mail: mailIn(24, 'INBOX', 'A') })
    await world.sync()
    const { person } = side === 'client' ? world : world.server
    person.makeMailbox(['B'])
    for (const message of person.list(['A'])) person.moveAsMv(message, ['B'])
    person.deleteMailbox(['A'])
    const { down, up } = await world.sync()
    assert.ok(Number(down) + Number(up) < 3000, `${down} down, ${up} up`)
    world.assertInStep()
    assert.equal(files(join(world.maildir, '.B')).length, 12)
    assert.deepEqual(await conflictsOf(world), [])
  })

test('an endpoint that moves everything into Trash and then empties Trash empties no device', async (t) => {
  const world = await makeWorld(t, { mail: mailIn(24, 'INBOX', 'Work') })
  const { person } = world.server
  person.makeMailbox(['Trash'])
  await world.sync()
  for (const mailbox of [['INBOX'], ['Work']])
    for (const mail of person.list(mailbox)) person.moveAsMutt(mail, ['Trash'])
  await world.sync()
  assert.equal(files(join(world.maildir, '.Trash')).length, 24)
  for (const mail of person.list(['Trash'])) person.remove(mail)
  for (let run = 0; run < 2; run++) assert.equal((await world.run(['sync'])).code, 10)
  assert.equal(files(join(world.maildir, '.Trash')).length, 24)
  await world.sync(['--allow-expunge', 'Trash'])
  assert.equal(files(join(world.maildir, '.Trash')).length, 0)
  world.assertInStep()
  assert.equal((lastEvent(await world.run(['expunged']))['messages'] as unknown[]).length, 24)
})

test('nobody is asked about a Trash that is emptied every week, nor about an archive', async (t) => {
  const world = await makeWorld(t, { mail: [...mailIn(60, 'INBOX'), ...mailIn(30, 'Trash')] })
  const { person } = world.server
  person.makeMailbox(['Archive'])
  await world.sync()
  for (const mail of person.list(['INBOX']).slice(0, 40)) person.moveAsMutt(mail, ['Archive'])
  for (let week = 0; week < 2; week++) {
    for (const mail of person.list(['Archive']).slice(0, 12)) person.moveAsMutt(mail, ['Trash'])
    await world.sync()
    for (const mail of person.list(['Trash'])) person.remove(mail)
    await world.sync()
  }
  assert.equal(files(join(world.maildir, '.Trash')).length, 0)
  world.assertInStep()
})
