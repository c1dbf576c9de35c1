import assert from 'node:assert/strict'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { FixtureMessage } from '../../../fixtures/make-mail.js'
import { mailText } from '../../../testing/mail-store.js'
import { dovecotFor, whyNoDovecot } from '../../mailstore/servers/dovecot-server.js'
import { callProgram } from '../../world/process/call.js'
import { lastEvent, type RunResult, startProgram } from '../../world/process/program.js'
import { makeWorld } from '../../world/process/world.js'

/** `keep` is changed ten times, both ways, and what falls out leaves the disk each time: none is lost, doubled or fetched twice. */

const ages = [1, 2, 3, 40, 50, 100, 200, 300, 400, 500, 700, 800]
const dayMs = 86_400_000

const letter = (daysOld: number): FixtureMessage => ({
  mailbox: ['INBOX'],
  flags: ['\\Seen'],
  internalDateMs: Date.now() - daysOld * dayMs,
  bytes: new TextEncoder().encode(
    `From: ann@example.org\nSubject: d${daysOld}\nMessage-ID: <d${daysOld}@example.org>\n\nHello.\n`,
  ),
})

/** Read without a trace: what a person has read lately stays. */
function subjectsIn(maildir: string): string[] {
  return ['cur', 'new']
    .flatMap((folder) => readdirSync(join(maildir, folder)).map((name) => join(maildir, folder, name)))
    .map((path) => {
      const { atime, mtime } = statSync(path)
      const text = readFileSync(path, 'latin1')
      utimesSync(path, atime, mtime)
      return /^Subject: (.*)$/m.exec(text)?.[1]?.trim() ?? path
    })
}

/** Each window with how many of the newest messages it holds. */
async function changeWindows(
  run: (...words: string[]) => Promise<RunResult>,
  maildir: string,
  windows: readonly (readonly [keep: string, held: number])[],
  newest: readonly string[],
): Promise<void> {
  let before = newest.length
  for (const [keep, held] of windows) {
    const what = `keep = "${keep}" after ${before} messages`
    assert.equal((await run('config', 'set', 'keep', keep)).code, 0)
    const synced = await run('sync', '--json')
    assert.equal(synced.code, 0, synced.stderr)
    assert.equal(lastEvent(synced)['listed'], Math.max(0, held - before), what)
    if (held < before) {
      const evicted = await run('evict')
      assert.equal(evicted.code, 0, evicted.stderr)
    }
    assert.deepEqual(subjectsIn(maildir).toSorted(), newest.slice(0, held).toSorted(), what)
    before = held
  }
}

test('ten windows over a Maildir, by age and by number', async (t) => {
  const world = await makeWorld(t, { mail: ages.map(letter) })
  const run = (...words: string[]) => world.command([...words, '--data', world.data])
  await world.sync()
  await changeWindows(
    run,
    world.maildir,
    [
      ['90 days', 5],
      ['3 messages', 3],
      ['365 days', 8],
      ['all', 12],
      ['2 messages', 2],
      ['10 messages', 10],
      ['45 days', 4],
      ['600 days', 10],
      ['1 message', 1],
      ['all', 12],
    ],
    ages.map((age) => `d${age}`),
  )
  world.assertInStep()
})

test('ten windows over an account on a real IMAP server', { skip: whyNoDovecot() }, async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-windows-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const { dovecot, user, imap } = await dovecotFor(t)
  const names = Array.from({ length: 12 }, (_, i) => `m${i}`)
  for (const [i, name] of names.entries()) {
    const text = new TextDecoder().decode(mailText(name))
    const day = `${String(i + 1).padStart(2, '0')}-Jan-2024 12:00:00 +0000`
    await imap.command(`APPEND "INBOX" (\\Seen) "${day}" {${text.length}+}\r\n${text}`)
  }
  const [data, laptop, maildir] = ['endpoint', 'laptop', 'mail'].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ]
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(
    join(data, 'endpoint.toml'),
    `[accounts.me]\nmailstore = "imap"\nhost = "127.0.0.1"\nport = ${dovecot.port}\ntls = "none"\nuser = "${user}"\npasswordCommand = ["printf", "x"]\n`,
  )
  const call = (...args: readonly string[]) => callProgram(args, { home })
  const serve = startProgram(['serve', '--json', '--listen', '127.0.0.1:0', '--data', data], { home })
  t.after(() => serve.kill('SIGTERM'))
  const address = String((await serve.event('listening'))['address'])
  await serve.event('indexed')
  const added = await call('device', 'add', 'me', 'laptop', '--data', data, '--address', address)
  await call('init', added.stdout.trim(), '--data', laptop, '--maildir', maildir)
  const run = (...words: string[]) => call(...words, '--data', laptop)
  assert.equal((await run('sync')).code, 0)
  const newest = subjectsIn(maildir)
  assert.equal(newest.length, 12)
  await changeWindows(
    run,
    maildir,
    [5, 3, 8, 12, 2, 10, 4, 11, 1, 12].map((held) => [`${held} messages`, held]),
    names.toReversed(),
  )
  assert.equal((await imap.fetchAll('INBOX')).messages.length, 12)
  assert.deepEqual(dovecot.complaints(), [])
})
