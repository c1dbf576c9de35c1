import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { describeRun, runProgram } from '../world/process/program.js'

const skip = spawnSync('systemd-analyze', ['--version']).error ? 'there is no systemd-analyze here' : false

test('systemd reads what service install writes, whatever the folders are called', { skip }, async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'packetboat units 100% $HOME-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const bin = join(home, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'systemctl'), '#!/bin/sh\n', { mode: 0o755 })
  const config = join(home, 'packet boat.toml')
  const pairing = `packetboat+psk://0123456789abcdef:${'A'.repeat(43)}@127.0.0.1:1`
  const client = `endpoint = "${pairing}"\nmaildir = "${join(home, 'Maildir')}"\n`
  const schedule = '[schedule.morning]\nat = "30 6 * * *"\n'
  const endpoint = `[accounts]\nme = "maildir:${join(home, 'Maildir')}2"\n`
  for (const [settings, ...args] of [[client], [client + schedule], [endpoint, '--endpoint']] as const) {
    writeFileSync(config, `config_version = 1\n${settings}`)
    const words = ['service', 'install', ...args, '-c', config]
    const result = await runProgram(words, {
      home,
      env: { PATH: `${bin}:${process.env['PATH']}`, XDG_CONFIG_HOME: '' },
    })
    assert.equal(result.code, 0, describeRun(words, result))
    const units = join(home, '.config/systemd/user')
    const names = readdirSync(units).filter((name) => /\.(service|timer)$/.test(name))
    assert.ok(names.length > 0)
    // The manual need not be installed.
    const verify = ['--user', '--man=no', 'verify', ...names.map((name) => join(units, name))]
    const { status, stdout, stderr } = spawnSync('systemd-analyze', verify, {
      encoding: 'utf8',
      env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home },
      timeout: 300_000,
    })
    assert.equal(status, 0, stdout + stderr)
    // What it doesn't know or can't run, it only mentions; what it says of other units isn't of these.
    assert.deepEqual(
      stderr.split('\n').filter((line) => line.includes('packetboat')),
      [],
    )
    rmSync(units, { recursive: true })
  }
})
