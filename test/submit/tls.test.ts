import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { defaultPatience } from '../../src/submit/mail-server.js'
import { openSmtpSubmitter } from '../../src/submit/smtp.js'
import { selfSigned } from '../link/world.js'
import { startServer } from './servers.js'
import { textMail } from './text-mail.js'

const never = new AbortController().signal
const mail = textMail('From: a\r\n\r\nhi')
const envelope = { from: 'ann@example.org', recipients: ['bob@example.org'] }
const login = { user: 'ann', credentials: async () => ({ password: 's3cret' }) }

for (const tls of ['tls', 'starttls'] as const)
  test(`${tls} carries login and mail to the server whose certificate is good, and to no other`, async (t) => {
    const certificate = selfSigned()
    if (!certificate) return t.skip('no openssl')
    const { key, cert } = certificate
    const logins: (string | undefined)[] = []
    const { port, taken } = await startServer(t, {
      key,
      cert,
      secure: tls === 'tls',
      disabledCommands: [],
      authOptional: false,
      onAuth: ({ username, password }, { secure }, done) => {
        logins.push(`${username} ${password} ${secure}`)
        done(null, { user: username })
      },
    })
    const open = (host: string, ca: string | undefined) =>
      openSmtpSubmitter(
        { protocol: 'smtp', at: { host, port }, tls, login },
        { patience: defaultPatience, ...(ca !== undefined && { tls: { ca } }) },
      )
    const [handed] = await open('localhost', cert).submit(envelope, mail, never)
    assert.equal(handed?.outcome, 'accepted', handed?.reply)
    assert.deepEqual(logins, ['ann s3cret true'])
    assert.equal(taken.length, 1)
    const [distrusted] = await open('localhost', undefined).submit(envelope, mail, never)
    assert.equal(distrusted?.outcome, 'later')
    assert.match(distrusted?.reply ?? '', /certificate/)
    await assert.rejects(open('localhost', undefined).limits(never), (error) => hasCode(error, 'SUBMIT_AWAY'))
    assert.deepEqual([logins.length, taken.length], [1, 1])
  })

test('a server that is not there is away, and mail waits', async () => {
  const free = createServer()
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve))
  const { port } = free.address() as { readonly port: number }
  await new Promise((resolve) => free.close(resolve))
  for (const at of [
    { host: '127.0.0.1', port },
    { socket: '/nowhere/lmtp' },
    { host: 'nowhere.invalid', port: 25 },
  ]) {
    const submitter = openSmtpSubmitter({ protocol: 'lmtp', at, tls: 'none' })
    const [handed] = await submitter.submit(envelope, mail, never)
    assert.equal(handed?.outcome, 'later')
    await assert.rejects(submitter.limits(never), (error) => hasCode(error, 'SUBMIT_AWAY'))
  }
})

test('LMTP goes over a socket of this machine', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-lmtp-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { port, taken } = await startServer(t, { lmtp: true })
  const socket = join(folder, 'lmtp')
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    near.pipe(far).pipe(near)
    for (const end of [near, far]) end.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  t.after(() => server.close())
  const submitter = openSmtpSubmitter({ protocol: 'lmtp', at: { socket }, tls: 'none' })
  const [handed] = await submitter.submit(envelope, mail, never)
  assert.equal(handed?.outcome, 'accepted', handed?.reply)
  assert.equal(taken.length, 1)
})
