import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdsHeader, readHandedHeader, withFields } from '../../../src/cli/sendmail/handed-header.js'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { completeRecipients, readAddresses } from '../../../src/mime/headers/read-addresses.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (of: Uint8Array): string => new TextDecoder().decode(of)

/** Headers, and to whom -t sends. */
const headers: readonly (readonly [what: string, header: string, recipients: readonly string[]])[] = [
  ['To, Cc and Bcc', 'To: a@x.org\nCc: b@x.org\nBcc: c@x.org\n', ['a@x.org', 'b@x.org', 'c@x.org']],
  ['capitals', 'TO: a@x.org\nbCC: c@x.org\n', ['a@x.org', 'c@x.org']],
  ['several of one', 'To: a@x.org\nTo: b@x.org\n', ['a@x.org', 'b@x.org']],
  ['folded lines', 'To: a@x.org,\n b@x.org,\r\n\tc@x.org\n', ['a@x.org', 'b@x.org', 'c@x.org']],
  ['names', 'To: Ann <a@x.org>, "Bob, the" <b@x.org>\n', ['a@x.org', 'b@x.org']],
  [
    'an address that is the name, too',
    'To: "a@x.org" <a@x.org>, a@x.org <a@x.org>, "old@x.org" <b@x.org>\n',
    ['a@x.org', 'a@x.org', 'b@x.org'],
  ],
  ['comments', 'To: a@x.org (Ann), (Bob) b@x.org\n', ['a@x.org', 'b@x.org']],
  ['a group', 'To: friends: a@x.org, Bob <b@x.org>;, c@x.org\n', ['a@x.org', 'b@x.org', 'c@x.org']],
  ['an empty group', 'To: undisclosed-recipients:;\nBcc: a@x.org\n', ['a@x.org']],
  ['encoded words', 'To: =?utf-8?Q?Andr=C3=A9=2C_b=40y=2Eorg?= <a@x.org>\n', ['a@x.org']],
  [
    'a quoted name before the @',
    'To: "john doe"@x.org, <"a@b"@x.org>\n',
    ['"john doe"@x.org', '"a@b"@x.org'],
  ],
  ['other scripts', 'To: pelé@exämple.org, 用户@例子.广告\n', ['pelé@exämple.org', '用户@例子.广告']],
  [
    'an address literal',
    'To: a@[192.0.2.1], <b@[IPv6:2001:db8::1]>\n',
    ['a@[192.0.2.1]', 'b@[IPv6:2001:db8::1]'],
  ],
  ['names of this machine', 'To: root, postmaster\n', ['root', 'postmaster']],
  [
    'odd but real',
    "To: o'hara+tag@x.org, a..b.@docomo.example, =?@x.org\n",
    ["o'hara+tag@x.org", 'a..b.@docomo.example', '=?@x.org'],
  ],
  ['sent on', 'Resent-To: r@x.org\nResent-Bcc: s@x.org\nTo: a@x.org\n', ['r@x.org', 's@x.org']],
  [
    'sent on twice',
    'Resent-From: b@x.org\nResent-To: new@x.org\nResent-From: a@x.org\nResent-To: old@x.org\nTo: a@x.org\n',
    ['new@x.org'],
  ],
  [
    'sent on twice, by mail servers',
    'Resent-To: new@x.org\nReceived: by x\nResent-To: old@x.org\nResent-Cc: old@x.org\nTo: a@x.org\n',
    ['new@x.org'],
  ],
  ['sent on to nobody', 'Resent-From: b@x.org\nTo: a@x.org\n', []],
  ['nobody', 'Subject: x\n', []],
  ['text that looks like a header behind the header', 'To: a@x.org\n\nTo: b@x.org\n', ['a@x.org']],
  ['a separator of an mbox', 'From ann@x.org Mon Jan 1\nTo: a@x.org\n', ['a@x.org']],
]

for (const [what, header, recipients] of headers)
  test(`-t reads ${what}`, () => {
    assert.deepEqual(readHandedHeader(bytes(header)).recipients(), recipients)
  })

const wrong = [
  'a@',
  '@x.org',
  '""@x.org',
  'a@b@x.org',
  'a@x.org b@x.org',
  '<a@x.org> <b@x.org>',
  'a@x.org <b@x.org>',
  'c@x.org, g: a@x.org b@x.org;',
  'a@x..org',
  'a@.org',
  '<@hop.org:a@x.org>',
  `${'a'.repeat(400)}@x.org`,
  'a@x.org>evil',
  'a@x/y',
  'two words',
  'a@x.org to: b@x.org',
  'b@[IPv6:2001:db8::1]',
  'a@x.org\nto: b@x.org',
  'a\u0000@x.org',
  'a@x\u0007.org',
  'b\ufffd@x.org',
]

for (const address of wrong)
  test(`"${address.slice(0, 30)}" is no address`, () => {
    assert.throws(
      () => readAddresses(address),
      (error) => hasCode(error, 'MAIL_INVALID'),
    )
  })

test('a domain has 255 bytes at most', () => {
  const domain = (bytes: number): string => `${'é.'.repeat(84)}${'x'.repeat(bytes - 3 * 84)}`
  assert.equal(readAddresses(`a@${domain(255)}`).length, 1)
  assert.throws(
    () => readAddresses(`a@${domain(256)}`),
    (error) => hasCode(error, 'MAIL_INVALID'),
  )
})

test('no address has a line end in it, whatever was handed in', () => {
  for (const evil of ['a@x.org\nto: b@x.org', '"a\r\nto: b@x.org"@x.org', '<a@x.org\n>', 'a\n\n@x.org'])
    try {
      for (const { address } of readAddresses(evil)) assert.doesNotMatch(address, /[\r\n]/)
    } catch (error) {
      assert.ok(hasCode(error, 'MAIL_INVALID'))
    }
})

test('recipients stand once, and names of this machine go where the settings say', () => {
  assert.deepEqual(completeRecipients(['a@x.org', 'a@X.ORG', 'root', 'b@localhost', 'A@x.org'], 'me@y.org'), [
    'a@X.ORG',
    'me@y.org',
    'A@x.org',
  ])
  assert.throws(
    () => completeRecipients(['root'], undefined),
    (error) => hasCode(error, 'LOCAL_NAME'),
  )
})

/** What comes in, and what of it with a field more. */
const completed: readonly (readonly [what: string, before: string, after: string])[] = [
  ['a whole mail', 'To: a\n\nbody\n', 'X: y\nTo: a\n\nbody\n'],
  ['CRLF', 'To: a\r\n\r\nbody\r\n', 'X: y\r\nTo: a\r\n\r\nbody\r\n'],
  ['a body alone', 'hello\nthere\n', 'X: y\n\nhello\nthere\n'],
  ['a body behind an empty header', '\nhello\n', 'X: y\n\nhello\n'],
  ['a header alone', 'To: a\n', 'X: y\nTo: a\n\n'],
  ['a header without its last line end', 'To: a', 'X: y\nTo: a\n\n'],
  ['a body without a blank line before it', 'To: a\nhello\n', 'X: y\nTo: a\n\nhello\n'],
  ['an mbox separator', 'From a Mon Jan 1\nTo: a\n\nFrom x\n', 'X: y\nTo: a\n\nFrom x\n'],
  ['a line end of its own kind in the body', 'To: a\n\nb\r\nc', 'X: y\nTo: a\n\nb\r\nc'],
]

for (const [what, before, after] of completed)
  test(`${what} gets a field and keeps all else`, () => {
    assert.equal(text(withFields(readHandedHeader(bytes(before)), ['X: y'])), after)
  })

test('the end of a header is seen wherever the bytes are cut, and never too early', () => {
  for (const whole of [
    'To: a\nCc: b\n\nbody',
    'To: a\r\nCc: b\r\n\r\nbody',
    '\nbody',
    'From x\nTo: a\n\nbody',
    'hello\nbody',
  ]) {
    const all = bytes(whole)
    const wanted = readHandedHeader(all)
    for (let cut = 0; cut < all.length; cut++)
      if (holdsHeader(all.subarray(0, cut)))
        assert.deepEqual(
          readHandedHeader(all.subarray(0, cut)).fields,
          wanted.fields,
          `${whole} cut at ${cut}`,
        )
    assert.ok(holdsHeader(all), whole)
  }
})

test('what a mail says of its hurry is heard, in each of the ways there are', () => {
  for (const field of ['Priority: urgent', 'X-Priority: 1 (Highest)', 'Importance: High'])
    assert.equal(readHandedHeader(bytes(`${field}\n\n`)).urgent, true, field)
  for (const field of [
    'Priority: normal',
    'X-Priority: 3',
    'X-Priority: 10',
    'Importance: low',
    'Subject: urgent',
  ])
    assert.equal(readHandedHeader(bytes(`${field}\n\n`)).urgent, false, field)
})
