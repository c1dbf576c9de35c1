import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { firstMail, makePerson, notNow } from './person.js'

const known = spawnSync('dpkg-query', ['--status', 'packetboat'], { encoding: 'utf8' })
const reason =
  notNow ||
  (userInfo().uid !== 0 || known.error ? 'only root on Debian can install a package' : false) ||
  (/^Status: .* installed$/m.test(known.stdout)
    ? 'packetboat is installed here, and would be removed'
    : false) ||
  (existsSync('/var/lib/packetboat') ? 'there is something in /var/lib/packetboat' : false)

const data = '/var/lib/packetboat'

function dpkg(...args: string[]): string {
  // Where Node is no package of this machine, that is said to it here.
  const force = spawnSync('dpkg-query', ['--show', 'nodejs']).status === 0 ? [] : ['--force-depends']
  return execFileSync('dpkg', [...force, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 240_000,
  })
}

/** Debian's own check finds nothing, apart from what scripts/deb/lintian-overrides gives a reason for. */
function lint(deb: string): void {
  const { status, stdout, error } = spawnSync(
    'lintian',
    ['--allow-root', '--fail-on', 'error,warning', deb],
    {
      encoding: 'utf8',
      timeout: 240_000,
    },
  )
  if (error === undefined) assert.equal(status, 0, stdout)
}

test('the Debian package installs, syncs mail as ordinary users, and removes nothing of theirs', {
  skip: reason,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-deb-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  // What `npm run package:deb` does, as docs/INSTALL.md has it.
  const deb = execFileSync(process.execPath, ['scripts/package-deb.mjs', folder], {
    encoding: 'utf8',
    timeout: 400_000,
  }).trim()
  t.after(() => {
    spawnSync('dpkg', ['--purge', 'packetboat'], { timeout: 240_000 })
    rmSync(data, { recursive: true, force: true })
  })
  lint(deb)
  dpkg('--install', deb)

  // Units, man pages, completions: where Debian's programs look.
  const unit = readFileSync('/usr/lib/systemd/system/packetboat-serve.service', 'utf8')
  assert.ok(existsSync('/usr/lib/systemd/user/packetboat.timer'))
  assert.ok(existsSync('/usr/lib/systemd/system/packetboat-serve.socket'))
  for (const page of ['man1/packetboat.1.gz', 'man5/packetboat.toml.5.gz'])
    assert.match(
      execFileSync('gzip', ['-dc', `/usr/share/man/${page}`], { encoding: 'utf8', timeout: 30_000 }),
      /^\.TH /m,
    )
  execFileSync('bash', ['-n', '/usr/share/bash-completion/completions/packetboat'], { timeout: 30_000 })
  for (const path of ['zsh/vendor-completions/_packetboat', 'fish/vendor_completions.d/packetboat.fish'])
    assert.match(readFileSync(join('/usr/share', path), 'utf8'), /packetboat/)
  assert.equal(spawnSync('dpkg', ['--verify', 'packetboat'], { encoding: 'utf8' }).stdout, '')

  // An endpoint as its own user, by the line of its unit.
  const passwd = execFileSync('getent', ['passwd', 'packetboat'], { encoding: 'utf8' }).split(':')
  const uid = Number(passwd[2])
  assert.ok(uid > 0 && /nologin|false/.test(passwd[6] ?? ''), passwd.join(':'))
  assert.equal(statSync(data).uid, uid)
  assert.equal(statSync(data).mode & 0o777, 0o700)
  assert.match(unit, /^User=packetboat$/m)
  const line = /^ExecStart=(.*)$/m.exec(unit)?.[1]?.split(' ') ?? []
  await firstMail(makePerson(t, 54_321), makePerson(t, uid), { data, serve: line })
  assert.ok(existsSync(join(data, 'endpoint.toml')))

  // Changed settings and mail stay with an upgrade and a removal, and mail even with a purge.
  writeFileSync('/etc/default/packetboat', 'USERS=ann\n')
  dpkg('--force-confold', '--install', deb)
  assert.equal(readFileSync('/etc/default/packetboat', 'utf8'), 'USERS=ann\n')
  dpkg('--remove', 'packetboat')
  assert.equal(existsSync('/usr/lib/packetboat'), false)
  assert.ok(existsSync(join(data, 'endpoint.toml')))
  assert.equal(readFileSync('/etc/default/packetboat', 'utf8'), 'USERS=ann\n')

  dpkg('--install', deb)
  mkdirSync(join(data, 'mail/cur'), { recursive: true })
  assert.match(dpkg('--purge', 'packetboat'), /there is mail in \/var\/lib\/packetboat. It stays/)
  assert.ok(existsSync(join(data, 'mail/cur')) && existsSync(join(data, 'endpoint.toml')))
  assert.equal(existsSync('/etc/default/packetboat'), false)

  rmSync(join(data, 'mail'), { recursive: true })
  dpkg('--install', deb)
  assert.match(dpkg('--purge', 'packetboat'), /deleted \/var\/lib\/packetboat/)
  assert.equal(existsSync(data), false)
})
