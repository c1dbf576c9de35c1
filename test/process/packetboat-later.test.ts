import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeWorld } from './world.js'

test('a message that a mail program pipes puts what it lacks on the list', async (t) => {
  const world = await makeWorld(t, { mail: [] })
  const body = Buffer.alloc(30_000, 'never twice the same').toString('base64')
  world.server.person.deliver(
    ['INBOX'],
    [
      'From: a@example.org',
      'Subject: chart',
      'MIME-Version: 1.0',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      '',
      'See there.',
      '--b',
      'Content-Type: application/octet-stream; name=chart.bin',
      'Content-Transfer-Encoding: base64',
      '',
      body,
      '--b--',
      '',
    ].join('\n'),
  )
  writeFileSync(join(world.data, 'client.toml'), `attachments = "1 kB"\n`, { flag: 'a' })
  await world.sync()
  const bin = join(world.root, 'bin')
  mkdirSync(bin)
  writeFileSync(
    join(bin, 'packetboat'),
    `#!/bin/sh\nexec '${process.execPath}' '${join(process.cwd(), 'bin/packetboat')}' "$@"\n`,
  )
  chmodSync(join(bin, 'packetboat'), 0o755)
  const pipe = (input: Uint8Array | string) =>
    spawnSync('sh', ['contrib/mail-programs/packetboat-later', '--data', world.data], {
      input,
      encoding: 'utf8',
      env: { PATH: `${bin}:/usr/bin:/bin`, HOME: world.root },
    })
  const standIns = world.person
    .list(['INBOX'])
    .map((file) => world.person.read(file))
    .filter((bytes) => Buffer.from(bytes).includes('[To get it: packetboat fetch'))
  assert.ok(standIns.length > 0)
  const { stdout, status } = pipe(standIns[0] ?? '')
  assert.equal(status, 0)
  assert.match(stdout, /^\d+ parts? \(.*\) comes? with the next sync\.\n$/)
  assert.match(pipe('Subject: whole\n\nnothing\n').stdout, /^Nothing of this message is missing\.\n$/)
})
