import assert from 'node:assert/strict'
import { appendFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { parsePairing, printPairing } from '../../../src/link/pairing.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** What keeps mail: the deletion guard, the conflict log, duplicates, synchronous expunges, devices that are lost. */

const mail = makeMail({ seed: 5, messages: 30, attachments: { share: 0, scale: 0.1 } }).map((message) => ({
  ...message,
  mailbox: ['INBOX'],
}))

const files = (maildir: string): string[] =>
  ['cur', 'new'].flatMap((folder) =>
    readdirSync(join(maildir, folder)).map((name) => join(maildir, folder, name)),
  )

test('an INBOX that is suddenly empty here stays full there, until somebody allows it by name', async (t) => {
  const world = await makeWorld(t, { mail })
  await world.sync()
  const before = files(world.server.maildir).length
  for (const file of files(world.maildir)) rmSync(file)
  const refused = await world.run(['sync'])
  assert.equal(refused.code, 10)
  assert.match(refused.stdout, /"GUARD"/)
  assert.match(refused.stdout, /--allow-expunge/)
  assert.equal(files(world.server.maildir).length, before)
  await world.sync(['--allow-expunge', 'INBOX'])
  assert.equal(files(world.server.maildir).length, 0)
})

test('what the guard holds back can be brought back instead', async (t) => {
  const world = await makeWorld(t, { mail })
  await world.sync()
  for (const file of files(world.maildir)) rmSync(file)
  assert.equal((await world.run(['sync'])).code, 10)
  const listed = lastEvent(await world.run(['conflicts']))
  const [conflict] = listed['conflicts'] as { number: number; kind: string }[]
  assert.equal(conflict?.kind, 'held-back')
  assert.equal((await world.run(['settle', String(conflict?.number), '--keep', 'both'])).code, 0)
  await world.sync()
  world.assertInStep()
})

test('a server whose INBOX was emptied by accident empties nothing here', async (t) => {
  const world = await makeWorld(t, { mail })
  await world.sync()
  const before = files(world.maildir).length
  for (const file of files(world.server.maildir)) rmSync(file)
  const refused = await world.run(['sync'])
  assert.equal(refused.code, 10)
  assert.match(refused.stdout, /30 of 30 messages have gone at the endpoint from INBOX/)
  assert.match(refused.stdout, /say so there, with its --data DIR: packetboat conflicts/)
  assert.doesNotMatch(refused.stdout, /To keep/)
  assert.equal(files(world.maildir).length, before)
  await world.sync(['--allow-expunge', '*'])
  assert.equal(files(world.maildir).length, 0)
})

test('what a server has lost comes back from a device, when somebody says so on the endpoint', async (t) => {
  const world = await makeWorld(t, { mail })
  await world.sync()
  const before = files(world.maildir).length
  for (const file of files(world.server.maildir)) rmSync(file)
  assert.equal((await world.run(['sync'])).code, 10)
  const onEndpoint = (...args: string[]) => world.command([...args, '--data', world.server.data, '--json'])
  const { conflicts } = lastEvent(await onEndpoint('conflicts'))
  const [conflict] = conflicts as { number: number; kind: string }[]
  assert.equal(conflict?.kind, 'held-back')
  const settle = ['settle', String(conflict?.number), '--keep', 'both']
  const help = await world.command(['sync', '--help'])
  assert.doesNotMatch(help.stdout, /default: \[\]/)
  assert.equal((await onEndpoint(...settle, '--account', 'nobody')).code, 1)
  assert.equal((await onEndpoint(...settle, '--account', 'me')).code, 0)
  await world.sync()
  await world.sync()
  assert.equal(files(world.server.maildir).length, before)
  world.assertInStep()
  assert.deepEqual(lastEvent(await onEndpoint('conflicts'))['conflicts'], [])
})

test('exact duplicates are reported, and folded into one with the flags of all', async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 5) })
  await world.sync()
  const { person } = world
  const [first] = person.list(['INBOX'])
  assert.ok(first)
  person.flag(person.copy(first, ['INBOX']))
  person.setLetters(person.copy(first, ['INBOX']), 'R')
  await world.sync()
  const report = lastEvent(await world.run(['duplicates']))
  assert.deepEqual(
    (report['sets'] as { copies: number }[]).map(({ copies }) => copies),
    [3],
  )
  assert.equal(lastEvent(await world.run(['duplicates', 'INBOX', '--fold', '--yes']))['folded'], 2)
  await world.sync()
  world.assertInStep()
  assert.equal(files(world.server.maildir).length, 5)
  assert.ok(files(world.server.maildir).some((file) => /:2,[A-Z]*F[A-Z]*R/.test(file)))
})

for (const keep of ['here', 'there', 'both'])
  test(`a message that was moved to two places is settled afterwards: ${keep}`, async (t) => {
    const world = await makeWorld(t, { mail: mail.slice(0, 3) })
    const other = await world.addClient('phone')
    world.server.person.makeMailbox(['X'])
    world.server.person.makeMailbox(['Y'])
    await world.sync()
    await other.sync()
    const { name } = other.person.list(['INBOX'])[0] ?? { name: '' }
    const subject = /^Subject: (.*)$/m.exec(
      Buffer.from(other.person.read({ mailbox: ['INBOX'], folder: 'cur', name })).toString(),
    )?.[1]
    world.person.moveAsMv(world.person.find(['INBOX'], subject ?? ''), ['X'])
    other.person.moveAsMv({ mailbox: ['INBOX'], folder: 'cur', name }, ['Y'])
    await world.sync()
    await other.sync()
    const { conflicts } = lastEvent(await other.run(['conflicts']))
    const [conflict] = conflicts as { number: number; kind: string; here: string; there: string }[]
    assert.equal(conflict?.kind, 'moved-apart')
    assert.match(`${conflict?.here} ${conflict?.there}`, /\(Y.*\(X/)
    assert.equal((await other.run(['settle', String(conflict?.number), '--keep', keep])).code, 0)
    await other.sync()
    await world.sync()
    for (const client of [world, other]) client.assertInStep()
    const left = ['.X', '.Y'].map((folder) => files(join(world.maildir, folder)).length)
    assert.deepEqual(left, { here: [0, 1], there: [1, 0], both: [1, 1] }[keep])
    assert.deepEqual(lastEvent(await other.run(['conflicts']))['conflicts'], [])
  })

test('with synchronous expunges a message stays here, marked, until the endpoint has confirmed', async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 5) })
  appendFileSync(join(world.data, 'client.toml'), '\n[mailbox.INBOX]\nexpunge = "synchronous"\n')
  await world.sync()
  await world.kill('SIGTERM')
  const gone = files(world.maildir)[0] ?? ''
  rmSync(gone)
  assert.equal((await world.run(['sync', '--give-up-after', '0'])).code, 5)
  assert.equal((await world.status())['messages'], 5)
  await world.run(['sync', '--give-up-after', '0'])
  const marked = files(world.maildir).filter((file) => /:2,[A-Z]*T/.test(file))
  assert.equal(marked.length, 1)
  assert.equal(files(world.maildir).length, 5)
  await world.restart()
  await world.sync()
  assert.equal(files(world.maildir).length, 4)
  world.assertInStep()
})

test('a device that is lost is waited for no more, and is told everything when it comes back', async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 8) })
  await world.sync()
  const other = await world.addClient('phone')
  await other.sync()
  rmSync(files(world.server.maildir)[0] ?? '')
  await world.sync()
  await world.sync()
  const list = async (): Promise<string> =>
    (await world.command(['device', 'list', '--data', world.server.data])).stdout
  assert.match(await list(), /asked last .*, holds back 1 expunge$/m)
  assert.equal((await world.command(['device', 'lost', 'phone', '--data', world.server.data])).code, 0)
  assert.match(await list(), /declared lost/)
  await world.sync()
  assert.doesNotMatch(await list(), /holds back/)
  assert.equal((await other.sync())['healed'], 'forgotten')
  await other.sync()
  other.assertInStep()
  const aside = lastEvent(await other.run(['expunged']))
  assert.equal((aside['messages'] as unknown[]).length, 1)
  assert.equal((await other.run(['expunged', '--restore', 'all'])).code, 0)
  await other.sync()
  await other.sync()
  other.assertInStep()
  assert.equal(files(world.server.maildir).length, 8)
})

test('nobody waits for a revoked device, and the list says which name of a device it has left behind', async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 8) })
  const other = await world.addClient('phone')
  await world.sync()
  await other.sync()
  const device = async (...args: string[]): Promise<string> =>
    (await world.command(['device', ...args, '--data', world.server.data])).stdout
  const complete = await device('list')
  assert.equal(complete.match(/was sent everything|has heard of everything/g)?.length, 2, complete)
  // The laptop's database is lost: it comes under another name.
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(world.data, `replica.db${suffix}`), { force: true })
  await world.sync()
  const without = await device('list')
  assert.equal(
    without.match(/^\t/gm)?.length,
    2,
    `the database before isn't shown while nothing waits for it: ${without}`,
  )
  rmSync(files(world.server.maildir)[0] ?? '')
  for (let run = 0; run < 2; run++) await world.sync()
  const [, former] = /device lost (\w+)\)/.exec(await device('list')) ?? []
  assert.ok(former)
  assert.equal((await device('list')).match(/holds back 1 expunge/g)?.length, 2)
  await device('lost', former)
  assert.match(await device('revoke', 'phone'), /nothing is kept for it/)
  assert.doesNotMatch(await device('list'), /holds back/)
  await world.sync()
  const revoked = await other.run(['sync', '--give-up-after', '0'])
  assert.equal(revoked.code, 6)
})

test('databases that are deleted on either side cost no mail and no second transfer', async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 10) })
  const first = await world.sync()
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(world.data, `replica.db${suffix}`), { force: true })
  const again = await world.sync()
  world.assertInStep()
  assert.equal(`${again['matched']} ${again['uploaded']}`, '10 0')
  assert.match(String(again['summary']), /10 matched/)
  assert.doesNotMatch(String(again['summary']), /sent/)
  assert.ok(Number(again['down']) < Number(first['down']) / 3, `${again['down']} of ${first['down']}`)
  await world.kill('SIGTERM')
  rmSync(join(world.server.data, 'accounts'), { recursive: true })
  await world.restart()
  const healed = await world.sync()
  assert.equal(healed['healed'], 'endpoint')
  await world.sync()
  world.assertInStep()
  assert.ok(Number(healed['down']) < Number(first['down']) / 3, `${healed['down']} of ${first['down']}`)
})

test('a new pairing string that leads to another account or endpoint is refused until somebody says that both belong together', async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 6) })
  await world.sync()
  const elsewhere = await makeWorld(t, { mail: mail.slice(6, 9) })
  const pair = async ({ address, server }: typeof world, name: string): Promise<string> =>
    (
      await world.command(['device', 'add', 'me', name, '--data', server.data, '--address', address])
    ).stdout.trim()
  const strange = await pair(elsewhere, 'strange')
  const { account: _, ...there } = parsePairing(strange)
  const other = await world.run(['init', printPairing({ ...there, account: 'you' }), '--force'])
  assert.equal(`${other.code} ${lastEvent(other)['code']}`, '7 WRONG_ENDPOINT')
  await world.sync()

  assert.equal((await world.run(['init', strange, '--force'])).code, 0)
  for (let run = 0; run < 2; run++) {
    const refused = await world.run(['sync'])
    assert.equal(`${refused.code} ${lastEvent(refused)['code']}`, '7 WRONG_ENDPOINT')
  }
  assert.equal(files(elsewhere.server.maildir).length, 3)
  assert.equal(files(world.maildir).length, 6)
  // A new pairing string for the endpoint that it had needs no --merge.
  assert.equal((await world.run(['init', await pair(world, 'new'), '--force'])).code, 0)
  await world.sync()
  world.assertInStep()

  assert.equal((await world.run(['init', strange, '--force', '--merge'])).code, 0)
  assert.equal((await world.sync())['healed'], 'endpoint')
  await world.sync()
  assert.equal(files(elsewhere.server.maildir).length, 9)
})

test('the list of conflicts has the newest figures, one entry for all that went up again, and settles each once', async (t) => {
  const world = await makeWorld(t, { mail: mail.slice(0, 14) })
  await world.sync()
  type Entry = { number: number; kind: string; detail?: string }
  const list = async (): Promise<Entry[]> => lastEvent(await world.run(['conflicts']))['conflicts'] as Entry[]
  for (const file of files(world.maildir).slice(0, 11)) rmSync(file)
  assert.equal((await world.run(['sync'])).code, 10)
  rmSync(files(world.maildir)[0] ?? '')
  assert.equal((await world.run(['sync'])).code, 10)
  assert.deepEqual(
    (await list()).map(({ detail }) => detail),
    ['12 of 14 gone here'],
  )
  assert.equal((await world.run(['settle', '1', '--keep', 'both'])).code, 0)
  const twice = await world.run(['settle', '1', '--keep', 'both'])
  assert.equal(`${twice.code} ${lastEvent(twice)['code']}`, '2 USAGE')
  await world.sync()
  world.assertInStep()

  // The endpoint's mail and database are lost for good: all of it goes up again.
  await world.kill('SIGTERM')
  rmSync(join(world.server.data, 'accounts'), { recursive: true })
  for (const file of files(world.server.maildir)) rmSync(file)
  await world.restart()
  assert.equal((await world.sync())['healed'], 'endpoint')
  await world.sync()
  world.assertInStep()
  assert.deepEqual(
    (await list()).map(({ kind, detail }) => `${kind} ${detail}`),
    ['healed endpoint', 'sent-again 14 messages'],
  )
})
