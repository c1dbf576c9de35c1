import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imapAccount, imapServerOf } from '../../src/cli/settings/accounts/imap-settings.js'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { InvalidValue } from '../../src/settings/invalid-value.js'

const read = (table: object) => imapAccount.read(table, { resolve: (path) => path })

const account = { mailstore: 'imap', host: 'imap.example.org', user: 'me' }

test('an account on an IMAP server has TLS, its port, and one way to log in', async () => {
  const server = imapServerOf(read({ ...account, passwordCommand: ['printf', 's3cret\nmore'] }))
  const { host, port, tls, leaveOut, wholeBytes } = server
  assert.deepEqual({ host, port, tls }, { host: 'imap.example.org', port: 993, tls: 'tls' })
  assert.deepEqual(await server.credentials(), { password: 's3cret' })
  assert.ok(leaveOut.includes('\\All'))
  assert.equal(wholeBytes, 1024 * 1024)
  const thorough = imapServerOf(read({ ...account, passwordFile: '/x', wholeBytes: '30 MB' }))
  assert.equal(thorough.wholeBytes, 30_000_000)
  const token = imapServerOf(read({ ...account, tls: 'starttls', tokenCommand: ['printf', 'abc'] }))
  assert.equal(token.port, 143)
  assert.deepEqual(await token.credentials(), { token: 'abc' })
})

test('what makes no sense is refused by name, and no secret is told', async () => {
  const password = { passwordCommand: ['true'] }
  const cases: readonly (readonly [object, string, RegExp])[] = [
    [{ ...account }, '', /one of passwordCommand/],
    [{ ...account, ...password, passwordFile: '/x' }, '', /one of passwordCommand/],
    [{ mailstore: 'imap', user: 'me', ...password }, '', /host is missing/],
    [{ ...account, ...password, tls: 'none' }, 'tls', /in clear/],
    [{ ...account, ...password, port: 70_000 }, 'port', /port/],
    [{ ...account, ...password, prot: 1 }, 'prot', /IMAP server/],
    [{ ...account, passwordCommand: 'pass show' }, 'passwordCommand', /command/],
    [{ ...account, passwordCommand: [] }, 'passwordCommand', /the program first/],
  ]
  for (const [table, where, words] of cases)
    assert.throws(
      () => read(table),
      (error) => error instanceof InvalidValue && error.path.join('.') === where && words.test(error.message),
      String(words),
    )
  assert.throws(
    () => read({ ...account, ...password, prot: 1 }),
    (error) => error instanceof InvalidValue && error.meant === 'port',
  )
  const failing = imapServerOf(read({ ...account, passwordCommand: ['sh', '-c', 'echo s3cret >&2; exit 3'] }))
  await assert.rejects(
    failing.credentials(),
    (error) => hasCode(error, 'CONFIG') && /3/.test(error.message) && !/s3cret/.test(String(error.cause)),
  )
})
