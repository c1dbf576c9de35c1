import assert from 'node:assert/strict'
import {
  appendFileSync,
  chmodSync,
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
import { callProgram } from '../../world/process/call.js'
import { describeRun, lastEvent, type RunResult } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'
import { until } from '../../world/until.js'

/** A home of its own, with nothing in it. */
function makeHome(t: TestContext) {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-home-'))
  t.after(() => {
    chmodSync(home, 0o700)
    rmSync(home, { recursive: true, force: true })
  })
  const run = (args: readonly string[], env: Record<string, string> = {}): Promise<RunResult> =>
    callProgram(args, { home, env })
  const file = join(home, 'config/packetboat/packetboat.toml')
  const write = (text: string): void => {
    mkdirSync(join(home, 'config/packetboat'), { recursive: true })
    writeFileSync(file, text)
  }
  return { home, file, run, write }
}

const pairing = `packetboat+psk://0123456789abcdef:${'A'.repeat(43)}@127.0.0.1:1`

test('a slip in a setting ends with 3, names file, line and the nearest name, and nothing is done', async (t) => {
  const { home, file, run, write } = makeHome(t)
  write(`# mine\nendpoint = "${pairing}"\nmaildir = "mail"\n\n[mailbox."X/*"]\nexpuneg = "synchronous"\n`)
  for (const args of [['sync'], ['status'], ['config', 'check'], ['fetch', '--all'], ['mailboxes']]) {
    const result = await run(args)
    assert.equal(result.code, 3, describeRun(args, result))
    assert.match(
      result.stderr,
      new RegExp(`${file}:6: there is no setting "expuneg" in \\[mailbox\\."X/\\*"\\]`),
    )
    assert.match(result.stderr, /Did you mean "expunge"\?/)
  }
  assert.ok(!existsSync(join(home, 'mail')) && !existsSync(join(home, 'data')), 'nothing was made')
  const shown = await run(['config', 'show'])
  assert.equal(shown.code, 0, 'show tells what there is even so')
  assert.match(shown.stdout, /expuneg/)
})

test('settings may begin with a byte order mark, and those in UTF-16 are told how to be read', async (t) => {
  const { file, run, write } = makeHome(t)
  write(`\uFEFFendpoint = "${pairing}"\n`)
  assert.equal((await run(['config', 'check'])).code, 0)
  const text = `\uFEFFendpoint = "${pairing}"\n`
  for (const bytes of [
    Buffer.from(text, 'utf16le'),
    Buffer.from(text, 'utf16le').swap16(),
    Buffer.from(text.slice(1), 'utf16le'),
  ]) {
    writeFileSync(file, bytes)
    const result = await run(['status'])
    assert.equal(result.code, 3, describeRun(['status'], result))
    assert.match(result.stderr, /is in UTF-16, and settings are read as UTF-8\.\n *Save it as UTF-8/)
  }
})

test('config check names all that is wrong, and what it leaves alone', async (t) => {
  const { file, run, write } = makeHome(t)
  write('guardShare = 5\nattachments = "huge"\n')
  const result = await run(['config', 'check'])
  assert.equal(result.code, 3)
  assert.match(result.stderr, /:1: guardShare should be.*:2: attachments should be/s)
  write('[somebody-elses]\nx = 1\n')
  const good = await run(['config', 'check'])
  assert.equal(good.code, 0)
  assert.match(good.stdout, /somebody-elses.*left alone/)
  assert.equal((await run(['config', 'check', '-c', `${file}.no`])).code, 3)
  assert.equal((await run(['sync', '-c', `${file}.no`])).code, 3)
})

test('config check finds what names a link that is not there, in the order of lines, and every command refuses it too', async (t) => {
  const { run, write } = makeHome(t)
  write(
    `endpoint = "${pairing}"\nmaildir = "mail"\n[link.boat]\nlike = "vsatt"\n[schedule.morning]\nat = "30 6 * * *"\nlink = "boatt"\n[rule.x]\nlinks = ["irridium"]\nlargerThan = "many"\n`,
  )
  const checked = await run(['config', 'check'])
  assert.equal(checked.code, 3)
  const lines = [...checked.stderr.matchAll(/toml:(\d+): /g)].map(([, line]) => Number(line))
  assert.deepEqual(lines, [4, 7, 9, 10], checked.stderr)
  assert.match(checked.stderr, /"vsatt".*Did you mean "vsat"/s)
  for (const args of [['sync'], ['links'], ['schedule'], ['status']])
    assert.equal((await run(args)).code, 3, args.join(' '))
})

test('the example passes the check, as it is and with all that it holds switched on', async (t) => {
  const { run, write } = makeHome(t)
  const { stdout: example } = await run(['config', 'example'])
  write(example)
  const checked = await run(['config', 'check'])
  assert.equal(checked.code, 0, checked.stderr)
  // A rule that picks messages can't have a window.
  const allOn = example.replace(/^#(?! )/gm, '').replace(/(^\[rule\.lists\][\s\S]*?)^keep = .*$/m, '$1')
  // The check would miss programs that it names.
  write(allOn)
  assert.deepEqual(lastEvent(await run(['config', 'show', '--json']))['problems'], [])
  assert.match(example, /^#\[accounts\.\w+\]\n(?:#.*\n)*#tls = "tls"$/m, 'IMAP settings too')
  assert.ok(
    example.split('\n').every((line) => line.length <= 80 || !line.startsWith('# ')),
    'prose fits a terminal',
  )
})

test('config check finds programs and files that are not there, and budgets without a price, and says which patterns match nothing', async (t) => {
  const { home, run, write } = makeHome(t)
  const lame = join(home, 'lame')
  writeFileSync(lame, '#!/bin/sh\n', { mode: 0o600 })
  write(`linkCommand = ["no-such-program"]
[hooks]
beforeSync = ["${lame}"]
afterSync = ["sh", "-c", "no-such-program"]
[accounts.me]
mailstore = "imap"
host = "h"
user = "u"
passwordFile = "nowhere"
`)
  const checked = await run(['config', 'check'])
  assert.equal(checked.code, 3)
  assert.match(
    checked.stderr,
    /:1: linkCommand: there is no program "no-such-program".*:3: hooks.beforeSync: .*lame is not executable.*:9: accounts.me.passwordFile: .*nowhere does not exist/s,
  )
  assert.ok(!checked.stderr.includes('afterSync'))
  write(
    'maxCost = "1 USD"\n[link.boat]\nprice = "1 EUR/MB"\n[schedule.x]\nat = "@daily"\nlink = "boat"\nmaxCost = "2 EUR"\n',
  )
  const unpriced = await run(['config', 'check'])
  assert.equal(unpriced.code, 3)
  assert.match(unpriced.stderr, /:1: maxCost is in USD, and no link has a price/)
  assert.ok(!unpriced.stderr.includes(':7:'), 'the schedule has a price')
})

test('the environment goes before the file and the command line before both, and show says so and hides secrets', async (t) => {
  const { home, file, run, write } = makeHome(t)
  write(`endpoint = "${pairing}"\nmaildir = "mail"\ngiveUpAfter = 5\nattachments = "1k"\n`)
  const env = { PACKETBOAT_ATTACHMENTS: '2k' }
  const { stdout } = await run(['config', 'show', '--changed'], env)
  assert.match(stdout, /endpoint = "\*\*\*"/)
  assert.ok(!stdout.includes('AAAA'))
  assert.match(stdout, new RegExp(`maildir = "${join(file, '../mail')}" +# ${file}:2`))
  assert.match(stdout, /attachments = "2 kB" +# PACKETBOAT_ATTACHMENTS/)
  assert.ok(!stdout.includes('guardShare'))
  const json = lastEvent(await run(['config', 'show', '--json'], env))
  const settings = json['settings'] as { name: string; value: string; from: string }[]
  assert.deepEqual(
    settings
      .filter(({ name }) => ['attachments', 'guardLeast'].includes(name))
      .map(({ value, from }) => [value, from]),
    [
      ['10', 'default'],
      ['"2 kB"', 'PACKETBOAT_ATTACHMENTS'],
    ],
  )
  assert.match((await run(['config', 'show', '--all'])).stdout, /#data =/)
  assert.match((await run(['config', 'show', '--defaults'])).stdout, /guardLeast = 10/)
  const wrong = await run(['sync'], { PACKETBOAT_ATTACHMENTS: 'much' })
  assert.equal(wrong.code, 3)
  assert.match(wrong.stderr, /PACKETBOAT_ATTACHMENTS should be a size/)
  const slip = await run(['sync'], { PACKETBOAT_ATACHMENTS: '5k' })
  assert.equal(slip.code, 3)
  assert.match(slip.stderr, /Did you mean PACKETBOAT_ATTACHMENTS\?/)
  assert.equal((await run(['sync', '--stall', 'soon'])).code, 2)
  // The file can be named, by the environment too; its paths start from where it is.
  const other = join(home, 'other.toml')
  writeFileSync(other, 'maildir = "m"\n')
  assert.match(
    (await run(['config', 'show', '-c', other])).stdout,
    new RegExp(`maildir = "${join(home, 'm')}"`),
  )
  const named = await run(['config', 'show'], { PACKETBOAT_CONFIG: other })
  assert.match(named.stdout, new RegExp(`maildir = "${join(home, 'm')}"`))
})

test('what init and serve write leaves comments and all else as it is', async (t) => {
  const { home, file, run, write } = makeHome(t)
  write('# mine\nattachments = "1k" # small\n\n[mailbox."X/*"]\nexpunge = "synchronous"\n')
  const result = await run(['init', pairing, '--maildir', join(home, 'mail')])
  assert.equal(result.code, 0, result.stderr)
  assert.equal(
    readFileSync(file, 'utf8'),
    `# mine\nattachments = "1k" # small\nendpoint = "${pairing}"\nmaildir = "${join(home, 'mail')}"\nmailboxes = ["*", "!\\\\Junk"]\n\n[mailbox."X/*"]\nexpunge = "synchronous"\n`,
  )
  assert.equal((await run(['status'])).code, 0)
})

test('a secret comes from a command or a file; a command that hangs is stopped at its time, with what it started', async (t) => {
  const world = await makeWorld(t)
  const settings = join(world.data, 'client.toml')
  const text = readFileSync(settings, 'utf8')
  const endpoint = /endpoint = "([^"]+)"/.exec(text)?.[1] ?? ''
  const use = (value: string): void =>
    writeFileSync(settings, text.replace(/endpoint = .*/, `endpoint = ${value}`))
  writeFileSync(join(world.data, 'pairing'), `${endpoint}\n`)
  use('{ file = "pairing" }')
  await world.sync()
  use(`["cat", "${join(world.data, 'pairing')}"]`.replace(/^/, '{ command = ').concat(' }'))
  await world.sync()
  world.assertInStep()
  const failing = async (value: string): Promise<string> => {
    use(value)
    const { code, stdout } = await world.run(['sync'])
    assert.equal(code, 3, stdout)
    return stdout
  }
  assert.match(
    await failing('{ file = "nothing" }'),
    /The file for endpoint, .*nothing, can't be read: there is no such file/,
  )
  assert.match(await failing('{ command = ["no-such-program"] }'), /can't be run/)
  assert.match(await failing('{ command = ["sh", "-c", "echo locked >&2; exit 5"] }'), /ended with 5: locked/)
  assert.match(await failing('{ command = ["true"] }'), /printed nothing/)
  const pid = join(world.root, 'pid')
  const hang = await failing(
    `{ command = ["sh", "-c", "sleep 1000 & echo $! > ${pid}; wait"], timeout = "2 s" }`,
  )
  assert.match(hang, /gave no answer in 2 s and was stopped/)
  // And what it had started too, if it came so far.
  const started = existsSync(pid) ? readFileSync(pid, 'utf8').trim() : ''
  await until(() => started === '' || hasEnded(started))
})

test('a home that cannot be written is no hindrance to reading, and is told of in words', async (t) => {
  // Root may write everywhere: a home below a file is what even root can't write to.
  const { home } = makeHome(t)
  const blocked = join(home, 'blocked')
  writeFileSync(blocked, '')
  const env = {
    HOME: blocked,
    XDG_CONFIG_HOME: join(blocked, 'config'),
    XDG_DATA_HOME: join(blocked, 'data'),
  }
  for (const args of [
    ['config', 'show'],
    ['config', 'check'],
    ['config', 'example'],
    ['--help'],
    ['sync', '--help'],
  ]) {
    const result = await callProgram(args, { home, env })
    assert.equal(result.code, 0, describeRun(args, result))
  }
  const init = await callProgram(['init', pairing, '--maildir', join(home, 'mail')], { home, env })
  assert.equal(init.code, 8, init.stderr)
  assert.match(init.stderr, /can't be made/)
  // State elsewhere, settings given: then the home isn't needed.
  const file = join(home, 'p.toml')
  writeFileSync(file, 'data = "state"\n')
  appendFileSync(file, `endpoint = "${pairing}"\nmaildir = "mail"\n`)
  assert.equal((await callProgram(['init', pairing, '--force', '-c', file], { home, env })).code, 0)
  assert.equal((await callProgram(['status', '-c', file], { home, env })).code, 0)
  assert.ok(existsSync(join(home, 'state/replica.db')))
})

test('a link profile has its timeouts, is chosen by option, command or environment, and what is measured on it is remembered', async (t) => {
  const world = await makeWorld(t)
  const settings = join(world.data, 'client.toml')
  const note = lastEvent(
    await world.run(['config', 'check'], { env: { PACKETBOAT_MAILBOXES: '["*", "!Junkk"]' } }),
  )
  assert.deepEqual(note['idle'], [], 'nothing is known before the first sync')
  appendFileSync(
    settings,
    `linkCommand = ["cat", "which"]\n[link.boat]\nlike = "iridium"\nprice = "1.20 USD/min"\nlatency = "10 ms"\n`,
  )
  const failed = await world.run(['sync'])
  assert.equal(failed.code, 3, 'a command that fails is told of')
  assert.match(failed.stdout, /linkCommand/)
  writeFileSync(settings, readFileSync(settings, 'utf8').replace('["cat", "which"]', '["echo", "boat"]'))
  assert.equal((await world.sync())['link'], 'boat')
  assert.equal((await world.sync(['--link', 'vsat']))['link'], 'vsat')
  assert.equal((await world.sync([], { env: { PACKETBOAT_DEFAULT_LINK: 'lan' } }))['link'], 'lan')
  const known = lastEvent(
    await world.run(['config', 'check'], { env: { PACKETBOAT_MAILBOXES: '["*", "!Junkk"]' } }),
  )
  assert.deepEqual(known['idle'], ['mailboxes: "!Junkk" matches no mailbox so far.'])
  const slip = await world.run(['sync', '--link', 'boaat'])
  assert.equal(slip.code, 2)
  assert.match(slip.stdout, /Did you mean \\"boat\\"/)
  const { links } = lastEvent(await world.run(['links'])) as unknown as {
    links: { name: string; chosen: boolean; stallTimeoutMs: number; measured?: { latencyMs?: number } }[]
  }
  const boat = links.find(({ name }) => name === 'boat')
  assert.ok(boat?.chosen)
  assert.equal(boat.stallTimeoutMs, 300_000)
  assert.ok((boat.measured?.latencyMs ?? -1) >= 0)
  assert.equal(links.find(({ name }) => name === 'hf')?.measured, undefined)
})

test('a cap on the rate is kept by a whole sync', async (t) => {
  const world = await makeWorld(t)
  const report = await world.sync(['--limit-rate', '200 kbit/s'])
  const bits = 8 * Math.max(Number(report['up']), Number(report['down']))
  assert.ok(bits > 100_000, 'there is something to send')
  assert.ok(Number(report['seconds']) >= bits / 200_000 - 0.5, JSON.stringify(report))
  world.assertInStep({ standIns: true })
})

test('--version is the version of the package, and the newest that the changelog has', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const result = await makeHome(t).run(['--version'])
  assert.equal(result.stdout, `${version}\n`)
  const [unreleased, newest] = [...readFileSync('CHANGELOG.md', 'utf8').matchAll(/^## (.*)$/gm)]
  assert.equal(unreleased?.[1], 'Unreleased')
  assert.match(newest?.[1] ?? '', new RegExp(`^${version.replaceAll('.', '\\.')} - \\d{4}-\\d\\d-\\d\\d$`))
})

/** Nobody may have asked yet how it ended: then it is there as a zombie. */
function hasEnded(pid: string): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return true
  }
}
