import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ByteReader, ByteWriter } from '../../src/bytes/varint.js'
import { hasCode } from '../../src/errors/packetboat-error.js'

const seed = Number(process.env['PACKETBOAT_SEED'] ?? 1)
const protocol = (error: unknown) => hasCode(error, 'PROTOCOL')

describe('varint', () => {
  const cases: [number, string][] = [
    [0, '00'],
    [1, '01'],
    [127, '7f'],
    [128, '8001'],
    [16383, 'ff7f'],
    [2 ** 32, '8080808010'],
    [Number.MAX_SAFE_INTEGER, 'ffffffffffffff0f'],
  ]
  for (const [value, hex] of cases)
    it(`writes ${value} as ${hex} and reads it back`, () => {
      const writer = new ByteWriter()
      writer.varint(value)
      assert.equal(Buffer.from(writer.finish()).toString('hex'), hex)
      assert.equal(new ByteReader(Buffer.from(hex, 'hex')).varint(), value)
    })

  for (const value of [-1, 1.5, 2 ** 53, Number.NaN])
    it(`refuses to write ${value}`, () => assert.throws(() => new ByteWriter().varint(value), RangeError))

  const bad: [string, string][] = [
    ['an empty input', ''],
    ['a truncated number', '80'],
    ['a number with needless zero bytes', '8000'],
    ['2^53', '8080808080808010'],
    ['an endless number', 'ff'.repeat(40)],
  ]
  for (const [name, hex] of bad)
    it(`throws PROTOCOL on ${name}`, () =>
      assert.throws(() => new ByteReader(Buffer.from(hex, 'hex')).varint(), protocol))
})

type Item =
  | { readonly kind: 'varint' | 'u8'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'bytes'; readonly value: Uint8Array }

function write(writer: ByteWriter, { kind, value }: Item): void {
  if (kind === 'text') writer.text(value)
  else if (kind === 'bytes') writer.bytes(value)
  else writer[kind](value)
}

function read(reader: ByteReader, kind: Item['kind']): Item['value'] {
  if (kind === 'text') return reader.text(10_000)
  return kind === 'bytes' ? new Uint8Array(reader.bytes(300)) : reader[kind]()
}

describe('ByteReader', () => {
  it('reads what ByteWriter wrote, and then is done', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.record({ kind: fc.constant('varint' as const), value: fc.maxSafeNat() }),
            fc.record({ kind: fc.constant('u8' as const), value: fc.nat(255) }),
            fc.record({
              kind: fc.constant('text' as const),
              value: fc.string({ unit: 'grapheme', maxLength: 300 }),
            }),
            fc.record({ kind: fc.constant('bytes' as const), value: fc.uint8Array({ maxLength: 300 }) }),
          ),
        ),
        (items) => {
          const writer = new ByteWriter()
          for (const item of items) write(writer, item)
          const reader = new ByteReader(writer.finish())
          assert.equal(reader.remaining, writer.size)
          for (const { kind, value } of items) assert.deepEqual(read(reader, kind), value)
          assert.ok(reader.done)
        },
      ),
      { seed },
    )
  })

  it('throws PROTOCOL on every truncation of a field', () => {
    const writer = new ByteWriter()
    writer.text('grüße')
    const whole = writer.finish()
    for (let length = 0; length < whole.length; length++)
      assert.throws(() => new ByteReader(whole.subarray(0, length)).text(100), protocol)
  })

  it('refuses a field longer than allowed before reading it', () => {
    const writer = new ByteWriter()
    writer.varint(2 ** 50)
    assert.throws(() => new ByteReader(writer.finish()).bytes(10), protocol)
    assert.throws(() => new ByteReader(writer.finish()).bytes(2 ** 52), protocol)
  })

  it('refuses text that is no UTF-8', () => {
    assert.throws(() => new ByteReader(new Uint8Array([2, 0xc3, 0x28])).text(10), protocol)
  })

  it('gives the rest as it stands', () => {
    const reader = new ByteReader(new Uint8Array([5, 6, 7]))
    reader.u8()
    assert.deepEqual([...reader.rest()], [6, 7])
    assert.ok(reader.done)
  })
})
