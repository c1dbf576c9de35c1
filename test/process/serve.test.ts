import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { connect } from 'node:tls'
import { writeMaildir } from '../../fixtures/write-maildir.js'
import { selfSigned } from '../link/world.js'
import { callProgram } from '../world/process/call.js'
import { type Program, type ProgramOptions, type RunResult, startProgram } from '../world/process/program.js'

/** An endpoint that speaks to people, with the account `me`, and what else runs beside it. */
async function endpoint(
  t: TestContext,
  { args = [], env = {} }: { args?: readonly string[]; env?: Record<string, string> } = {},
) {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-serve-'))
  const home = join(root, 'home')
  mkdirSync(join(home, 'tmp'), { recursive: true })
  const data = join(root, 'endpoint')
  const maildir = (name: string): string => {
    writeMaildir(join(root, name), [])
    return join(root, name)
  }
  const all = [
    'serve',
    '--data',
    data,
    '--listen',
    '127.0.0.1:0',
    '--account',
    `me=maildir:${maildir('mail')}`,
  ]
  const program = startProgram([...all, ...args], { home, env })
  t.after(async () => {
    await program.kill('SIGKILL').catch(() => undefined)
    rmSync(root, { recursive: true, force: true })
  })
  const run = (words: readonly string[], options: Partial<ProgramOptions> = {}): Promise<RunResult> =>
    callProgram(words, { home, ...options })
  /** Pairs a device and sets it up; gives its `sync`. */
  const client = async (account: string, name: string, ...how: string[]) => {
    const added = await run(['device', 'add', account, name, '--data', data, ...how])
    assert.equal(added.code, 0, added.stderr)
    const own = ['--data', join(root, name)]
    const init = await run(['init', added.stdout.trim(), ...own, '--maildir', join(root, `${name}-mail`)])
    assert.equal(init.code, 0, init.stderr)
    return { added, sync: () => run(['sync', ...own, '--give-up-after', '1 s']) }
  }
  return { root, data, maildir, program, run, client }
}

/** What it has said when it was told to stop. */
async function linesOf(program: Program): Promise<string[]> {
  const { stderr, code } = await program.kill('SIGTERM')
  assert.equal(code, 0, stderr)
  return stderr.split('\n').filter((line) => line !== '')
}

test('the log has times, a start, one line a sync with the device’s name, and a stop', async (t) => {
  const { program, client } = await endpoint(t)
  await program.said(/listens on/)
  assert.equal((await (await client('me', 'boat')).sync()).code, 0)
  await program.said(/synced/)
  const lines = await linesOf(program)
  for (const line of lines) assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /)
  const words = lines.map((line) => line.slice(21))
  assert.match(words[0] ?? '', /^packetboat listens on 127\.0\.0\.1:\d+\.$/)
  assert.match(words.join('\n'), /^me boat: synced, \d[\d.]* k?B up, \d[\d.]* k?B down, (?:\d+|<1) s$/m)
  assert.equal(words.at(-1), 'packetboat has stopped.')
})

test('with --log-level error nothing is said of what is well', async (t) => {
  const { program, client, data } = await endpoint(t, { args: ['--log-level', 'error'] })
  // Nothing tells that it is up but that a device can be added at its port and syncs.
  for (;;)
    try {
      readFileSync(join(data, 'listening'))
      break
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  assert.equal((await (await client('me', 'boat')).sync()).code, 0)
  assert.deepEqual(await linesOf(program), [])
})

test('the same failure of an account is told once, not at each try', async (t) => {
  const { program, client, data } = await endpoint(t)
  await program.said(/listens on/)
  const { sync } = await client('me', 'boat')
  // The account is taken out under its device.
  const file = join(data, 'endpoint.toml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('me = ', 'other = '))
  process.kill(program.pid, 'SIGHUP')
  await program.said(/The settings were read again/)
  for (let i = 0; i < 2; i++) assert.notEqual((await sync()).code, 0)
  const lines = await linesOf(program)
  assert.equal(lines.filter((line) => /account me is not served/.test(line)).length, 1, lines.join('\n'))
})

test('an account is served soon after it stands in the settings; wrong, empty and missing settings change nothing, and it says so', async (t) => {
  const { program, client, run, data, maildir } = await endpoint(t)
  await program.said(/listens on/)
  const file = join(data, 'endpoint.toml')
  const before = readFileSync(file, 'utf8')
  const me = /^me = .*$/m.exec(before)?.[0] ?? assert.fail(before)
  writeFileSync(file, before.replace(me, `${me}\nyou = "maildir:${maildir('your-mail')}"`))
  const early = await run(['device', 'add', 'you', 'early', '--data', data])
  assert.equal(early.code, 0)
  if (early.stderr !== '')
    assert.match(early.stderr, /doesn't serve you yet\. It reads its settings within 5 seconds/)
  await program.said(/you: is served from now on/)
  await program.said(/The settings were read again/)
  const { added, sync } = await client('you', 'boat')
  assert.equal(added.stderr, '')
  assert.equal((await sync()).code, 0)
  appendFileSync(file, 'deviceLostAfter = "soon"\n')
  process.kill(program.pid, 'SIGHUP')
  await program.said(/endpoint\.toml:\d+: /)
  await program.said(/goes on with the settings that it had/)
  assert.equal((await sync()).code, 0)
  writeFileSync(file, '')
  process.kill(program.pid, 'SIGHUP')
  await program.said(/endpoint\.toml is empty/)
  rmSync(file)
  process.kill(program.pid, 'SIGHUP')
  await program.said(/There is no file .*endpoint\.toml/)
  assert.equal((await sync()).code, 0)
  await linesOf(program)
})

test('a renewed certificate is served by itself, and a device that has pinned its key goes on', {
  skip: selfSigned() ? false : 'there is no openssl command',
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-cert-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const first = selfSigned() ?? assert.fail()
  writeFileSync(cert, first.cert)
  writeFileSync(key, first.key)
  const { program, client } = await endpoint(t, { args: ['--certificate', cert, '--key', key] })
  const port = Number((await program.said(/listens on 127\.0\.0\.1:(\d+)\./))[1])
  const shown = (): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
        resolve(socket.getPeerX509Certificate()?.toString() ?? '')
        socket.destroy()
      })
      socket.on('error', reject)
    })
  const { sync } = await client('me', 'boat', '--tls')
  assert.equal((await sync()).code, 0)
  const old = await shown()
  writeFileSync(cert, (selfSigned(first.key) ?? assert.fail()).cert)
  await program.said(/The certificate was renewed/)
  assert.notEqual(await shown(), old)
  assert.equal((await sync()).code, 0)
  await linesOf(program)
})
