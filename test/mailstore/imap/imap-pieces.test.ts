import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { pathOfServerName, serverName } from '../../../src/mailstore/imap/names/mailbox-names.js'
import { parseToken, printToken } from '../../../src/mailstore/imap/names/mailbox-token.js'
import { bodySizesOf } from '../../../src/mailstore/imap/read/body-structure.js'
import { ContentCache } from '../../../src/mailstore/imap/read/content-cache.js'
import { flagsOf, internalDateOf } from '../../../src/mailstore/imap/read/message-flags.js'
import { codeOf, itemsOf, numberOf, textsOf } from '../../../src/mailstore/imap/session/imap-response.js'
import { UidSet } from '../../../src/mailstore/imap/session/uid-set.js'
import { dateTime, withCrlf } from '../../../src/mailstore/imap/write/append-message.js'

/** The small parts of the IMAP mail store, without a server. */

const namings = [
  { delimiter: '.', prefix: 'INBOX.' },
  { delimiter: '.', prefix: '' },
  { delimiter: '/', prefix: '' },
] as const

test('a mailbox name comes back from the server as it went, delimiters in it too', () => {
  const segment = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter(
      (text) => !/[\p{Cc}\u2024\u2215\u2216\uFE60\uFE6A\u2400-\u2421]/u.test(text) && !/^inbox$/i.test(text),
    )
  const path = fc.array(fc.oneof(segment, fc.constantFrom('a.b', 'x/y', 'Grüße')), {
    minLength: 1,
    maxLength: 4,
  })
  for (const naming of namings)
    fc.assert(
      fc.property(path, (path) => {
        const name = serverName(path, naming)
        assert.match(name, /^[ -~]*$/)
        assert.deepEqual(pathOfServerName(name, naming), path)
      }),
    )
  assert.equal(serverName(['inbox'], namings[0]), 'INBOX')
})

test('a name that the server could not give back is refused, and hostile ones are nobody’s', () => {
  for (const path of [[''], ['a', ''], ['a\nb'], ['a\u2024b'], []])
    assert.throws(
      () => serverName(path, namings[0]),
      (error) => hasCode(error, 'MAILBOX_NAME'),
      path.join(),
    )
  assert.throws(() => serverName(['a', 'b'], { delimiter: undefined, prefix: '' }))
  assert.equal(pathOfServerName('shared.x', namings[0]), undefined)
  assert.equal(pathOfServerName('INBOX.', namings[0]), undefined)
})

test('a name that is not as we would write it has a path of its own, and comes back byte for byte', () => {
  const shown = [
    ['R&D', 'R\uFE60D'],
    ['R&-D', 'R&D'],
    ['Gel\u00c3\u00b6scht', 'Gel\u00f6scht\uFE6A'],
    ['caf\u00e9', 'caf\uFE6AE9'],
    ['a\tb', 'a\u2409b'],
    ['a&AAk-b', 'a\uFE60AAk-b'],
    ['INBOX.INBOX', 'INBOX\uFE6A'],
  ] as const
  for (const [name, path] of shown) {
    const naming = name === 'INBOX.INBOX' ? namings[0] : namings[2]
    assert.deepEqual(pathOfServerName(name, naming), [path])
    assert.equal(serverName([path], naming), name)
  }
  const byte = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code))
  const word = fc.constantFrom(
    '&',
    '&-',
    '&APY-',
    '.',
    '/',
    '\u00ef\u00b9\u00a0',
    'INBOX',
    'inbox',
    '\u00e2\u0090\u0089',
    'a',
  )
  const name = fc.array(fc.oneof(byte, word), { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''))
  for (const naming of namings)
    fc.assert(
      fc.property(name, (own) => {
        const given = naming.prefix + own
        const path = pathOfServerName(given, naming) ?? []
        assert.ok(path.every((level) => level !== '' && !/\p{Cc}/u.test(level)))
        if (given.toUpperCase() !== 'INBOX') assert.equal(serverName(path, naming), given)
      }),
    )
})

test('other people’s mailboxes are none of this person’s', () => {
  const naming = { delimiter: '/', prefix: '', foreign: ['Other Users/', 'Shared/', ''] }
  assert.equal(pathOfServerName('Other Users/ann/Plans', naming), undefined)
  assert.deepEqual(pathOfServerName('Sharedness', naming), ['Sharedness'])
})

test('a set of UIDs holds what its text names, however it is written', () => {
  const uid = fc.integer({ min: 1, max: 60 })
  fc.assert(
    fc.property(fc.array(fc.tuple(uid, uid)), (ranges) => {
      const set = UidSet.parse(ranges.map(([a, b]) => (a === b ? `${a}` : `${a}:${b}`)).join())
      const named = new Set(
        ranges.flatMap(([a, b]) => Array.from({ length: Math.abs(b - a) + 1 }, (_, i) => Math.min(a, b) + i)),
      )
      for (let n = 0; n <= 61; n++) assert.equal(set.has(n), named.has(n), `${n}`)
      const again = [...set.print(2)].map((text) => UidSet.parse(text))
      const whole = again.reduce((all, part) => all.union(part), UidSet.empty)
      assert.deepEqual([...whole.print()], [...set.print()])
      assert.deepEqual([...UidSet.of(named).print()], [...set.print()])
    }),
  )
  assert.equal(UidSet.parse('1:4294967295').has(7), true)
  assert.equal(UidSet.parse('x,,*,1:2:3,99999999999').isEmpty, true)
})

test('a token says how a mailbox stood, and nothing else is one', () => {
  for (const token of ['1/2/3/m4', '1/2/3/fab12', '1/0/0/f']) {
    const state = parseToken(token)
    assert.equal(state && printToken(state), token)
  }
  for (const text of ['', '1/2/3', '1/2/3/x', '1/2/3/m', 'a/2/3/m4'])
    assert.equal(parseToken(text), undefined)
})

test('lines end with CRLF on the server, and nothing else is changed', () => {
  const cases = [
    ['a\nb\n', 'a\r\nb\r\n'],
    ['a\r\nb\n', 'a\r\nb\r\n'],
    ['\n', '\r\n'],
    ['a\rb', 'a\rb'],
    ['', ''],
  ]
  for (const [given = '', wanted] of cases)
    assert.equal(Buffer.from(withCrlf(Buffer.from(given))).toString(), wanted)
  const already = Buffer.from('a\r\n\r\nb\r\n')
  assert.equal(withCrlf(already), already)
})

test('internal dates go to the server and come back to the second', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4_102_444_800 }), (seconds) => {
      const value = { type: 'STRING', value: dateTime(seconds * 1000) }
      assert.equal(internalDateOf(new Map([['INTERNALDATE', value]])), seconds * 1000)
    }),
  )
  const odd = { type: 'STRING', value: ' 1-Feb-2003 04:05:06 -0700' }
  assert.equal(internalDateOf(new Map([['INTERNALDATE', odd]])), Date.UTC(2003, 1, 1, 11, 5, 6))
  for (const none of ['yesterday', '00-Jan-0000 00:00:00 +0000'])
    assert.equal(internalDateOf(new Map([['INTERNALDATE', { value: none }]])), undefined)
  for (const early of ['31-Dec-1969 23:59:59 +0000', ' 1-Jan-1900 00:00:00 +0000'])
    assert.equal(internalDateOf(new Map([['INTERNALDATE', { value: early }]])), 1000)
  const late = internalDateOf(new Map([['INTERNALDATE', { value: '01-Jan-9999 00:00:00 +0000' }]])) ?? 0
  assert.equal(dateTime(late), ' 1-Jan-9999 00:00:00 +0000')
  for (const ms of [-1, -1e15, 1e15, Number.NaN, Number.POSITIVE_INFINITY])
    assert.match(dateTime(ms), /^[ \d]\d-/)
})

test('flags of a server are ours, whatever their case, without those that are nobody’s', () => {
  const list = ['\\seen', '\\Recent', '$Work', '\\Custom', 'a(b'].map((value) => ({ type: 'ATOM', value }))
  assert.deepEqual(flagsOf(list), ['$Work', '\\Seen'])
  assert.equal(flagsOf({ value: 'x' }), undefined)
})

test('whatever a server sends is read without harm', () => {
  const node = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      fc.constant(null),
      fc.record({ value: fc.anything() }),
      fc.array(tie('node'), { maxLength: 4 }),
    ),
  })).node as fc.Arbitrary<never>
  fc.assert(
    fc.property(node, (any) => {
      itemsOf(any)
      textsOf(any)
      flagsOf(any)
      codeOf({ attributes: [any] })
      bodySizesOf(any)
      const number = numberOf(any)
      assert.ok(number === undefined || Number.isSafeInteger(number))
    }),
  )
})

test('a BODYSTRUCTURE says how many bytes each leaf has, in order', () => {
  const node = (each: unknown): never =>
    (Array.isArray(each) ? each.map(node) : each === null ? null : { value: each }) as never
  const leaf = (type: string, subtype: string, encoding: string, size: unknown, ...more: unknown[]) => [
    ...[type, subtype, null, null, null],
    ...[encoding, size, ...more],
  ]
  const text = leaf('TEXT', 'plain', '7BIT', '12', '1')
  const picture = leaf('image', 'png', 'base64', 345)
  const inner = leaf('message', 'rfc822', '8bit', '900', [], [text, picture, 'mixed'], '20')
  const encoded = leaf('message', 'RFC822', 'BASE64', '901', [], text, '20')
  let deep: unknown = text
  for (let n = 0; n < 60; n++) deep = [deep, 'mixed']
  const cases: readonly (readonly [unknown, readonly number[] | undefined])[] = [
    [text, [12]],
    [
      [text, picture, 'MIXED'],
      [12, 345],
    ],
    [
      [text, [picture, text, 'related', ['boundary', 'b']], 'mixed'],
      [12, 345, 12],
    ],
    [[[text, picture]], [12, 345]],
    [
      [inner, picture, 'mixed'],
      [12, 345, 345],
    ],
    [encoded, [901]],
    [[text, leaf('image', 'png', 'base64', null), 'mixed'], undefined],
    [[text, leaf('image', 'png', 'base64', '-1'), 'mixed'], undefined],
    [deep, undefined],
    [[...Array.from({ length: 1001 }, () => text), 'mixed'], undefined],
    [null, undefined],
    ['NIL', undefined],
    [[], undefined],
  ]
  for (const [structure, sizes] of cases) assert.deepEqual(bodySizesOf(node(structure)), sizes)
  assert.equal(bodySizesOf(undefined), undefined)
})

test('the cache keeps what was used last, within its bounds', () => {
  const cache = new ContentCache<{ readonly bytes: Uint8Array }>(10)
  const piece = (size: number) => ({ bytes: new Uint8Array(size) })
  for (const key of ['a', 'b', 'c']) cache.put(key, piece(4))
  assert.equal(cache.get('a'), undefined)
  assert.ok(cache.get('b'))
  cache.put('d', piece(4))
  assert.equal(cache.get('c'), undefined)
  assert.ok(cache.get('b'))
  cache.put('e', piece(11))
  assert.equal(cache.get('e'), undefined)
})
