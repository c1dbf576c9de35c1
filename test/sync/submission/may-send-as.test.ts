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
  ]
  for (const [words, header, from] of wrong) assert.match(why(header, from) ?? '', words, header)
})

test('an account without identities sends nothing', () => {
  const header = new TextEncoder().encode('From: ann@example.org\r\n\r\n')
  assert.match(whyNotAs([], '', header) ?? '', /may not send as ann@example\.org/)
})
