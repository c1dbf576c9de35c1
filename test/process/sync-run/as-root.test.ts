import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { writeMaildir } from '../../../fixtures/write-maildir.js'
import { runProgram, startProgram } from '../../world/process/program.js'

const stranger = 4242
const notRoot = process.getuid?.() === 0 ? false : 'only root can be refused'

test('root may not serve or sync a Maildir of somebody else, and hears whose it is', {
  skip: notRoot,
}, async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-root-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const home = join(root, 'home')
  mkdirSync(join(home, 'tmp'), { recursive: true })
  const maildir = join(root, 'theirs')
  writeMaildir(maildir, [])
  execFileSync('chown', ['-R', `${stranger}:${stranger}`, maildir])
  const served = ['--data', join(root, 'e'), '--listen', '127.0.0.1:0', '--account', `me=maildir:${maildir}`]
  for (const args of [
    ['serve', ...served],
    ['serve', '--check', ...served],
  ]) {
    const { code, stderr } = await runProgram(args, { home })
    assert.equal(code, 3, stderr)
    assert.match(stderr, /runs as root, and .*theirs belongs to the user id 4242/)
    assert.match(stderr, /sudo -u '#4242' packetboat/)
  }
  // A client that would make one in somebody's home.
  const theirHome = join(root, 'their-home')
  mkdirSync(theirHome)
  chownSync(theirHome, stranger, stranger)
  const pairing = `packetboat+psk://0123456789abcdef:${'A'.repeat(43)}@127.0.0.1:1`
  const init = await runProgram(
    ['init', pairing, '--data', join(root, 'c'), '--maildir', join(theirHome, 'Maildir')],
    { home },
  )
  assert.equal(init.code, 3, init.stderr)
  assert.equal(existsSync(join(theirHome, 'Maildir')), false)
})

test('root over its own Maildir passes', { skip: notRoot }, async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-root-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const home = join(root, 'home')
  mkdirSync(join(home, 'tmp'), { recursive: true })
  writeMaildir(join(root, 'mail'), [])
  const program = startProgram(
    [
      'serve',
      '--data',
      join(root, 'e'),
      '--listen',
      '127.0.0.1:0',
      '--account',
      `me=maildir:${join(root, 'mail')}`,
    ],
    { home },
  )
  await program.said(/listens on/)
  assert.equal((await program.kill('SIGTERM')).code, 0)
})
