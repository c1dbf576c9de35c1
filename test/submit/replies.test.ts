import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { MailServer } from '../../src/submit/mail-server.js'
import { oneLine } from '../../src/submit/reply.js'
import { openSmtpSubmitter } from '../../src/submit/smtp.js'
import type { SubmitMail } from '../../src/sync/submission/submitter.js'
import { type Script, type ScriptedServer, startScripted } from './scripted-server.js'
import { textMail } from './text-mail.js'

const never = new AbortController().signal
const text = 'From: ann@example.org\r\n\r\nhi\r\n'
const mail = textMail(text)

/** So long that a server that answers at all is never cut off. */
const patience = { connectMs: 20_000, answerMs: 20_000 }

async function handOver(
  t: TestContext,
  script: Script,
  recipients: readonly string[] = ['b@example.org', 'c@example.org'],
  { protocol = 'smtp', ...more }: Partial<MailServer> = {},
): Promise<{ readonly said: string; readonly server: ScriptedServer }> {
  const server = await startScripted(t, script)
  const submitter = openSmtpSubmitter(
    { protocol, at: { host: '127.0.0.1', port: server.port }, tls: 'none', ...more },
    { patience },
  )
  const handed = await submitter.submit({ from: 'ann@example.org', recipients }, mail, never)
  return { said: handed.map(({ outcome, reply }) => `${outcome} (${reply})`).join(' '), server }
}

const slow: Script = { EHLO: '250 here' }

const cases: readonly (readonly [what: string, script: Script, said: RegExp])[] = [
  ['all is well', {}, /^accepted \(250 taken\) accepted \(250 taken\)$/],
  ['one step at a time', slow, /^accepted .* accepted /],
  ['HELO only', { EHLO: '502 what?', HELO: '250 here' }, /^accepted .* accepted /],
  ['a long goodbye', { QUIT: '' }, /^accepted .* accepted /],
  ['several lines', { '.': '250-well\r\n250 done' }, /^accepted \(250-well done\)/],
  ['other bytes', { '.': '550 \xe4\u0007\x9b2J' }, /^refused \(550 [^\p{Cc}]*\) refused/u],
  ['no room for it now', { '.': '452 4.3.1 full' }, /^later \(452 4\.3\.1 full\) later/],
  ['spam', { '.': '554 5.7.1 spam' }, /^refused \(554 5\.7\.1 spam\) refused/],
  ['nonsense for an answer', { '.': '354 go on' }, /^uncertain .* uncertain /],
  ['no number', { '.': 'thank you' }, /^uncertain .* uncertain /],
  ['hung up on the dot', { '.': null }, /^uncertain .* uncertain /],
  ['about to close, on the dot', { '.': '421 bye' }, /^later \(421 bye\) later/],
  ['no greeting', { hello: null }, /^later .* later /],
  ['not for us', { hello: '554 go away' }, /^later \(554 go away\) later/],
  ['not to EHLO', { EHLO: '421 too many' }, /^later \(421 too many\) later/],
  [
    'not from her',
    { MAIL: '550 5.1.8 not you', RCPT: '503 MAIL first', DATA: '503 no' },
    /^refused \(550 5\.1\.8 not you\) refused/,
  ],
  ['not from her, one step at a time', { ...slow, MAIL: '553 not you' }, /^refused \(553 not you\) refused/],
  [
    'not from her now',
    { MAIL: '451 later', RCPT: '503 MAIL first', DATA: '503 no' },
    /^later \(451 later\) later/,
  ],
  [
    'who are you?',
    { MAIL: '530 5.7.0 log in first', RCPT: '503 no', DATA: '503 no' },
    /^later \(530 5\.7\.0 log in first\) later/,
  ],
  [
    'not to the first',
    { RCPT: ['550 no such', '250 ok'] },
    /^refused \(550 no such\) accepted \(250 taken\)$/,
  ],
  [
    'not to the second now',
    { RCPT: ['250 ok', '452 too many'] },
    /^accepted \(250 taken\) later \(452 too many\)$/,
  ],
  [
    'to nobody',
    { RCPT: ['550 no such', '450 later'], DATA: '554 no valid' },
    /^refused \(550 no such\) later \(450 later\)$/,
  ],
  ['to nobody, and yet go on', { RCPT: '550 no such' }, /^refused \(550 no such\) refused/],
  ['no data', { DATA: '554 no' }, /^refused \(554 no\) refused/],
  ['no data now', { DATA: '451 no' }, /^later \(451 no\) later/],
  [
    'not to the first, and no data',
    { RCPT: ['550 no such', '250 ok'], DATA: '451 no' },
    /^refused \(550 no such\) later \(451 no\)$/,
  ],
  [
    'not to the first, and spam',
    { RCPT: ['550 no such', '250 ok'], '.': '554 spam' },
    /^refused \(550 no such\) refused \(554 spam\)$/,
  ],
  ['hung up on DATA', { DATA: null }, /^later .* later /],
  ['refuses before the end', { DATA: '354 go on\r\n552 too much' }, /^refused \(552 too much\) refused/],
]
for (const [what, script, said] of cases)
  test(`SMTP: ${what}`, async (t) => {
    assert.match((await handOver(t, script)).said, said)
  })

const each: readonly (readonly [what: string, script: Script, said: RegExp])[] = [
  ['two answers', { '.': '250 first\r\n250 second' }, /^accepted \(250 first\) accepted \(250 second\)$/],
  ['one is refused', { '.': '250 first\r\n552 full' }, /^accepted \(250 first\) refused \(552 full\)$/],
  ['one has no room now', { '.': '452 full\r\n250 second' }, /^later \(452 full\) accepted \(250 second\)$/],
  [
    'an answer for those only that were asked',
    { RCPT: ['550 no', '250 ok'], '.': '250 second' },
    /^refused \(550 no\) accepted \(250 second\)$/,
  ],
]
for (const [what, script, said] of each)
  test(`LMTP: ${what}`, async (t) => {
    assert.match((await handOver(t, script, undefined, { protocol: 'lmtp' })).said, said)
  })

test('what is called taken before it has gone is not taken', async (t) => {
  const server = await startScripted(t, { DATA: '354 go on\r\n250 taken' })
  const submitter = openSmtpSubmitter({
    protocol: 'smtp',
    at: { host: '127.0.0.1', port: server.port },
    tls: 'none',
  })
  let goOn = (): void => undefined
  const begun: SubmitMail = {
    sizeBytes: text.length,
    async *read() {
      yield new TextEncoder().encode(text.slice(0, 10))
      await new Promise<void>((resolve) => {
        goOn = resolve
      })
      yield new TextEncoder().encode(text.slice(10))
    },
  }
  const [handed] = await submitter.submit({ from: '', recipients: ['b@example.org'] }, begun, never)
  assert.equal(handed?.outcome, 'later')
  goOn()
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(!server.heard.includes('.'), 'the rest stays here')
})

test('nothing is said in clear where STARTTLS is wanted and not offered', async (t) => {
  const login = { user: 'ann', credentials: async () => ({ password: 's3cret' }) }
  const { said, server } = await handOver(t, {}, undefined, { tls: 'starttls', login })
  assert.match(said, /^later .* later /)
  for (const line of server.heard) assert.match(line, /^(EHLO|STARTTLS|QUIT)/)
})

test('who logs in is told of it, and of no message', async (t) => {
  const ways: readonly (readonly [auth: string, script: Script, said: RegExp, heard: RegExp])[] = [
    ['PLAIN LOGIN', { AUTH: '235 in' }, /^accepted/, /^AUTH PLAIN AGFubgBzM2NyZXQ=$/],
    ['PLAIN', { AUTH: '535 5.7.8 wrong' }, /^later \(535 5\.7\.8 wrong\)/, /^AUTH PLAIN/],
    ['PLAIN', { AUTH: '454 not now' }, /^later \(454 not now\)/, /^AUTH PLAIN/],
    ['PLAIN', { AUTH: null }, /^later/, /^AUTH PLAIN/],
  ]
  for (const [auth, script, said, heard] of ways) {
    const login = { user: 'ann', credentials: async () => ({ password: 's3cret' }) }
    const result = await handOver(t, { EHLO: `250-here\r\n250 AUTH ${auth}`, ...script }, undefined, {
      login,
    })
    assert.match(result.said, said)
    assert.ok(
      result.server.heard.some((line) => heard.test(line)),
      result.server.heard.join('\n'),
    )
    assert.ok(!result.said.includes('s3cret'))
  }
})

test('a token goes in the way that the server knows', async (t) => {
  const login = { user: 'a,b=c', credentials: async () => ({ token: 't0ken' }) }
  const ways: readonly (readonly [auth: string, script: Script, said: RegExp, heard: RegExp])[] = [
    ['PLAIN XOAUTH2 OAUTHBEARER', { AUTH: '235 in' }, /^accepted/, /^user=a,b=c\|auth=Bearer t0ken\|\|$/],
    [
      'PLAIN OAUTHBEARER',
      { AUTH: '235 in' },
      /^accepted/,
      /^n,a=a=2Cb=3Dc,\|host=127\.0\.0\.1\|port=\d+\|auth=Bearer t0ken\|\|$/,
    ],
    ['XOAUTH2', { AUTH: '334 eyJ9', '': '535 expired' }, /^later \(.*535 expired\)/, /^user=/],
    ['OAUTHBEARER', { AUTH: '334 eyJ9', AQ: '535 expired' }, /^later \(.*535 expired\)/, /^n,a=/],
  ]
  for (const [auth, script, said, heard] of ways) {
    const result = await handOver(t, { EHLO: `250-here\r\n250 AUTH ${auth}`, ...script }, undefined, {
      login,
    })
    assert.match(result.said, said)
    const sent = result.server.heard.map((line) =>
      Buffer.from(line.split(' ')[2] ?? '', 'base64')
        .toString()
        .replaceAll('\x01', '|'),
    )
    assert.ok(
      sent.some((line) => heard.test(line)),
      sent.join('\n'),
    )
    assert.ok(!result.said.includes('t0ken'))
  }
})

test('a password that can not be had leaves the mail for later', async (t) => {
  const login = {
    user: 'ann',
    credentials: () => Promise.reject(new Error('The command for passwordCommand (pass) ended with 1.')),
  }
  assert.match((await handOver(t, {}, undefined, { login })).said, /^later \(The command for passwordCommand/)
})

test('a server is told what it knows of, and refuses at once what is too big for it', async (t) => {
  const server = await startScripted(t, {
    EHLO: '250-here\r\n250-SIZE 1000\r\n250-DSN\r\n250-8BITMIME\r\n250 SMTPUTF8',
  })
  const submitter = openSmtpSubmitter({
    protocol: 'smtp',
    at: { host: '127.0.0.1', port: server.port },
    tls: 'none',
  })
  assert.deepEqual(await submitter.limits(never), { maxBytes: 1000 })
  const envelope = {
    from: 'ann@example.org',
    recipients: ['j\u00f6rg@b\u00fccher.example', 'b@b\u00fccher.example'],
    notify: ['success', 'failure'],
    ret: 'headers',
    envelopeId: 'a1',
  } as const
  const handed = await submitter.submit(envelope, mail, never)
  assert.deepEqual(
    handed.map(({ outcome }) => outcome),
    ['accepted', 'accepted'],
  )
  const mailFrom = server.heard.find((line) => line.startsWith('MAIL')) ?? ''
  for (const word of ['SMTPUTF8', 'BODY=8BITMIME', `SIZE=${text.length}`, 'RET=HDRS', 'ENVID=a1'])
    assert.ok(mailFrom.split(' ').includes(word), `${mailFrom}: ${word}`)
  const rcpt = server.heard
    .filter((line) => line.startsWith('RCPT'))
    .map((line) => Buffer.from(line, 'latin1').toString())
  assert.deepEqual(rcpt, [
    'RCPT TO:<j\u00f6rg@b\u00fccher.example> NOTIFY=SUCCESS,FAILURE',
    'RCPT TO:<b@xn--bcher-kva.example> NOTIFY=SUCCESS,FAILURE',
  ])
  let read = false
  const big: SubmitMail = {
    sizeBytes: 1001,
    async *read() {
      read = true
      yield new Uint8Array(1001)
    },
  }
  assert.deepEqual(
    (await submitter.submit(envelope, big, never)).map(({ outcome }) => outcome),
    ['refused', 'refused'],
  )
  assert.ok(!read)
})

test('a server without SMTPUTF8 hears of no address that it could get wrong', async (t) => {
  const { said, server } = await handOver(t, {}, ['j\u00f6rg@example.org', 'b@b\u00fccher.example'])
  assert.match(said, /^refused \(.*\) accepted \(250 taken\)$/)
  for (const line of server.heard) assert.match(line, /^[\x20-\x7e]*$/)
})

test('of what a server says 500 characters are kept, and no half one', () => {
  assert.equal(oneLine('x'.repeat(500)), 'x'.repeat(500))
  assert.equal(oneLine('x'.repeat(501)), `${'x'.repeat(499)}…`)
  assert.equal(oneLine(`${'x'.repeat(498)}\u{1F600}xx`), `${'x'.repeat(498)}…`)
})

test('silence is borne so long, and then is what it is', async (t) => {
  const short = { connectMs: 30, answerMs: 30 }
  for (const [script, said] of [
    [{ hello: '' }, 'later'],
    [{ EHLO: '' }, 'later'],
    [{ MAIL: '', RCPT: '', DATA: '' }, 'later'],
    [{ '.': '' }, 'uncertain'],
  ] as const) {
    const { port } = await startScripted(t, script)
    const submitter = openSmtpSubmitter(
      { protocol: 'smtp', at: { host: '127.0.0.1', port }, tls: 'none' },
      { patience: 'hello' in script ? short : { ...patience, answerMs: 300 } },
    )
    const [handed] = await submitter.submit({ from: '', recipients: ['b@example.org'] }, mail, never)
    assert.equal(handed?.outcome, said, `${JSON.stringify(script)}: ${handed?.reply}`)
    // The limit for the whole conversation would end it later.
    assert.doesNotMatch(handed?.reply ?? '', /took too long/)
  }
})

test('who interrupts behind the last byte knows no better than anybody', async (t) => {
  for (const [at, said] of [
    [/^\.$/, 'uncertain'],
    [/^MAIL/, 'later'],
  ] as const) {
    const server = await startScripted(t, { '.': '', MAIL: at.source.includes('MAIL') ? '' : '250 ok' })
    const submitter = openSmtpSubmitter({
      protocol: 'smtp',
      at: { host: '127.0.0.1', port: server.port },
      tls: 'none',
    })
    const stop = new AbortController()
    void server.hears(at).then(() => stop.abort())
    const [handed] = await submitter.submit({ from: '', recipients: ['b@example.org'] }, mail, stop.signal)
    assert.equal(handed?.outcome, said)
  }
})

test('a wish for no report is the only wish that is told', async (t) => {
  const server = await startScripted(t, { EHLO: '250-here\r\n250 DSN' })
  const submitter = openSmtpSubmitter({
    protocol: 'smtp',
    at: { host: '127.0.0.1', port: server.port },
    tls: 'none',
  })
  const recipients = ['b@example.org']
  for (const envelopeId of ['+=\u00e4', 'x'.repeat(101), 'a b']) {
    const envelope = { from: '', recipients, notify: ['success', 'never'], envelopeId } as const
    const [handed] = await submitter.submit(envelope, mail, never)
    assert.equal(handed?.outcome, 'accepted', handed?.reply)
  }
  assert.deepEqual(server.heard.filter((line) => /^(MAIL|RCPT)/.test(line)).slice(0, 2), [
    'MAIL FROM:<>',
    'RCPT TO:<b@example.org> NOTIFY=NEVER',
  ])
})
