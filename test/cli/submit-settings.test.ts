import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountStore } from '../../src/cli/settings/accounts/account-store.js'
import { mailServerOf, sendmailOf, submitTable } from '../../src/cli/settings/accounts/submit-settings.js'
import { InvalidValue } from '../../src/settings/invalid-value.js'

const place = { resolve: (path: string) => path }
const read = (table: object) => submitTable.read(table, place)

const identities = ['Ann <ann@example.org>', '*@ann.example']
const smtp = { via: 'smtp', host: 'smtp.example.org', identities }
const login = { user: 'ann', passwordFile: '/secret' }

test('each way to send has its defaults', async () => {
  const at = (table: object) => {
    const { at: where, tls, protocol } = mailServerOf(read(table))
    return { ...where, tls, protocol }
  }
  const host = 'smtp.example.org'
  assert.deepEqual(at(smtp), { host, port: 465, tls: 'tls', protocol: 'smtp' })
  assert.deepEqual(at({ ...smtp, tls: 'starttls' }), { host, port: 587, tls: 'starttls', protocol: 'smtp' })
  assert.deepEqual(at({ ...smtp, port: 2525 }), { host, port: 2525, tls: 'tls', protocol: 'smtp' })
  assert.deepEqual(at({ ...smtp, host: '::1', tls: 'none' }), {
    host: '::1',
    port: 587,
    tls: 'none',
    protocol: 'smtp',
  })
  const lmtp = { via: 'lmtp', identities }
  assert.deepEqual(at({ ...lmtp, socket: '/run/lmtp' }), {
    socket: '/run/lmtp',
    tls: 'none',
    protocol: 'lmtp',
  })
  assert.deepEqual(at({ ...lmtp, host: 'localhost' }), {
    host: 'localhost',
    port: 24,
    tls: 'none',
    protocol: 'lmtp',
  })
  assert.deepEqual(at({ ...lmtp, host }), { host, port: 24, tls: 'tls', protocol: 'lmtp' })
  assert.deepEqual(sendmailOf(read({ via: 'sendmail', identities })), ['/usr/sbin/sendmail', '-i'])
  assert.deepEqual(sendmailOf(read({ via: 'sendmail', identities, command: ['msmtp', '-a', 'x'] })), [
    'msmtp',
    '-a',
    'x',
  ])
  const { login: how } = mailServerOf(read({ ...smtp, user: 'ann', tokenCommand: ['printf', 't0ken\nmore'] }))
  assert.equal(how?.user, 'ann')
  assert.deepEqual(await how.credentials(new AbortController().signal), { token: 't0ken' })
  assert.equal(mailServerOf(read(smtp)).login, undefined)
  assert.equal(read({ ...smtp, giveUpAfter: '2 days' }).giveUpAfter, 2 * 86_400_000)
})

test('what makes no sense is refused by name', () => {
  const cases: readonly (readonly [object, string, RegExp])[] = [
    [{ host: 'h', identities }, '', /via is missing/],
    [{ via: 'smtp', host: 'h' }, '', /identities is missing/],
    [{ via: 'smtp', identities }, '', /host is missing/],
    [{ via: 'lmtp', identities }, '', /host is missing/],
    [{ ...smtp, via: 'pigeon' }, 'via', /one of smtp/],
    [{ ...smtp, tls: 'none' }, 'tls', /in clear/],
    [{ ...smtp, via: 'lmtp', tls: 'none' }, 'tls', /in clear/],
    [{ ...smtp, port: 0 }, 'port', /port/],
    [{ ...smtp, port: 65_536 }, 'port', /port/],
    [{ ...smtp, ...login, tokenCommand: ['x'] }, '', /one of passwordCommand/],
    [{ ...smtp, user: 'ann' }, '', /user with one of/],
    [{ ...smtp, passwordFile: '/secret' }, '', /user with one of/],
    [{ ...smtp, socket: '/run/lmtp' }, 'socket', /lmtp/],
    [{ via: 'lmtp', host: '::1', socket: '/run/lmtp', identities }, 'socket', /absent/],
    [{ ...smtp, command: ['sendmail'] }, 'command', /sendmail/],
    [{ ...smtp, via: 'sendmail' }, 'host', /absent/],
    [{ via: 'sendmail', identities, command: [] }, 'command', /program first/],
    [{ ...smtp, identities: ['ann'] }, 'identities.0', /address/],
    [{ ...smtp, identities: ['a@example.org', 'Ann <a@b> x'] }, 'identities.1', /address/],
    [{ ...smtp, identities: ['a@b, c@d'] }, 'identities.0', /address/],
    [{ ...smtp, rat: 1 }, 'rat', /table/],
  ]
  for (const [table, where, words] of cases)
    assert.throws(
      () => read(table),
      (error) => error instanceof InvalidValue && error.path.join('.') === where && words.test(error.message),
      `${JSON.stringify(table)} ${words}`,
    )
})

test('an account of either kind says how its mail is sent, and is written as it is read', () => {
  const submit = { ...smtp, ...login }
  const stores = [
    { mailstore: 'maildir:/mail', submit },
    { mailstore: 'imap', host: 'imap.example.org', ...login, submit },
  ].map((table) => accountStore.read(table, place))
  for (const store of stores) {
    assert.deepEqual(store.submit, submit)
    assert.match(accountStore.print(store), /submit = \{ via = "smtp", host = "smtp\.example\.org"/)
  }
  assert.deepEqual(stores[0], { maildir: '/mail', submit })
  assert.deepEqual(accountStore.read({ mailstore: 'maildir:/mail' }, place), { maildir: '/mail' })
  assert.equal(accountStore.print({ maildir: '/mail' }), '"maildir:/mail"')
  for (const wrong of [
    '/mail',
    'maildir:',
    7,
    ['maildir:/mail'],
    { mailstore: 'maildir:' },
    { mailstore: 'maildir:/m', host: 'x' },
  ])
    assert.throws(() => accountStore.read(wrong, place), InvalidValue)
})
