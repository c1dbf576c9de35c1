import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { firstMail, makePerson, notNow } from './person.js'

test('what npm pack makes installs for an ordinary user without install scripts and without a registry, and syncs mail', {
  skip: notNow,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-pack-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, 0o755)
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 300_000,
  })
  const [{ filename, version }] = JSON.parse(packed) as [{ filename: string; version: string }]
  const person = makePerson(t, 54_321, 'prefix/bin')
  const prefix = join(person.home, 'prefix')
  const options = ['--global', '--prefix', prefix, '--ignore-scripts', '--offline']
  await person.succeeds('npm', ['install', ...options, join(folder, filename)])

  assert.equal((await person.succeeds('packetboat', ['--version'])).trim(), version)
  assert.match(await person.succeeds('packetboat', ['--help']), /^Usage: packetboat/)
  for (const page of ['man1/packetboat.1', 'man5/packetboat.toml.5'])
    assert.match(readFileSync(join(prefix, 'share/man', page), 'utf8'), /^\.TH /m)
  const script = await person.succeeds('packetboat', ['completion', 'bash'])
  await person.succeeds('bash', ['-n'], script)

  const data = join(person.home, 'endpoint')
  await firstMail(person, person, { data, serve: ['packetboat', 'serve', '--data', data] })
})
