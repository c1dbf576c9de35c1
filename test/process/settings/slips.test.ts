import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { callProgram } from '../../world/process/call.js'
import { binary } from '../../world/process/terminal.js'
import { makeWorld } from '../../world/process/world.js'

const slips: readonly (readonly [args: readonly string[], exit: number, said: RegExp])[] = [
  [['sync', 'inbx'], 1, /no mailbox "inbx".*\n.*Did you mean "INBOX"\?/],
  [['list', 'inbix'], 1, /no mailbox "inbix".*\n.*Did you mean "INBOX"\?/],
  [['duplicates', 'inbix'], 1, /no mailbox "inbix".*\n.*Did you mean "INBOX"\?/],
  [['fetch', '--mailbox', 'inbix'], 1, /no mailbox "inbix".*\n.*Did you mean "INBOX"\?/],
  [['fetch', '--later', '--mailbox', 'Nope*'], 1, /no mailbox "Nope\*".*\n *packetboat mailboxes lists/],
  [['list', 'Xyz'], 1, /no mailbox "Xyz".*\n *packetboat mailboxes lists/],
  [['help', 'synk'], 2, /unknown command 'synk' \(Did you mean sync\?\)/],
  [['outbox', 'relase', 'x'], 2, /unknown command 'relase' \(Did you mean release\?\)/],
  [['outbox', 'xyzzy'], 2, /unknown command 'xyzzy'\.?\n.*packetboat help outbox explains/],
  [['waiting', 'inbox'], 2, /too many arguments for 'waiting'/],
  [['--verison'], 2, /unknown option '--verison' \(Did you mean --version\?\)/],
  [['status', '--jsno'], 2, /unknown option '--jsno' \(Did you mean --json\?\)/],
  [['sync', '--dry-rnu'], 2, /unknown option '--dry-rnu'\s*\(Did you mean --dry-run\?\)/],
  [['read'], 2, /packetboat help read explains/],
  [['config', 'set'], 2, /packetboat help config set explains/],
  [['fetch', '--under', '5zz'], 2, /packetboat help fetch explains/],
  [['init', '-', '--force'], 2, /There is no pairing string in what was given/],
  [['init', '@/', '--force'], 2, /\/ can't be read: it is a directory\./],
  [['init', '@/nowhere', '--force'], 2, /\/nowhere can't be read: there is no such file\./],
  [['status', '-c', '/'], 3, /\/ can't be read: it is a directory\./],
]

test('a slip on the command line is answered with what was probably meant', async (t) => {
  const world = await makeWorld(t)
  await world.sync()
  const answered = []
  for (const [args, , said] of slips) {
    const { code, stderr } = await world.command(
      args[0] === 'help' ? [...args] : [...args, '--data', world.data],
    )
    answered.push([args, code, said.test(stderr) ? said : stderr])
  }
  assert.deepEqual(answered, slips)
})

test('a device is paired for no address that it could not reach', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  for (const address of ['*:4190', 'mail.example.org', '::1:4190', 'me@host:4190', 'host/:4190', '']) {
    const args = ['device', 'add', 'me', 'other', '--address', address, '--data', world.server.data]
    const { code, stderr } = await world.command(args)
    assert.match(stderr, /isn't an address\.\n.*HOST:PORT, like 127\.0\.0\.1:4190 or \[::1\]:4190/, address)
    assert.equal(code, 2, address)
  }
  for (const address of ['[::1]:4190', 'münchen.example:4190', 'my_host:4190'])
    assert.equal(
      (
        await world.command([
          'device',
          'add',
          'me',
          `at ${address.replaceAll(/\W/g, '')}`,
          '--address',
          address,
          '--data',
          world.server.data,
        ])
      ).code,
      0,
    )
})

test('where nothing is set up, whatever only looks says so and makes nothing', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-nothing-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  for (const [line, exit, said] of [
    ['sync', 3, /No client is set up/],
    ['status', 3, /No client is set up/],
    ['fetch x', 3, /No client is set up/],
    ['list', 3, /No client is set up/],
    ['outbox', 3, /No client is set up/],
    ['links', 3, /No client is set up/],
    ['mailboxes', 3, /No client is set up/],
    ['evict', 3, /No client is set up/],
    ['schedule', 3, /No schedule is set/],
    ['usage', 0, /Nothing has been counted yet/],
    ['log', 0, /No run has done anything/],
    ['problems', 3, /No client is set up/],
    ['conflicts', 3, /No client is set up/],
    ['expunged', 3, /No client is set up/],
    ['device list', 1, /There is no endpoint in/],
    ['account list', 0, /There is no account yet/],
    ['config show', 0, /does not exist/],
    ['doctor', 1, /Nothing is set up/],
  ] as const) {
    const { code, stdout, stderr } = await callProgram(line.split(' '), { home })
    assert.match(`${stdout}${stderr}`, said, line)
    assert.equal(code, exit, line)
    assert.deepEqual(readdirSync(home), [], line)
  }
})

test('a pairing string that was damaged in the settings is found there, and does not keep a new one out', async (t) => {
  const world = await makeWorld(t)
  await world.sync()
  const file = join(world.data, 'client.toml')
  const good = readFileSync(file, 'utf8')
  const pairing = /^endpoint = "(.*)"$/m.exec(good)?.[1] ?? ''
  const run = (...args: string[]) => world.command([...args, '--data', world.data])
  for (const damaged of [pairing.slice(0, -3), pairing.replace('://', ':/')]) {
    writeFileSync(file, good.replace(pairing, damaged))
    const sync = await run('sync')
    assert.match(sync.stderr, /In the settings, endpoint is wrong\. This pairing string is incomplete/)
    assert.equal(sync.code, 3)
    const check = await run('config', 'check')
    assert.match(check.stderr, /client\.toml:\d+: endpoint: This pairing string is incomplete/)
    assert.equal(check.code, 3)
    assert.equal((await run('status')).code, 0)
    const anew = await run('init', pairing, '--force')
    assert.equal(anew.code, 0, anew.stderr)
    assert.equal((await run('sync')).code, 0)
  }
})

test('what is no Maildir is called what it is', async (t) => {
  const world = await makeWorld(t)
  await world.sync()
  const file = join(world.data, 'client.toml')
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^maildir = .*$/m, `maildir = "${file}"`))
  const { code, stderr } = await world.command(['sync', '--data', world.data])
  assert.match(stderr, /client\.toml is a file, and a Maildir is a directory\./)
  assert.equal(code, 8)
})

test('where no Maildir can be made, init says why', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  const pairing =
    /^endpoint = "(.*)"$/m.exec(readFileSync(join(world.data, 'client.toml'), 'utf8'))?.[1] ?? ''
  const [file, link] = [join(world.root, 'file'), join(world.root, 'link')]
  writeFileSync(file, '')
  symlinkSync(join(world.root, 'not-mounted'), link)
  mkdirSync(join(world.root, 'half'))
  writeFileSync(join(world.root, 'half/cur'), '')
  for (const [maildir, why] of [
    [file, /a file is in the way/],
    [join(file, 'Mail'), /a file is in the way/],
    [join(world.root, 'half'), /a file is in the way/],
    [link, /a link to a disk that is not mounted/],
  ] as const) {
    const data = join(world.root, 'other')
    const { code, stderr } = await world.command(['init', pairing, '--data', data, '--maildir', maildir])
    assert.match(stderr, why)
    assert.equal(code, 8)
  }
})

test('a folder that was deleted under the shell needs no more than whole paths', async (t) => {
  const world = await makeWorld(t)
  await world.sync()
  const gone = join(mkdtempSync(join(tmpdir(), 'packetboat-gone-')), 'folder')
  mkdirSync(gone)
  const line = `rmdir "${gone}"; exec "${process.execPath}" "${binary}" status --data "${world.data}"`
  const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: gone, encoding: 'utf8' })
  assert.equal(status, 0, stderr)
  assert.match(stdout, /Last synced/)
})
