import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { binary } from '../../world/process/terminal.js'
import { makeWorld } from '../../world/process/world.js'

test('bash completes the names of this machine, and runs nothing that stands in one', async (t) => {
  const [first, second] = makeMail({ seed: 7, messages: 2, attachments: { share: 0 } })
  const bad = 'Work $(touch PWNED) `touch PWNED` *'
  const world = await makeWorld(t, {
    mail: [
      { ...first!, mailbox: [bad] },
      { ...second!, mailbox: ['Two words'] },
    ],
  })
  await world.sync()
  const bin = join(world.root, 'bin')
  mkdirSync(bin)
  symlinkSync(binary, join(bin, 'packetboat'))
  const script = join(world.root, 'completion')
  writeFileSync(script, (await world.command(['completion', 'bash'])).stdout)
  const offered = (words: readonly string[], data = world.data): string[] => {
    const shell = `source "$1"; shift; COMP_WORDS=(packetboat "$@"); COMP_CWORD=$#; _packetboat; printf "%s\\n" "\${COMPREPLY[@]}"`
    const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', shell, 'bash', script, ...words], {
      encoding: 'utf8',
      cwd: world.root,
      env: {
        PATH: `${bin}:${process.env['PATH']}`,
        HOME: join(world.root, 'home'),
        PACKETBOAT_DATA: data,
      },
    })
    assert.equal(status, 0, stderr)
    assert.equal(stderr, '')
    return stdout.trimEnd().split('\n').sort()
  }
  assert.deepEqual(offered(['list', 'T']), ['Two words'])
  assert.deepEqual(offered(['sync', 'Wo']), [bad])
  assert.ok(offered(['sync', '']).includes('INBOX'))
  assert.ok(!offered(['sync', '-']).includes('INBOX'))
  assert.deepEqual(offered(['sync', '--link', 'ir']), ['iridium'])
  assert.deepEqual(offered(['sync', '-a', '']), ['default'])
  assert.deepEqual(offered(['waiting', '--take', '']), [''], 'nothing waits')
  const { server } = world
  assert.deepEqual(offered(['device', 'revoke', 'l'], server.data), ['laptop'])
  assert.ok(offered(['account', 'show', ''], server.data).includes('me'))
  assert.deepEqual(offered(['fetch', 'x'], join(world.root, 'nothing')), [''], 'nothing is set up')
  assert.ok(!existsSync(join(world.root, 'nothing')), 'and nothing is made')
  assert.ok(!existsSync(join(world.root, 'PWNED')))
})
