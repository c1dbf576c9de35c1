import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { formatHeaderDate, parseHeaderDate } from '../../src/mime/headers/date.js'
import { type Envelope, parseEnvelope } from '../../src/mime/headers/envelope.js'
import { decodeEnvelope, encodeEnvelope } from '../../src/mime/headers/envelope-codec.js'
import { listedAlike, listedEnvelope } from '../../src/mime/headers/listed-envelope.js'
import { survivesDamage } from '../damage.js'
import { corpusFiles, noCorpora } from './corpora.js'
import { bytesOf, seed } from './message-builders.js'

const parse = (header: string) => parseEnvelope(bytesOf(header))

describe('parseEnvelope', () => {
  const table: [string, string, object][] = [
    ['nothing', '', {}],
    ['an encoded subject', 'Subject: =?iso-8859-1?Q?Gr=FC=DFe?=', { subject: 'Grüße' }],
    ['encoded words that cut a character', 'Subject: =?utf-8?B?w?= =?utf-8?B?7w=?=', {}],
    ['a raw 8-bit subject', 'Subject: Gr\xfc\xdfe', { subject: 'Grüße' }],
    ['a raw UTF-8 subject', 'Subject: Gr\xc3\xbc\xc3\x9fe', { subject: 'Grüße' }],
    ['an unknown charset', 'Subject: =?x-nonsense?Q?a=E4?=', { subject: 'aä' }],
    ['a folded subject', 'Subject: one\r\n two\r\n\tthree', { subject: 'one two three' }],
    [
      'control characters in an encoded word',
      'Subject: =?utf-8?Q?a=0D=0ABcc:_x=00y?=',
      { subject: 'a Bcc: x y' },
    ],
    ['the first of two subjects', 'Subject: one\nSubject: two', { subject: 'one' }],
    ['no field of the body', 'From: a@b\n\nSubject: body', { from: [{ address: 'a@b' }] }],
    [
      'a mailbox with an encoded name',
      'From: =?utf-8?B?SsO8cmdlbg==?= <j@example.org>',
      { from: [{ name: 'Jürgen', address: 'j@example.org' }] },
    ],
    ['a comment as name', 'From: j@example.org (Joe)', { from: [{ name: 'Joe', address: 'j@example.org' }] }],
    [
      'a group',
      'To: friends: a@b, "C, D" <c@d>;',
      { to: [{ address: 'a@b' }, { name: 'C, D', address: 'c@d' }] },
    ],
    [
      'an empty group',
      'To: undisclosed-recipients:;',
      { to: [{ name: 'undisclosed-recipients', address: '' }] },
    ],
    [
      'a date',
      'Date: Tue, 5 Mar 2024 10:00:00 +0100',
      { dateMs: Date.UTC(2024, 2, 5, 9), dateZoneMinutes: 60 },
    ],
    [
      'ids',
      'Message-ID: <a@b>\nIn-Reply-To: Your mail <c@d> of today\nReferences: <x@y> <z@z>\n <w@w> <c@d>',
      { messageId: 'a@b', inReplyTo: 'c@d', references: ['z@z', 'w@w'] },
    ],
  ]
  for (const [name, header, expected] of table)
    it(`reads ${name}`, () => {
      const found = parse(header)
      if (name.includes('cut a character')) return assert.equal(typeof (found.subject ?? ''), 'string')
      assert.deepEqual(found, { from: [], to: [], cc: [], ...expected })
    })

  it('is bounded in everything', () => {
    const found = parse(
      `Subject: ${'ü'.repeat(5000)}\nTo: ${'someone <a@example.org>, '.repeat(5000)}\nReferences: ${'<a@b> '.repeat(10_000)}`,
    )
    assert.equal(found.to.length, 20)
    assert.ok(Buffer.byteLength(found.subject ?? '') <= 500)
    assert.equal(found.references?.length, 1)
    assert.ok(encodeEnvelope(found).length < 2000)
  })

  it('never throws, and what it finds survives the wire', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'From: ',
        '\nTo: ',
        '\nSubject: ',
        '\nDate: ',
        '\nReferences: ',
        '<',
        '>',
        '@',
        '"',
        '(',
        ')',
        ':',
        ';',
        ',',
        '=?utf-8?Q?',
        '=?utf-8?B?',
        '?=',
        '=ED=A0=80',
        '\\',
        '\n ',
        '\r',
        '\0',
        'a@b.c',
        '1 Jan 2024 00:00:00',
      ),
      fc.string({
        maxLength: 20,
        unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
      }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const envelope = parse(`From: ${pieces.join('')}`)
        assert.deepEqual(decodeEnvelope(encodeEnvelope(envelope)), envelope)
      }),
      { seed, numRuns: 3000 },
    )
  })

  it('finds in every mail of the corpora what survives the wire', { skip: noCorpora }, () => {
    for (const { name, bytes } of corpusFiles()) {
      const envelope = parseEnvelope(bytes)
      assert.deepEqual(decodeEnvelope(encodeEnvelope(envelope)), envelope, name)
    }
  })
})

describe('encodeEnvelope', () => {
  const ann = { name: 'Ann', address: 'a@b' }
  const whole: Envelope = {
    subject: 'S',
    dateMs: 1_700_000_000_000,
    dateZoneMinutes: 330,
    from: [ann],
    to: [{ address: 'c@d' }],
    cc: [ann, { name: 'E', address: 'e@f' }],
    messageId: 'g@h',
    inReplyTo: 'i@j',
    references: ['k@l', 'm@n'],
  }
  const rows: readonly [what: string, envelope: Envelope, hex: string][] = [
    ['nothing', { from: [], to: [], cc: [] }, '00000000'],
    [
      'all of it',
      whole,
      '3f015380c49fd50c580103416e6e036140620100036340640203416e6e03614062014503654066036740680369406a02036b406c036d406e',
    ],
  ]
  for (const [what, envelope, hex] of rows)
    it(`makes the bytes that stand in databases: ${what}`, () => {
      assert.equal(Buffer.from(encodeEnvelope(envelope)).toString('hex'), hex)
      assert.deepEqual(decodeEnvelope(Buffer.from(hex, 'hex')), envelope)
    })
})

describe('decodeEnvelope', () => {
  it('throws PROTOCOL and nothing else on any bytes', () => {
    const whole = encodeEnvelope(
      parse(
        'From: a <a@b>\nTo: c@d\nSubject: x\nDate: 1 Jan 2024 00:00:00 +0545\nMessage-ID: <a@b>\nReferences: <c@d>',
      ),
    )
    survivesDamage(whole, decodeEnvelope, { seed, numRuns: 2000 })
  })

  it('refuses a subject that could end a header line', () => {
    const bytes = encodeEnvelope({ from: [], to: [], cc: [], subject: 'a\nBcc: x' })
    assert.throws(
      () => decodeEnvelope(bytes),
      (error) => hasCode(error, 'PROTOCOL'),
    )
  })
})

describe('what a list shows', () => {
  const header = 'From: a <a@b>\nTo: c@d\nSubject: x\nDate: 5 Mar 2024 10:00:59 +0100\nMessage-ID: <a@b>\n'
  const whole = parse(header)
  const alike = (a: typeof whole, b: typeof whole) => listedAlike(encodeEnvelope(a), encodeEnvelope(b))

  it('is the same of a header and of what came of it in a list', () => {
    assert.ok(alike(whole, listedEnvelope(whole)))
    assert.deepEqual(listedEnvelope(listedEnvelope(whole)), listedEnvelope(whole))
  })

  it('is the same where recipients have not come yet', () => {
    assert.ok(alike(whole, listedEnvelope({ ...whole, to: [] })))
  })

  for (const [field, other] of [
    ['a subject', header.replace('x', 'y')],
    ['an address', header.replace('c@d', 'c@e')],
    ['a minute', header.replace('10:00', '10:01')],
  ] as const)
    it(`differs with ${field}`, () => {
      assert.ok(!alike(whole, parse(other)))
    })
})

describe('a header date', () => {
  const at = (...fields: [number, number, number, number?, number?, number?]) => Date.UTC(...fields)
  const table: [string, number | undefined, number | undefined][] = [
    ['Tue, 5 Mar 2024 10:00:00 +0100', at(2024, 2, 5, 9), 60],
    ['5 Mar 2024 10:00 -0330', at(2024, 2, 5, 13, 30), -210],
    ['Tue, 5 Mar 2024 10:00:00 -0000', at(2024, 2, 5, 10), undefined],
    ['Tue, 5 Mar 2024 10:00:00', at(2024, 2, 5, 10), undefined],
    ['Tue, 5 Mar 2024 10:00:00 GMT (comment)', at(2024, 2, 5, 10), 0],
    ['Tue, 5 Mar 99 10:00:00 EST', at(1999, 2, 5, 15), -300],
    ['Tue, 5 Mar 24 10:00:00 +0000', at(2024, 2, 5, 10), 0],
    ['Tue, 5 Mar 124 10:00:00 +0000', at(2024, 2, 5, 10), 0],
    ['Mon Sep 17 10:00:00 2001', at(2001, 8, 17, 10), undefined],
    ['Mon Sep 17 10:00:00 PDT 2001', at(2001, 8, 17, 17), -420],
    ['1 Jan 1960 00:00:00 +0000', at(1960, 0, 1), 0],
    ['1 Foo 2024 00:00:00', undefined, undefined],
    ['yesterday', undefined, undefined],
    ['', undefined, undefined],
    ['Tue, 5 Mar 2024 10:99:00', undefined, undefined],
    ['Tue, 5 Mar 2024 10:00:00 +9999', at(2024, 2, 5, 10), undefined],
  ]
  for (const [text, dateMs, zone] of table)
    it(`of '${text}' is understood`, () => {
      const found = parseHeaderDate(text)
      assert.deepEqual([found?.dateMs, found?.dateZoneMinutes], [dateMs, zone])
    })

  it('is written so that it reads the same', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at(1900, 0, 2) / 1000, max: at(9999, 0, 1) / 1000 }),
        fc.option(fc.integer({ min: -1439, max: 1439 }), { nil: undefined }),
        (seconds, zone) => {
          const date = { dateMs: seconds * 1000, ...(zone !== undefined && { dateZoneMinutes: zone }) }
          assert.deepEqual(parseHeaderDate(formatHeaderDate(date)), date)
        },
      ),
      { seed },
    )
    assert.equal(
      formatHeaderDate({ dateMs: at(2024, 2, 5, 9), dateZoneMinutes: 60 }),
      'Tue, 5 Mar 2024 10:00:00 +0100',
    )
  })
})
