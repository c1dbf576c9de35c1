import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whyNotAs } from '../../../src/sync/submission/may-send-as.js'

const identities = ['Ann <ann@example.org>', '*@ann.example', 'j\u00f6rg@b\u00fccher.example']
const ann = 'ann@example.org'
const why = (header: string, from = ann): string | undefined =>
  whyNotAs(identities, from, new TextEncoder().encode(`${header}\r\n\r\n`))

test('an account sends as itself, however that is written', () => {
  const right: readonly (readonly [header: string, from?: string])[] = [
    ['From: ann@example.org'],
    ['FROM : Somebody Else <Ann@EXAMPLE.org>'],
    ['Subject: x\r\nFrom:\r\n\t"Ann, of Example" <ann@example.org>'],
    ['From: =?utf-8?Q?boss=40example=2Ecom?= <ann@example.org>'],
    ['From: "boss@example.com" <ann@example.org>'],
    ['From: (boss@example.com) ann@example.org'],
    ['From: ann@example.org, anything@ann.example\r\nSender: x@ann.example'],
    ['From: Us: ann@example.org, b@ann.example;'],
    ['From: ann@example.org', ''],
    ['From: ann@example.org', 'anything@ANN.example'],
    ['From: ann@example.org', '"any thing"@ann.example'],
    ['From: ann@example.org <ann@example.org>'],
    ['From: "boss@example.com \\" <boss@example.com>" <ann@example.org>'],
    ['From: =?utf-8?q?=3Cboss=40example.com=3E?= <ann@example.org> (of (the) Example)'],
    ['From: J\u00f6rg <j\u00f6rg@xn--bcher-kva.example>', 'j\u00f6rg@B\u00fccher.example'],
    ['Resent-From: ann@example.org\r\nFrom: bob@example.com\r\nSender: cy@example.com'],
  ]
  for (const [header, from] of right) assert.equal(why(header, from), undefined, header)
})

test('an account sends as nobody else, whatever it is made to look like', () => {
  const wrong: readonly (readonly [RegExp, header: string, from?: string])[] = [
    [/may not send as boss@example\.com/, 'From: ann@example.org', 'boss@example.com'],
    [/may not send as ann$|may not send as ann\./, 'From: ann@example.org', 'ann'],
    [/boss@example\.com/, 'From: boss@example.com'],
    [/boss@example\.com/, 'From: "ann@example.org" <boss@example.com>'],
    [/boss@example\.com/, 'From: ann@example.org <boss@example.com>'],
    [/boss@example\.com/, 'From: boss@example.com (ann@example.org)'],
    [/boss@example\.com/, 'From: ann@example.org, boss@example.com'],
    [/boss@example\.com/, 'From: ann@example.org\r\nFrom: boss@example.com'],
    [/boss@example\.com/, 'From: boss@example.com\r\nFrom: ann@example.org'],
    [/boss@example\.com/, 'From: Us: ann@example.org, boss@example.com;'],
    [/boss@example\.com/, 'From: ann@example.org\r\nSender: boss@example.com'],
    [/example\.org\.evil/, 'From: ann@example.org.evil'],
    [/sub\.ann/, 'From: x@sub.ann.example'],
    [/may not send as/, 'From: *@example.org'],
    [/may not send as/, 'From: <@example.org:boss@example.com>'],
    [/no address|may not send as/, 'From: undisclosed:;'],
    [/no address|may not send as/, 'From:'],
    [/no address/, 'Subject: x'],
    [/no address/, ''],
    [/carriage return/, 'From: ann@example.org\rFrom: boss@example.com'],
    [/carriage return/, 'From: ann@example.org\r\r\nSubject: x'],
    [/Resent-From/, 'Resent-To: bob@example.org\r\nFrom: ann@example.org'],
    [/boss@example\.com/, 'Resent-From: boss@example.com\r\nFrom: ann@example.org'],
    [/boss@example\.com/, 'Resent-From: ann@example.org\r\nResent-Sender: boss@example.com'],
    [/too long/, `From: ${'x@ann.example, '.repeat(2000)}boss@example.com`],
    [/too long/, `${'From: ann@example.org\r\n'.repeat(5000)}From: boss@example.com`],
    [/boss@example\.com/, 'From: <ann@example.org> <boss@example.com>'],
    [/boss@example\.com/, 'From: boss@example.com <ann@example.org>'],
    [/boss@example\.com/, 'From: <ann@example.org>\u0001<boss@example.com>'],
    [/boss@example\.com/, 'From: <boss@example.com <ann@example.org>>'],
    [/boss@example\.com/, 'From: ann@example.org (a (b) boss@example.com'],
    [/quote or backslash/, 'From: \\" <boss@example.com> " <ann@example.org>'],
    [/quote or backslash/, 'From: <ann@example.org>, "<boss@example.com>'],
    [/boss@example\.com/, 'From: <boss@example.com@ann.example>'],
    [/boss@example\.com/, 'From: <@x:boss@example.com, x@ann.example'],
    [/may not send as/, 'From: ann@example.org', 'boss@example.com,x@ann.example'],
    [/may not send as/, 'From: ann@example.org', 'boss@example.com x@ann.example'],
    [/may not send as/, 'From: ann@example.org', 'boss@example.com>x@ann.example'],
    [/NUL/, 'Fr\0om: boss@example.com\r\nFrom: ann@example.org'],
  ]
  for (const [words, header, from] of wrong) assert.match(why(header, from) ?? '', words, header)
})

test('an account without identities sends nothing', () => {
  const header = new TextEncoder().encode('From: ann@example.org\r\n\r\n')
  assert.match(whyNotAs([], '', header) ?? '', /may not send as ann@example\.org/)
})

test('a header that is made to be slow to read is read in a moment', () => {
  const bytes = 1024 * 1024
  for (const unit of [
    'From: a@b,c@d\n',
    'From:\n',
    'a\n',
    `From: ${'a@b,'.repeat(4000)}\n`,
    `From: ${':'.repeat(16_000)}\n`,
  ]) {
    const header = new TextEncoder().encode(unit.repeat(bytes / unit.length))
    const before = process.cpuUsage()
    assert.ok(whyNotAs(['*@b', '*@d'], '', header) !== undefined, unit)
    const { user, system } = process.cpuUsage(before)
    assert.ok(user + system < 3_000_000, `${unit.slice(0, 20)}: ${user + system} \u00b5s`)
  }
})
