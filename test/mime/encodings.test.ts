import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { memorySource, readRange } from '../../src/bytes/source.js'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { Base64Check, base64EncodedSize, encodeBase64 } from '../../src/mime/encodings/base64.js'
import { decodeQuotedPrintable, encodeQuotedPrintable } from '../../src/mime/encodings/quoted-printable.js'
import { patchLimit } from '../../src/mime/limits.js'
import { readPart } from '../../src/mime/read-part.js'
import type { Base64Encoding } from '../../src/mime/skeleton.js'
import { bytesOf, collect, roundTrip, seed, textOf } from './message-builders.js'

const withEncoding = (encoding: string, body: string) =>
  bytesOf(`Content-Transfer-Encoding: ${encoding}\n\n${body}`)

function allAtOnce<T>(steps: Generator<undefined, T>): T {
  let step = steps.next()
  while (!step.done) step = steps.next()
  return step.value
}

const decode = (encoded: Uint8Array) => allAtOnce(decodeQuotedPrintable(encoded))
const encode = (...args: Parameters<typeof encodeQuotedPrintable>) =>
  allAtOnce(encodeQuotedPrintable(...args))

describe('base64', () => {
  const exact: [string, string, string][] = [
    ['one line', 'QUJD', 'ABC'],
    ['a tail', 'QUJD\r\n\r\n', 'ABC'],
    ['padding', 'QUI=', 'AB'],
    ['two lines of LF', 'QUJD\nQUI=\n', 'ABCAB'],
    ['two lines of CRLF', 'QUJD\r\nQQ==', 'ABCA'],
    ['a line length that is no multiple of four', 'QUJDR\nEVG\n', 'ABCDEF'],
    ['a full last line', 'QUJD\nREVG', 'ABCDEF'],
    ['one very long line', 'QUJD'.repeat(1000), 'ABC'.repeat(1000)],
    ['white space behind', 'QUJD \t\n', 'ABC'],
  ]
  for (const [name, body, decoded] of exact)
    it(`travels decoded with ${name}`, async () => {
      const bytes = withEncoding('base64', body)
      const skeleton = await roundTrip(bytes, 1)
      assert.equal(skeleton.parts[0]!.encoding.kind, 'base64')
      assert.equal(textOf(await readPart(memorySource(bytes), skeleton, 0, 0, 1e6)), decoded)
    })

  const inexact: [string, string][] = [
    ['padding bits that are not zero', 'QR=='],
    ['missing padding', 'QQ'],
    ['padding in the middle', 'QQ==QQ=='],
    ['padding at the start of a line', 'QUJD\n=\n'],
    ['mixed line ends', 'QUJD\nQUJD\r\nQUJD\n'],
    ['lines of different width', 'QUJDQUJD\nQUJD\nQUJDQUJD\n'],
    ['a blank line in the middle', 'QUJD\n\nQUJD\n'],
    ['white space in a line', 'QU JD'],
    ['a character that is none', 'QU*D'],
    ['8-bit bytes', 'QUJ\xe4'],
    ['text behind the data', 'QUJD\n-- \nlist footer'],
    ['more data behind padding', 'QQ==\nQQ=='],
    ['a longer last line', 'QUJD\nQUJDQUJD'],
    ['a longer tail than allowed', `QUJD${'\n'.repeat(65)}`],
    ['a bare CR as line end', 'QUJD\rQUJD'],
    ['nothing in it', '\n'],
    ['lines of one character', 'Q\nU\nJ\nD'],
  ]
  for (const [name, body] of inexact)
    it(`travels as it stands with ${name}`, async () => {
      const skeleton = await roundTrip(withEncoding('base64', body), 1)
      assert.equal(skeleton.parts[0]!.encoding.kind, 'identity')
    })

  it('comes back from any recipe, in any chunks, at the size that was computed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 500 }),
        fc.integer({ min: 4, max: 100 }),
        fc.constantFrom('lf' as const, 'crlf' as const),
        fc.constantFrom('', '\n', '\r\n'),
        fc.integer({ min: 1, max: 100 }),
        async (data, lineLength, eol, tail, chunk) => {
          const recipe: Base64Encoding = { kind: 'base64', lineLength, eol, tail: bytesOf(tail) }
          const encoded = await collect(
            encodeBase64(readRange(memorySource(data), 0, data.length, chunk), recipe),
          )
          assert.equal(encoded.length, base64EncodedSize(data.length, recipe))
          assert.equal(textOf(encoded).replace(/\s/g, ''), Buffer.from(data).toString('base64'))
          const check = new Base64Check()
          const decoded: number[] = []
          for (let at = 0; at < encoded.length; at += chunk)
            decoded.push(...check.update(encoded.subarray(at, at + chunk)))
          assert.deepEqual(decoded, [...data])
          const found = check.finish()
          assert.ok(found)
          assert.deepEqual(await collect(encodeBase64(readRange(memorySource(data)), found)), encoded)
        },
      ),
      { seed, numRuns: 300 },
    )
  })

  it('is read at random places without a look at what comes before', async () => {
    const body = `${Buffer.from('0123456789'.repeat(10_000)).toString('base64').replace(/.{76}/g, '$&\r\n')}\r\n`
    const bytes = withEncoding('base64', body)
    const skeleton = await roundTrip(bytes)
    const reads: number[] = []
    const source = {
      size: bytes.length,
      read: async (at: number, length: number) => {
        reads.push(length)
        return bytes.subarray(at, at + length)
      },
    }
    assert.equal(textOf(await readPart(source, skeleton, 0, 77_777, 10)), '7890123456')
    assert.deepEqual(reads.length, 1)
    assert.ok(reads[0]! < 30)
  })
})

describe('quoted-printable', () => {
  const exact: [string, string, string][] = [
    ['escapes', 'a=3Db=E4', 'a=b\xe4'],
    ['soft breaks of LF', 'a=\nb', 'ab'],
    ['soft breaks of CRLF', 'a=\r\nb=E4', 'ab\xe4'],
    ['lower-case escapes', '=e4=f6', '\xe4\xf6'],
    ['needless escapes', '=41 =42', 'A B'],
    ['bytes that should be escaped', '\xe4=E4\x01', '\xe4\xe4\x01'],
    ['an equals sign that is no escape', 'a=b =3D', 'a=b ='],
    ['a soft break that has lost its line end', 'abc=', 'abc'],
    ['white space before line ends', 'a \nb=20\nc', 'a \nb \nc'],
    ['escaped line ends', 'a=0D=0A=\r\nb=0D=0A=\r\n', 'a\r\nb\r\n'],
    ['a bare CR', 'a\rb=3D', 'a\rb='],
    ['an empty soft line', '=\n=\na', 'a'],
    ['mixed hard line ends', 'a\nb\r\nc=3D', 'a\nb\r\nc='],
    ['a soft break before a hard line end', 'a=\n\nb', 'a\nb'],
    ['a truncated escape', 'a=3D=4', 'a==4'],
  ]
  for (const [name, body, decoded] of exact)
    it(`travels decoded with ${name}`, async () => {
      const bytes = withEncoding('quoted-printable', body)
      const skeleton = await roundTrip(bytes, 1)
      assert.equal(skeleton.parts[0]!.encoding.kind, 'quoted-printable')
      assert.equal(textOf(await readPart(memorySource(bytes), skeleton, 0, 0, 1e6)), decoded)
    })

  const inexact: [string, string][] = [
    ['soft breaks of both kinds', 'a=\nb=\r\nc'],
    ['escapes of both cases', '=e4=E4'],
    ['nothing that is encoded', 'plain text\n'],
    [
      'too many oddities to be worth it',
      Array.from({ length: 600 }, (_, i) => (i % 3 ? 'x=\n' : '=41=\nA')).join(''),
    ],
  ]
  for (const [name, body] of inexact)
    it(`travels as it stands with ${name}`, async () => {
      const skeleton = await roundTrip(withEncoding('quoted-printable', body), 1)
      assert.equal(skeleton.parts[0]!.encoding.kind, 'identity')
    })

  it('decodes as every decoder does, and a plain encoder costs a patch of a few bytes', () => {
    const text = 'Ein längerer Satz über Äpfel = Birnen, der über mehrere Zeilen geht. '.repeat(40)
    const data = Buffer.from(text, 'utf8')
    let encoded = ''
    let column = 0
    for (const byte of data) {
      const unit =
        byte === 61 || byte > 126 ? `=${byte.toString(16).toUpperCase()}` : String.fromCharCode(byte)
      if (column + unit.length > 75) {
        encoded += '=\r\n'
        column = 0
      }
      encoded += unit
      column += unit.length
    }
    const found = decode(bytesOf(encoded))
    assert.ok(found)
    assert.ok(Buffer.from(found.decoded).equals(data))
    assert.ok(found.encoding.patch.length <= 8, `${found.encoding.patch.length} bytes`)
  })

  it('comes back exactly whenever it travels decoded, whatever stands in it', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '=',
        '=\n',
        '=\r\n',
        '\n',
        '\r\n',
        '\r',
        ' ',
        '\t',
        '=3D',
        '=3d',
        '=E4',
        '=0D=0A',
        '=20\n',
        '.',
        'word ',
      ),
      fc.string({ maxLength: 90 }),
    )
    let decodedCount = 0
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const encoded = bytesOf(pieces.join(''))
        const found = decode(encoded)
        if (!found) return
        decodedCount++
        assert.ok(found.encoding.patch.length <= patchLimit(encoded.length))
        assert.deepEqual(new Uint8Array(encode(found.decoded, found.encoding, encoded.length)), encoded)
      }),
      { seed, numRuns: 2000 },
    )
    assert.ok(decodedCount > 500)
  })

  it('refuses every patch that leads elsewhere, quickly', () => {
    const patched = fc.constantFrom('plain words', 'a=3Db\n', 'one =\ntwo\n', '=E4=C4\r\n').map((text) => {
      const encoded = bytesOf(text)
      const found = decode(encoded)
      assert.ok(found, text)
      return { patch: found.encoding.patch, decoded: found.decoded, size: encoded.length }
    })
    const made = fc.record({
      patch: fc.uint8Array({ maxLength: 40 }),
      decoded: fc.uint8Array({ maxLength: 200 }),
      size: fc.nat(400),
    })
    let [refused, led] = [0, 0]
    fc.assert(
      fc.property(fc.oneof(patched, made), ({ patch, decoded, size }) => {
        try {
          const encoded = encode(decoded, { kind: 'quoted-printable', patch }, size)
          assert.equal(encoded.length, size)
          led++
        } catch (error) {
          assert.ok(hasCode(error, 'PROTOCOL'), String(error))
          refused++
        }
      }),
      { seed, numRuns: 3000 },
    )
    assert.ok(refused > 500 && led > 500, `${refused} refused, ${led} led to the size`)
    // Width 4, then an empty soft line for ever.
    const endless = new Uint8Array([0, 4, 0, 0, 0, 1, 0, 1, 0, 1])
    assert.throws(
      () => encode(bytesOf('abc'), { kind: 'quoted-printable', patch: endless }, 5),
      (error) => hasCode(error, 'PROTOCOL'),
    )
  })

  it('stays quick for hostile bodies of a megabyte', async () => {
    for (const body of [
      '=\n'.repeat(500_000),
      `${'a'.repeat(50)}=0A=\n`.repeat(17_000),
      `=\n${'b'.repeat(198)}=\n`.repeat(5000),
      ' '.repeat(1_000_000),
    ])
      await roundTrip(withEncoding('quoted-printable', body))
  })

  it('is taken in steps where there is much of it, and at once where there is little', () => {
    const stepsOf = (encoded: string) => [...decodeQuotedPrintable(bytesOf(encoded))].length
    const widths = (lines: number) => `${'a'.repeat(9)}=\n${'b'.repeat(75)}=\n`.repeat(lines)
    assert.equal(stepsOf(widths(100)), 0)
    for (const body of [widths(20_000), `${'\n'.repeat(2 ** 21)}=\n`])
      assert.ok(stepsOf(body) >= 2 * Math.floor(body.length / 2 ** 18), `${stepsOf(body)} steps`)
    assert.ok(stepsOf('word '.repeat(400_000)) >= 6)
  })
})
