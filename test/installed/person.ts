import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { makeMail } from '../../fixtures/make-mail.js'
import { writeMaildir } from '../../fixtures/write-maildir.js'
import { freePort } from '../world/free-port.js'
import { compareTrees } from '../world/process/compare-trees.js'

/** Tests of whole installations fetch packages and change the machine: `npm run test:more` runs them. */
export const notNow = process.env['PACKETBOAT_MORE'] ? false : 'npm run test:more runs it'

export interface Said {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Somebody with a home, and nothing else on this machine. */
export interface Person {
  readonly home: string
  readonly ids: { readonly uid?: number; readonly gid?: number }
  start(program: string, args: readonly string[]): ChildProcess
  run(program: string, args: readonly string[], stdin?: string): Promise<Said>
  /** A run that must end with 0; what it printed. */
  succeeds(program: string, args: readonly string[], stdin?: string): Promise<string>
}

/** As root, with this user id; otherwise whoever runs the tests, with another home. `path` goes first in PATH. */
export function makePerson(t: TestContext, uid: number, path?: string): Person {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-person-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  chmodSync(home, 0o755)
  mkdirSync(join(home, 'tmp'))
  const ids = process.getuid?.() === 0 ? { uid, gid: uid } : {}
  for (const each of [home, join(home, 'tmp')]) if (ids.uid !== undefined) chownSync(each, uid, uid)
  const env = {
    PATH: [...(path ? [join(home, path)] : []), process.env['PATH']].join(':'),
    HOME: home,
    TMPDIR: join(home, 'tmp'),
    // How this machine reaches a registry.
    ...Object.fromEntries(
      Object.entries(process.env).filter(([name]) => /^(npm_config_registry|.*_proxy|.*CERT.*)$/i.test(name)),
    ),
  }
  const start: Person['start'] = (program, args) => {
    const child = spawn(program, args, { cwd: home, env, ...ids, stdio: 'pipe', timeout: 240_000 })
    child.stdin.on('error', () => undefined)
    t.after(() => void child.kill('SIGKILL'))
    return child
  }
  const run: Person['run'] = async (program, args, stdin = '') => {
    const child = start(program, args)
    const said = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream]?.setEncoding('utf8').on('data', (text: string) => {
        said[stream] += text
      })
    child.stdin?.end(stdin)
    const [code] = (await once(child, 'close')) as [number | null]
    return { code: code ?? -1, ...said }
  }
  return {
    home,
    ids,
    start,
    run,
    succeeds: async (program, args, stdin) => {
      const { code, stdout, stderr } = await run(program, args, stdin)
      assert.equal(code, 0, `${program} ${args.join(' ')}: ${stdout}${stderr}`)
      return stdout
    },
  }
}

/**
 * Serves, pairs, sets up and syncs, with the installed command alone, until both Maildirs hold the same. `serve` is an endpoint's command,
 * `operator` who runs it, with its settings in `data`.
 */
export async function firstMail(
  client: Person,
  operator: Person,
  { data, serve }: { readonly data: string; readonly serve: readonly string[] },
): Promise<void> {
  const theirs = join(operator.home, 'Maildir')
  writeMaildir(theirs, makeMail({ seed: 17, messages: 12 }))
  const { uid, gid } = operator.ids
  if (uid !== undefined) await own(theirs, uid, gid ?? uid)
  const address = `127.0.0.1:${await freePort()}`
  const endpoint = operator.start(serve[0] ?? '', [
    ...serve.slice(1),
    ...['--listen', address, '--account', `me=maildir:${theirs}`],
  ])
  let log = ''
  for (const stream of [endpoint.stdout, endpoint.stderr]) stream?.on('data', (text) => (log += text))
  while (!log.includes(address)) {
    assert.equal(endpoint.exitCode, null, log)
    await setTimeout(50)
  }
  const add = ['device', 'add', 'me', 'laptop', '--address', address, '--data', data]
  const pairing = await operator.succeeds('packetboat', add)
  await client.succeeds('packetboat', ['init', '-', '--maildir', join(client.home, 'Mail')], pairing)
  await client.succeeds('packetboat', ['sync'])
  assert.deepEqual(compareTrees(theirs, join(client.home, 'Mail')).differences, [])
  assert.match(await client.succeeds('packetboat', ['status']), /12 messages/)
  endpoint.kill('SIGTERM')
  if (endpoint.exitCode === null) await once(endpoint, 'exit')
}

async function own(path: string, uid: number, gid: number): Promise<void> {
  await once(spawn('chown', ['-R', `${uid}:${gid}`, path], { timeout: 30_000 }), 'exit')
}
