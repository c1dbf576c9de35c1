import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'

/** What lies in contrib, run with stand-ins for the programs that it calls: each notes how it was called. */
function place(t: TestContext, defaults: string) {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-contrib-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const bin = join(root, 'bin')
  mkdirSync(bin)
  const calls = join(root, 'calls')
  const stub = (name: string, more = ''): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> '${calls}'\n${more}\n`)
    chmodSync(join(bin, name), 0o755)
  }
  for (const name of ['runuser', 'systemctl']) stub(name)
  stub('logger', 'cat > /dev/null')
  writeFileSync(join(root, 'defaults'), defaults)
  const run = (script: string, args: readonly string[], env: Record<string, string> = {}) =>
    spawnSync('sh', [script, ...args], {
      encoding: 'utf8',
      // Waits for what the script has left in the background, too, by its end of the pipe.
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: `${bin}:/usr/bin:/bin`, PACKETBOAT_DEFAULTS: join(root, 'defaults'), ...env },
    })
  const called = (): string[] =>
    existsSync(calls)
      ? readFileSync(calls, 'utf8')
          .trim()
          .split('\n')
          .filter((line) => !line.startsWith('logger'))
          .sort()
      : []
  return { root, bin, stub, run, called }
}

test('the ppp script syncs for each user when the line comes up', (t) => {
  const { run, called } = place(t, 'USERS="ann bob"\nINTERFACES="ppp0 ppp1"\n')
  assert.equal(run('contrib/ppp/packetboat', ['eth9', 'ttyS0']).status, 0)
  assert.deepEqual(called(), [])
  assert.equal(run('contrib/ppp/packetboat', ['ppp1', 'ttyS0', '9600']).status, 0)
  assert.deepEqual(called(), [
    'runuser -u ann -- packetboat sync --wait 300',
    'runuser -u bob -- packetboat sync --wait 300',
  ])
})

test('the ppp script does nothing where nobody is named', (t) => {
  const { run, called } = place(t, '')
  assert.equal(run('contrib/ppp/packetboat', ['ppp0']).status, 0)
  assert.deepEqual(called(), [])
})

const dispatched = 'systemctl --machine=ann@.host --user start --no-block packetboat.service'
const events: readonly [args: string[], env: Record<string, string>, syncs: boolean][] = [
  [['wlan0', 'up'], {}, true],
  [['wlan0', 'vpn-up'], {}, true],
  [['wlan0', 'down'], {}, false],
  [['eth9', 'up'], {}, false],
  [['', 'connectivity-change'], { CONNECTIVITY_STATE: 'FULL' }, true],
  [['', 'connectivity-change'], { CONNECTIVITY_STATE: 'PORTAL' }, false],
  [[], {}, false],
]
for (const [args, env, syncs] of events)
  test(`NetworkManager's ${JSON.stringify(args)} ${syncs ? 'syncs' : 'does nothing'}`, (t) => {
    const { run, called } = place(t, 'USERS=ann\nINTERFACES="wlan0 wwan0"\n')
    assert.equal(run('contrib/networkmanager/90-packetboat', args, env).status, 0)
    assert.deepEqual(called(), syncs ? [dispatched] : [])
  })

test('the cron line is silent when nothing came and when there is no line, and passes on what there is to say', (t) => {
  const { root, stub, run } = place(t, '')
  const line = readFileSync('contrib/cron/packetboat', 'utf8')
    .split('\n')
    .find((each) => each.startsWith('*/30'))
  const command = line?.split(/\s+/).slice(5).join(' ') ?? ''
  assert.doesNotMatch(command, /%/, 'cron takes it for a line end')
  writeFileSync(join(root, 'cron.sh'), `${command}\n`)
  for (const [code, says, output, exit] of [
    [0, '', '', 0],
    [0, '3 new.', '3 new.\n', 0],
    [5, 'no line', '', 0],
    [4, 'busy', '', 0],
    [11, 'enough', '', 0],
    [6, 'who are you?', 'who are you?\n', 6],
  ] as const) {
    stub('packetboat', `echo '${says}' >&2\nexit ${code}`)
    const { stdout, stderr, status } = run(join(root, 'cron.sh'), [])
    assert.deepEqual([stdout.replace(/^\n$/, ''), stderr, status], [output, '', exit], String(code))
  }
})

test('the second cron line is silent while syncs come to an end, and speaks up when they have not for a day', (t) => {
  const { root, stub, run } = place(t, '')
  const line = readFileSync('contrib/cron/packetboat', 'utf8')
    .split('\n')
    .find((each) => each.includes('--max-age'))
  writeFileSync(join(root, 'cron.sh'), `${line?.split(/\s+/).slice(5).join(' ')}\n`)
  stub('packetboat', 'echo all is well')
  assert.deepEqual(
    [run(join(root, 'cron.sh'), [])].map(({ stdout, stderr, status }) => [stdout, stderr, status]),
    [['', '', 0]],
  )
  stub('packetboat', 'echo status\necho stale >&2\nexit 13')
  const { stdout, stderr, status } = run(join(root, 'cron.sh'), [])
  assert.deepEqual([stdout, stderr, status], ['', 'stale\n', 13])
})

const systemd = spawnSync('systemd-analyze', ['--version'])
test('the systemd units are right', {
  skip: systemd.status === 0 ? false : 'there is no systemd-analyze here',
}, (t) => {
  const { root } = place(t, '')
  const units = ['packetboat.service', 'packetboat.timer', 'packetboat-run.service']
  for (const unit of units) copyFileSync(`contrib/systemd/${unit}`, join(root, unit))
  const paths = units.map((unit) => join(root, unit))
  const { stderr } = spawnSync('systemd-analyze', ['verify', '--user', '--man=no', ...paths], {
    encoding: 'utf8',
    env: { ...process.env, XDG_RUNTIME_DIR: root, HOME: root },
  })
  assert.deepEqual(
    stderr.split('\n').filter((line) => line.includes('packetboat')),
    [],
  )
})

test('the units of an endpoint are right, and hardened', {
  skip: systemd.status === 0 ? false : 'there is no systemd-analyze here',
}, (t) => {
  const { root } = place(t, '')
  copyFileSync('contrib/systemd/packetboat-serve.service', join(root, 'packetboat-serve.service'))
  copyFileSync('contrib/systemd/packetboat-serve@.service', join(root, 'packetboat-serve@daemon.service'))
  for (const unit of ['packetboat-serve.service', 'packetboat-serve@daemon.service']) {
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', join(root, unit)], {
      encoding: 'utf8',
    })
    assert.deepEqual(
      verified.stderr.split('\n').filter((line) => line.includes('packetboat')),
      [],
    )
    // In tenths: below 20 it calls a unit "OK".
    const args = ['security', '--offline=true', '--threshold=20', join(root, unit)]
    const judged = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
    // Versions before 250 judge running units only.
    if (!/unrecognized option/.test(judged.stderr))
      assert.equal(judged.status, 0, judged.stdout + judged.stderr)
    const text = readFileSync(join(root, unit), 'utf8')
    for (const line of [
      'NoNewPrivileges=yes',
      'ProtectSystem=strict',
      'MemoryMax=',
      'TasksMax=',
      'Restart=',
      'User=',
    ])
      assert.match(text, new RegExp(`^${line}`, 'm'))
  }
})
