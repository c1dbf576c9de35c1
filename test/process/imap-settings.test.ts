import assert from 'node:assert/strict'
import { test } from 'node:test'
import { imapServerOf, readImapSettings } from '../../src/cli/imap-settings.js'
import { hasCode } from '../../src/errors/packetboat-error.js'

const account = { mailstore: 'imap', host: 'imap.example.org', user: 'me' }

test('an account on an IMAP server has TLS, its port, and one way to log in', async () => {
  const server = imapServerOf(
    readImapSettings('me', { ...account, passwordCommand: ['printf', 's3cret\nmore'] }),
  )
  const { host, port, tls, leaveOut } = server
  assert.deepEqual({ host, port, tls }, { host: 'imap.example.org', port: 993, tls: 'tls' })
  assert.deepEqual(await server.credentials(), { password: 's3cret' })
  assert.ok(leaveOut.includes('\\All'))
  const token = imapServerOf(
    readImapSettings('me', { ...account, tls: 'starttls', tokenCommand: ['printf', 'abc'] }),
  )
  assert.equal(token.port, 143)
  assert.deepEqual(await token.credentials(), { token: 'abc' })
})

test('what makes no sense is refused by name, and no secret is told', async () => {
  const password = { passwordCommand: ['true'] }
  const cases: readonly (readonly [object, RegExp])[] = [
    [{ ...account }, /one of passwordCommand/],
    [{ ...account, ...password, passwordFile: '/x' }, /one of passwordCommand/],
    [{ mailstore: 'imap', user: 'me', ...password }, /host is missing/],
    [{ ...account, ...password, tls: 'none' }, /in clear/],
    [{ ...account, ...password, port: 70_000 }, /no port/],
    [{ ...account, ...password, prot: 1 }, /no setting "prot"/],
    [{ ...account, passwordCommand: 'pass show' }, /passwordCommand should be/],
    [{ ...account, passwordCommand: [] }, /passwordCommand should be/],
  ]
  for (const [table, words] of cases)
    assert.throws(
      () => readImapSettings('me', table),
      (error) => hasCode(error, 'CONFIG') && words.test(error.message),
      String(words),
    )
  const failing = imapServerOf(
    readImapSettings('me', { ...account, passwordCommand: ['sh', '-c', 'echo s3cret >&2; exit 3'] }),
  )
  await assert.rejects(
    failing.credentials(),
    (error) =>
      hasCode(error, 'CONFIG') && /ended with 3/.test(error.message) && !/s3cret/.test(String(error.cause)),
  )
})
