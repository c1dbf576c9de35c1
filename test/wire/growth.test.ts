import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concat } from '../../src/bytes/concat.js'
import { fromHex } from '../../src/bytes/hex.js'
import { ByteWriter } from '../../src/bytes/varint.js'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { passOver } from '../../src/wire/growth.js'
import { helloBits } from '../../src/wire/request-frames.js'
import { acceptBits } from '../../src/wire/response/accept-frame.js'
import { type GoldenCodec, type GoldenName, goldenCodecs } from './golden/codecs.js'
import { bytes } from './golden/guids.js'
import { goldenRows, readGoldenBytes } from './golden/rows.js'

/** docs/PROTOCOL.md, "Versions": what this build makes of bytes that a newer one of its version may send. */
const golden = readGoldenBytes()

const hexOf = (name: GoldenName, row: string): string => golden.rows[name]?.[row] ?? ''

const decode = (name: GoldenName, payload: Uint8Array): unknown =>
  (goldenCodecs[name] as GoldenCodec<unknown>).decode(payload)

const refused = (error: unknown): boolean => hasCode(error, 'PROTOCOL')

/** Frames whose last field says where it ends, each with rows that leave no field out that may be left out at its end. */
const grows: readonly (readonly [GoldenName, (value: never) => boolean])[] = [
  ['hello', () => true],
  ['policy', ({ windows }: { windows: readonly object[] }) => windows.length > 0],
  ['journal', () => true],
  ['wants', ({ gists }: { gists?: object }) => gists !== undefined],
  ['offer', () => true],
  ['shore', () => true],
  ['question', () => true],
  ['hits', () => true],
  ['gist', () => true],
  ['primer', () => true],
  [
    'accept',
    ({ results, pending, heldBack }: { results: []; pending: []; heldBack: [] }) =>
      results.length + pending.length + heldBack.length > 0,
  ],
  ['structure', ({ log }: { log?: number }) => log !== undefined],
  ['open', () => true],
  ['changes', ({ done }: { done?: { ashore?: object } }) => done?.ashore !== undefined],
  ['list', () => true],
  ['links', ({ missing }: { missing?: object }) => missing !== undefined],
  ['end', () => true],
  ['working', () => true],
  ['forecast', () => true],
  ['totals', () => true],
  ['recipients', () => true],
  ['refusal', () => true],
  ['vouch', () => true],
  ['vouched', () => true],
]

for (const [name, isWhole] of grows)
  test(`${name}: bytes behind the last field are passed over`, () => {
    const rows = Object.entries(goldenRows[name]).filter(([, value]) => isWhole(value as never))
    assert.ok(rows.length > 0)
    for (const [row, value] of rows)
      for (const more of ['newer field', '\0', '\xff'.repeat(12)])
        assert.deepEqual(decode(name, concat([fromHex(hexOf(name, row)), bytes(more)])), value, row)
  })

test('kinds from 24 to 30 are passed over, others refused', () => {
  for (let kind = 24; kind <= 30; kind++) passOver(kind, 'answer')
  for (let kind = 0; kind < 24; kind++) assert.throws(() => passOver(kind, 'request'), refused)
})

/** Bytes in which the varint or byte at this place says more bits. */
function withBit(payload: Uint8Array, at: number, before: number, bit: number): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(before)
  assert.deepEqual([...payload.subarray(at, at + writer.size)], [...writer.finish()], 'no bits stand there')
  const after = new ByteWriter()
  after.varint(before + bit)
  return concat([payload.subarray(0, at), after.finish(), payload.subarray(at + writer.size)])
}

const newerField = bytes('what the newer bit says')

for (const [name, row, at, before, firstUnknown] of [
  ['hello', 'as little as can be', 17, 0, 15],
  ['hello', 'all of it', 17, 8191, 15],
  ['accept', 'results', 18, 0, 9],
  ['accept', 'all of it', 17, 117, 9],
] as const)
  test(`${name}, ${row}: an unknown bit at an odd place is passed over with its field, one at an even place refused`, () => {
    const payload = concat([fromHex(hexOf(name, row)), newerField])
    const rows: Readonly<Record<string, unknown>> = goldenRows[name]
    const known: readonly number[] = Object.values(name === 'hello' ? helloBits : acceptBits)
    for (let place = firstUnknown; place < 53; place++) {
      if (known.includes(2 ** place)) continue
      const newer = withBit(payload, at, before, 2 ** place)
      if (place % 2 === 1) assert.deepEqual(decode(name, newer), rows[row], `bit 2^${place}`)
      else assert.throws(() => decode(name, newer), refused, `bit 2^${place}`)
    }
  })

test('unknown bits and codes of what has no length of its own are refused', () => {
  for (const [name, row, at, known, unknown] of [
    ['structure', 'a mailbox', 18, 1, [0x11, 0x21, 0x41, 2, 4, 16]],
    ['structure', 'deleted', 18, 0, [2, 4, 8, 16]],
    ['wants', 'parts', 21, 0, [4, 8, 64]],
    ['result', 'conflict in a mailbox', 1, 3, [0, 4, 200]],
    ['result', 'conflict in a mailbox', 2, 0, [14, 127]],
    ['result', 'conflict in a mailbox', 3, 1, [0x11, 0x21, 0x41, 0x81]],
    ['entry', 'uid-next', 1, 10, [0, 15, 200]],
    ['entry', 'mailbox-subscribe', 18, 1, [2, 255]],
    ['flags', '\\Seen', 0, 1, [0x80, 0x81]],
    ['accept', 'problems, by name', 25, 0, [2, 255]],
    ['skeleton of a mail', 'a text', 39, 0, [14, 15, 127]],
    ['outline', 'a text', 0, 3, [5, 8]],
    ['outline', 'a text', 1, 0, [3, 0xf0]],
  ] as const) {
    const payload = fromHex(hexOf(name, row))
    assert.equal(payload[at], known, `${name}, ${row}: another byte stands there`)
    for (const byte of unknown) {
      const newer = payload.slice()
      newer[at] = byte
      assert.throws(() => decode(name, newer), refused, `${name}, ${row}: ${byte}`)
    }
  }
})

test('a refusal of an unknown code is taken for what it says', () => {
  const [row = '', value] = Object.entries(goldenRows.refusal)[0] ?? []
  const newer = fromHex(hexOf('refusal', row))
  newer[0] = 200
  assert.deepEqual(decode('refusal', newer), { ...value, code: 'PROTOCOL' })
})

test('a hello of another version is refused, and the error says which', () => {
  for (const version of [1, 4, 6, 300]) {
    const writer = new ByteWriter()
    writer.varint(version)
    const payload = concat([writer.finish(), fromHex(hexOf('hello', 'all of it')).subarray(1)])
    assert.throws(() => decode('hello', payload), new RegExp(`version ${version} \\(this side speaks 5\\)`))
  }
})
