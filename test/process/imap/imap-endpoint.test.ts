import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { mailText } from '../../../testing/mail-store.js'
import { dovecotFor, whyNoDovecot } from '../../mailstore/servers/dovecot-server.js'
import { callProgram } from '../../world/process/call.js'
import { lastEvent, type RunResult, startProgram } from '../../world/process/program.js'

const oldLetter = Buffer.from(
  'From: Ann <ann@example.org>\r\nSubject: old\r\nMessage-ID: <old@example.org>\r\n\r\nThe harbour dues.\r\n',
)

/** Whole programs: an endpoint whose account is on an IMAP server, and a laptop. */

test('packetboat serve stands between an IMAP server and a laptop, and hears what happens there by itself', {
  skip: whyNoDovecot(),
}, async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'packetboat-imap-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  const { dovecot, user, imap } = await dovecotFor(t)
  await imap.append('INBOX', oldLetter, '\\Seen')
  for (let n = 0; n < 3; n++) await imap.append('INBOX', mailText(`m${n}`))
  const data = join(home, 'endpoint')
  mkdirSync(data, { mode: 0o700 })
  writeFileSync(
    join(data, 'endpoint.toml'),
    `[accounts.me]\nmailstore = "imap"\nhost = "127.0.0.1"\nport = ${dovecot.port}\ntls = "none"\nuser = "${user}"\npasswordCommand = ["printf", "x"]\n`,
  )
  const run = (...args: readonly string[]): Promise<RunResult> => callProgram(args, { home })
  const checked = await run('serve', '--check', '--data', data)
  assert.equal(checked.code, 0, checked.stderr)
  assert.match(checked.stdout, /me: Dovecot.*1 mailboxes, 4 messages/)
  assert.match(checked.stdout, /has CONDSTORE: a mailbox that has not changed costs a line/)

  const serve = startProgram(['serve', '--json', '--listen', '127.0.0.1:0', '--data', data], { home })
  t.after(() => serve.kill('SIGTERM'))
  const address = String((await serve.event('listening'))['address'])
  assert.equal((await serve.event('indexed'))['messages'], 4)
  const pairing = (
    await run('device', 'add', 'me', 'laptop', '--data', data, '--address', address)
  ).stdout.trim()
  const [laptop, maildir] = [join(home, 'laptop'), join(home, 'mail')]
  await run('init', pairing, '--data', laptop, '--maildir', maildir)
  await run('config', 'set', 'keep', '3 messages', '--data', laptop)
  const sync = (): Promise<RunResult> => run('sync', '--json', '--data', laptop)
  assert.equal(lastEvent(await sync())['listed'], 3)
  await imap.append('INBOX', mailText('later'))
  assert.equal(lastEvent(await sync())['listed'], 1)
  const ask = (...words: string[]): Promise<RunResult> =>
    run('search', '--ashore', ...words, '--json', '--data', laptop)
  await ask('"harbour dues"')
  assert.deepEqual(lastEvent(await sync())['answers'], [{ question: '"harbour dues"', total: 1 }])
  assert.deepEqual(dovecot.complaints(), [])

  // The server goes: the laptop hears it in one line, and that is no reason to lose anything.
  await imap.logout()
  await dovecot.stop()
  // What the index knows is found without it.
  await ask('dues')
  const without = await sync()
  assert.equal(without.code, 8)
  const { code, message } = lastEvent(without)
  assert.equal(code, 'MAILSTORE_AWAY')
  assert.match(String(message), /At the endpoint: The IMAP server 127\.0\.0\.1:\d+ can't be reached/)
  assert.equal(lastEvent(await ask('dues'))['total'], 1)
  const ended = await serve.kill('SIGTERM')
  assert.equal(ended.code, 0, ended.stderr)
})
