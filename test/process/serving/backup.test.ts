import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeMail } from '../../../fixtures/make-mail.js'
import { makeWorld } from '../../world/process/world.js'

/** The two scripts of the guide: copy, and restore. */
const scripts = [
  ...(
    /^## Back up and restore$(.*?)^## /ms.exec(readFileSync('docs/ENDPOINT.md', 'utf8'))?.[1] ?? ''
  ).matchAll(/^```sh\n(.*?)^```$/gms),
].map(([, script = '']) => script)

const mail = makeMail({ seed: 11, messages: 12, attachments: { share: 0, scale: 0.1 } })
const letter = (subject: string): string =>
  `From: a@example.org\nSubject: ${subject}\nDate: Mon, 24 Nov 2025 10:00:00 +0000\n\nText.\n`

test('an endpoint is copied while it runs and restored as its guide says: devices go on, nothing is lost or doubled', {
  skip: spawnSync('sqlite3', ['--version']).status === 0 ? false : 'there is no sqlite3 command',
}, async (t) => {
  const world = await makeWorld(t, { mail, endpoint: 'process' })
  const beside = await world.addClient('desk')
  await world.sync()
  await beside.sync()
  const COPY = join(world.root, 'copy')
  mkdirSync(COPY)
  const run = (script = ''): void => {
    const { data: DATA, maildir: MAIL } = world.server
    const env = { ...process.env, DATA, MAIL, COPY, SETTINGS: join(DATA, 'endpoint.toml') }
    execFileSync('sh', ['-eu', '-c', script], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  assert.equal(scripts.length, 2)
  run(scripts[0])
  // What happens after the copy, on either side.
  world.server.person.deliver(['INBOX'], letter('after the copy'))
  const [first, second] = world.person.list(['INBOX'])
  assert.ok(first && second)
  world.person.flag(first)
  world.person.remove(second)
  await world.sync()
  world.person.deliver(['INBOX'], letter('written here'))
  await world.kill('SIGKILL')
  run(scripts[1])
  await world.restart()
  await world.sync()
  await beside.sync()
  await world.sync()
  world.assertInStep()
  beside.assertInStep()
  const inbox = world.server.person.list(['INBOX'])
  const before = mail.filter(({ mailbox }) => mailbox.join() === 'INBOX').length
  // What was removed after the copy is back.
  assert.equal(inbox.length, before + 2)
  assert.ok(world.server.person.find(['INBOX'], 'after the copy'))
  assert.ok(inbox.some(({ name }) => /:2,.*F/.test(name)))
})
