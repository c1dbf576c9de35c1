import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { printPairing } from '../../../src/link/pairing.js'
import { eventsOf } from '../../world/process/program.js'
import { makeWorld, type World } from '../../world/process/world.js'

/** Runs a command that must fail, and gives its error: JSON, a code, a message and a next step. */
async function failing(world: Pick<World, 'run'>, args: string[]) {
  const { code, stdout } = await world.run(args)
  const error = eventsOf(stdout).find(({ event }) => event === 'error') as
    | { code: string; message: string; next: string }
    | undefined
  assert.ok(error, `no error in ${stdout}`)
  assert.ok(error.message.length > 10 && error.next.length > 10, 'says what happened and what to do')
  return { exit: code, ...error }
}

const secret = new Uint8Array(32).fill(7)
/** It lost a digit of its port. */
const cut = printPairing({
  via: 'psk',
  deviceId: '0123456789abcdef',
  secret,
  host: '127.0.0.1',
  port: 4190,
}).slice(0, -1)

test('wrong words on the command line end with 2', async (t) => {
  const world = await makeWorld(t)
  for (const args of [
    ['sink'],
    ['sync', '--colour'],
    ['init', 'packetboat+psk://nonsense'],
    ['init', cut],
    ['init'],
    ['fetch'],
    ['sync', '--wait', 'soon'],
  ]) {
    const { exit, code } = await failing(world, args)
    assert.equal(`${exit} ${code}`, '2 USAGE', args.join(' '))
  }
})

test('what is asked for by a name that nothing has is refused in words, and makes nothing', async (t) => {
  const world = await makeWorld(t)
  await world.sync()
  for (const args of [
    ['sync', 'Nix'],
    ['sync', '--allow-expunge', 'Nix'],
    ['settle', '1', '--keep', 'both'],
    ['duplicates', 'NoSuch', '--fold', '--yes'],
    ['expunged', '--restore', '../client.toml'],
    ['conflicts', '--account', 'nobody'],
    ['device', 'list'],
    ['device', 'list', 'nobody'],
    ['device', 'lost', 'nobody'],
  ]) {
    const { exit, code } = await failing(world, args)
    assert.equal(`${exit} ${code}`, '1 NOT_FOUND', args.join(' '))
  }
  for (const pattern of ['N*', 'inbox', '!Nix']) await world.sync([pattern])
  assert.ok(!existsSync(join(world.data, 'devices.db')))
  for (const args of [
    ['settle', 'one', '--keep', 'both'],
    ['settle', '1'],
    ['settle', '1', '--keep', 'neither'],
    ['duplicates', '--fold'],
  ])
    assert.equal((await failing(world, args)).exit, 2, args.join(' '))
})

test('a data directory without a client, and settings that make no sense, end with 3 and name the file', async (t) => {
  const world = await makeWorld(t)
  const empty = join(world.root, 'empty')
  const elsewhere = { run: () => world.command(['sync', '--data', empty, '--json']) }
  assert.equal((await failing(elsewhere, [])).exit, 3)
  const settings = join(world.data, 'client.toml')
  const good = readFileSync(settings, 'utf8').replace(/^mailboxes = .*\n/m, '')
  for (const bad of [
    `${good}\nattachment = "5k"\n`,
    `${good}\nattachments = "huge"\n`,
    `${good}\nmailboxes = "INBOX"\n`,
    `${good}\n[mailbox."X/*"]\nexpunge = "never"\n`,
    'endpoint = [',
  ]) {
    writeFileSync(settings, bad)
    const { exit, message } = await failing(world, ['status'])
    assert.equal(exit, 3, bad)
    assert.match(message, /client\.toml/)
    if (bad.includes('never')) assert.match(message, /expunge.*synchronous.*"X\/\*"/)
  }
})

test('an endpoint that does not answer ends with 5, one that is no endpoint with 7 or 6, and a revoked device with 6', async (t) => {
  const world = await makeWorld(t)
  await world.sync()
  const before = world.compare()
  const html = createServer((_, response) => response.end('<html>hello</html>'))
  await new Promise<void>((done) => html.listen(0, '127.0.0.1', done))
  t.after(() => html.close())
  const { port } = html.address() as AddressInfo
  const settings = join(world.data, 'client.toml')
  const good = readFileSync(settings, 'utf8')
  // As a person does who changes the address: without the checksum.
  const at = (wrong: number): string =>
    good.replace(/\.[\w-]{4}@/, '@').replace(/:\d+(?=[,"'/])/, `:${wrong}`)
  writeFileSync(settings, at(1))
  assert.equal((await failing(world, ['sync', '--give-up-after', '0'])).exit, 5)
  writeFileSync(settings, at(port))
  assert.ok([5, 6, 7].includes((await failing(world, ['sync', '--give-up-after', '0'])).exit ?? 0))
  writeFileSync(settings, good)
  await world.command(['device', 'revoke', 'laptop', '--data', world.server.data])
  assert.equal((await failing(world, ['sync', '--give-up-after', '0'])).exit, 6)
  assert.deepEqual(world.compare(), before, 'nothing was lost')
})

test('a database that is no database ends with 9 and leaves the mail alone; starting over brings both sides together', async (t) => {
  const world = await makeWorld(t)
  await world.sync()
  writeFileSync(
    join(world.data, 'replica.db'),
    'this is not a database, and much longer than a header would be'.repeat(100),
  )
  for (const suffix of ['-wal', '-shm']) {
    const path = join(world.data, `replica.db${suffix}`)
    if (existsSync(path)) writeFileSync(path, '')
  }
  assert.equal((await failing(world, ['sync'])).exit, 9)
  assert.ok(world.compare().equalButForStandIns)
  const pairing =
    /endpoint = "([^"]+)"/.exec(readFileSync(join(world.data, 'client.toml'), 'utf8'))?.[1] ?? ''
  await world.run(['init', pairing, '--again'])
  await world.sync()
  await world.sync()
  assert.ok(world.compare().equalButForStandIns)
})

test('a Maildir that is gone, here or there, ends with 8 or in words, and expunges nothing on the other side', async (t) => {
  const world = await makeWorld(t)
  await world.sync()
  renameSync(world.maildir, `${world.maildir}.away`)
  assert.equal((await failing(world, ['sync'])).exit, 8)
  renameSync(`${world.maildir}.away`, world.maildir)
  assert.ok(world.compare().equalButForStandIns)
  renameSync(world.server.maildir, `${world.server.maildir}.away`)
  assert.notEqual((await world.run(['sync', '--give-up-after', '0'])).code, 0)
  renameSync(`${world.server.maildir}.away`, world.server.maildir)
  await world.sync()
  assert.ok(world.compare().equalButForStandIns)
})

test('a mailbox with a hostile name on the server arrives as one folder inside the tree', async (t) => {
  const world = await makeWorld(t)
  for (const name of ['cur', 'new', 'tmp'])
    mkdirSync(join(world.server.maildir, '.&AC4-&AC4-&AC8-&AC4-&AC4-&AC8-etc', name), { recursive: true })
  await world.sync()
  assert.ok(world.compare().equalButForStandIns)
  const { stdout } = await world.run(['mailboxes', '--json'])
  assert.match(stdout, /\.\.\/\.\.\/etc/)
})
