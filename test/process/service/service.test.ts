import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
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
import { type TestContext, test } from 'node:test'
import { describeRun, runProgram } from '../../world/process/program.js'

const pairing = `packetboat+psk://0123456789abcdef:${'A'.repeat(43)}@127.0.0.1:1`

/** A person's home with stand-ins for the programs that start others: each notes how it was called. */
function makeHome(t: TestContext, { systemd }: { readonly systemd: boolean }) {
  const home = mkdtempSync(join(tmpdir(), 'packetboat service 100% $HOME-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const [bin, calls, crontab] = ['bin', 'calls', 'crontab.txt'].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ]
  mkdirSync(bin)
  const stub = (name: string, script: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  stub(
    'systemctl',
    systemd ? `echo "$*" >> '${calls}'; case "$*" in *ActiveState*) echo active ;; esac` : 'exit 1',
  )
  stub('crontab', `case "$1" in -l) cat '${crontab}' ;; -) cat > '${crontab}' ;; esac`)
  const settings = join(home, '.config/packetboat/packetboat.toml')
  mkdirSync(join(home, '.config/packetboat'), { recursive: true })
  const client = `config_version = 1\nendpoint = "${pairing}"\nmaildir = "${join(home, 'Maildir')}"\n`
  writeFileSync(settings, `${client}[accounts]\nme = "maildir:${join(home, 'Maildir')}2"\n`)
  const run = async (args: readonly string[], code = 0): Promise<string> => {
    const result = await runProgram(['service', ...args], {
      home,
      env: { PATH: `${bin}:${process.env['PATH']}`, XDG_CONFIG_HOME: '' },
    })
    assert.equal(result.code, code, describeRun(args, result))
    return result.stdout + result.stderr
  }
  const units = join(home, '.config/systemd/user')
  const called = (): string[] => (existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [])
  return { home, units, settings, client, crontab, run, called }
}

test('service install writes units with absolute paths, starts them, and touches nothing that it has not written', async (t) => {
  const { home, units, settings, client, run, called } = makeHome(t, { systemd: true })
  assert.match(await run(['show']), /has written nothing here/)
  assert.match(
    await run(['install']),
    /packetboat\.timer[\s\S]*is started[\s\S]*To undo it: packetboat service remove/,
  )
  const program = readFileSync(join(units, 'packetboat.service'), 'utf8')
  assert.match(
    program,
    new RegExp(`^ExecStart="${process.execPath}".* "/.*/bin/packetboat" "sync" "--wait" "60"$`, 'm'),
  )
  assert.ok(called().includes('--user restart packetboat.timer'))

  const other = join(home, 'other "data"')
  mkdirSync(other)
  writeFileSync(join(other, 'endpoint.toml'), readFileSync(settings))
  await run(['install', '--endpoint', '--data', other])
  assert.deepEqual(readdirSync(units).sort(), [
    'packetboat-serve.service',
    'packetboat.service',
    'packetboat.timer',
  ])
  assert.match(
    readFileSync(join(units, 'packetboat-serve.service'), 'utf8'),
    /"--data" ".*packetboat service 100%% \$\$HOME-.*\/other \\"data\\""$/m,
  )
  const verified = spawnSync(
    'systemd-analyze',
    ['--user', 'verify', ...readdirSync(units).map((name) => join(units, name))],
    {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: home, XDG_RUNTIME_DIR: home },
    },
  )
  if (!verified.error)
    assert.doesNotMatch(verified.stderr, /packetboat.*(?:Unknown|Invalid|Failed to (?:parse|resolve)|ignor)/i)

  // A schedule in the settings takes the timer's place.
  writeFileSync(settings, `${client}[schedule.morning]\nat = "30 6 * * *"\n`)
  await run(['install'])
  assert.deepEqual(readdirSync(units).sort(), ['packetboat-run.service', 'packetboat-serve.service'])
  assert.match(await run(['show']), /packetboat-serve\.service: active\n.*packetboat-run\.service: active/)

  // Somebody has made it their own: its first line is gone.
  const own = '[Service]\nExecStart=/bin/true\n'
  writeFileSync(join(units, 'packetboat-run.service'), own)
  assert.match(await run(['install'], 3), /packetboat didn't write it\. Nothing was changed/)
  await run(['remove'])
  assert.deepEqual(readdirSync(units), ['packetboat-run.service'])
  assert.equal(readFileSync(join(units, 'packetboat-run.service'), 'utf8'), own)
  assert.ok(called().includes('--user disable --now packetboat-serve.service'))
  assert.match(await run(['remove']), /has written nothing here/)
  rmSync(join(units, 'packetboat-run.service'))
  symlinkSync(join(home, 'away'), join(units, 'packetboat-run.service'))
  assert.match(await run(['install'], 3), /didn't write it/)
})

test('without systemd it is a line of the crontab, beside those that are there', async (t) => {
  const { home, crontab, units, run } = makeHome(t, { systemd: false })
  writeFileSync(crontab, '# mine\n0 * * * * true\n')
  assert.match(await run(['install']), /Added to your crontab: 7 \* \* \* \*/)
  await run(['install'])
  await run(['install', '--endpoint', '-c', join(home, '.config/packetboat/packetboat.toml')])
  const lines = readFileSync(crontab, 'utf8').trimEnd().split('\n')
  assert.equal(lines.length, 4)
  assert.deepEqual(lines.slice(0, 2), ['# mine', '0 * * * * true'])
  assert.match(
    lines[2] ?? '',
    /^7 \* \* \* \* '\/.*' '\/.*\/bin\/packetboat' 'sync' '--quiet' '--wait' '60' # written by/,
  )
  assert.match(lines[3] ?? '', /^@reboot .* 'serve' '--config' '.*100\\% \$HOME/)
  assert.ok(!existsSync(units))
  assert.equal((await run(['show'])).split('\n').length, 3)
  await run(['remove'])
  assert.equal(readFileSync(crontab, 'utf8'), '# mine\n0 * * * * true\n')
})

test('where neither systemd nor cron is, nothing is installed, and what was written before can be removed', async (t) => {
  const { home, units, run } = makeHome(t, { systemd: true })
  await run(['install'])
  for (const program of ['systemctl', 'crontab']) rmSync(join(home, 'bin', program))
  const without = async (args: readonly string[], code = 0): Promise<string> => {
    const env = { PATH: join(home, 'bin'), XDG_CONFIG_HOME: '' }
    const result = await runProgram(['service', ...args], { home, env })
    assert.equal(result.code, code, describeRun(args, result))
    return result.stdout + result.stderr
  }
  assert.match(await without(['install'], 3), /Neither systemd for this user nor cron is here/)
  assert.match(await without(['show']), /packetboat\.timer: unknown/)
  assert.match(await without(['remove']), /^Removed: .*packetboat\.timer$/m)
  assert.deepEqual(readdirSync(units), [])
  assert.match(await without(['remove']), /has written nothing here/)
})

test('what is not set up is not installed', async (t) => {
  const { settings, units, run } = makeHome(t, { systemd: true })
  rmSync(settings)
  assert.match(await run(['install'], 3), /No client is set up/)
  assert.match(await run(['install', '--endpoint'], 3), /No endpoint is set up/)
  assert.ok(!existsSync(units))
})
