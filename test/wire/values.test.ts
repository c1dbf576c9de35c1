import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader, ByteWriter } from '../../src/bytes/varint.js'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { readDescending, writeDescending } from '../../src/wire/descending.js'
import { Distance } from '../../src/wire/distance.js'
import {
  maxUid,
  protocolError,
  readFlags,
  readGuids,
  readMessageNumber,
  readPath,
  readRanges,
  readUid,
  unzigzag,
  writeFlags,
  writeGuids,
  writePath,
  writeRanges,
  zigzag,
} from '../../src/wire/values.js'

const written = (write: (writer: ByteWriter) => void): ByteReader => {
  const writer = new ByteWriter()
  write(writer)
  return new ByteReader(writer.finish())
}

const isRefused = (error: unknown): boolean => hasCode(error, 'PROTOCOL')

const bytesOf = (write: (writer: ByteWriter) => void): number[] => {
  const writer = new ByteWriter()
  write(writer)
  return [...writer.finish()]
}

test('a path has 1 to 64 levels, none of them empty', () => {
  for (const path of [['INBOX'], ['a', 'b'], Array.from({ length: 64 }, (_, i) => `${i}`)])
    assert.deepEqual(readPath(written((writer) => writePath(writer, path))), path)
  for (const [path, says] of [
    [[], /0 levels/],
    [Array.from({ length: 65 }, (_, i) => `${i}`), /65 levels/],
    [['a', ''], /empty level/],
    [[''], /empty level/],
    [['a'.repeat(1001)], /1001/],
  ] as const)
    assert.throws(
      () => readPath(written((writer) => writePath(writer, path))),
      (error) => hasCode(error, 'PROTOCOL') && says.test((error as Error).message),
    )
})

test('a UID has 32 bits and is not zero', () => {
  assert.equal(maxUid, 0xffffffff)
  for (const uid of [1, maxUid]) assert.equal(readUid(written((writer) => writer.varint(uid))), uid)
  for (const uid of [0, maxUid + 1])
    assert.throws(
      () => readUid(written((writer) => writer.varint(uid))),
      (error) => hasCode(error, 'PROTOCOL'),
    )
})

test('what is wrong with the other side’s bytes is said with what to do', () => {
  const { code, message, next } = protocolError('nonsense')
  assert.deepEqual([code, message], ['PROTOCOL', 'The other side sent nonsense.'])
  assert.match(next, /sync again/)
})

test('a number that may be negative is one that is not', () => {
  for (const [value, code] of [
    [0, 0],
    [-1, 1],
    [1, 2],
    [-2, 3],
    [2, 4],
    [2 ** 40, 2 ** 41],
    [-(2 ** 40), 2 ** 41 - 1],
  ] as const) {
    assert.equal(zigzag(value), code)
    assert.ok(Object.is(unzigzag(code), value), `${code}`)
  }
})

const base = '0123456789abcdef0123'
const guid = (low: number, before = base): string => before + low.toString(16).padStart(12, '0')
const far = 2 ** 20

for (const [what, low, wanted] of [
  ['one step up', 7 + 1, [2]],
  ['one step down', 7 - 1, [3]],
  ['many steps up', 7 + 300, [0xd8, 4]],
  ['many steps down', 0, [15]],
  ['the furthest step', 7 + far - 1, [0xfe, 0xff, 0x7f]],
] as const)
  test(`a GUID that is a neighbour of the one before is a step: ${what}`, () => {
    const guids = [guid(7), guid(low)]
    const bytes = bytesOf((writer) => writeGuids(writer, guids))
    assert.deepEqual(bytes.slice(17), wanted)
    assert.deepEqual(readGuids(new ByteReader(Uint8Array.from(bytes)), 2), guids)
  })

for (const [what, next] of [
  ['the same again', guid(7)],
  ['too far up', guid(7 + far)],
  ['of another row', guid(8, `${base.slice(0, 19)}4`)],
] as const)
  test(`a GUID that is no neighbour of the one before stands as it is: ${what}`, () => {
    const bytes = bytesOf((writer) => writeGuids(writer, [guid(7), next]))
    assert.equal(bytes.length, 2 * 17)
    assert.deepEqual([bytes[0], bytes[17]], [0, 0])
    assert.deepEqual(readGuids(new ByteReader(Uint8Array.from(bytes)), 2), [guid(7), next])
  })

test('a step that leads below or above all GUIDs is refused, and one from nowhere', () => {
  const read = (first: number, code: number) =>
    readGuids(
      written((writer) => {
        writeGuids(writer, [guid(first)])
        writer.varint(code)
      }),
      2,
    )[1]
  const top = 2 ** 48 - 1
  assert.equal(read(1, 3), guid(0))
  assert.equal(read(top - 1, 2), guid(top))
  assert.throws(() => read(0, 3), isRefused)
  assert.throws(() => read(top, 2), isRefused)
  assert.throws(() => readGuids(new ByteReader(Uint8Array.of(2)), 1), isRefused)
})

test('flags are a byte, and names behind it that are keywords', () => {
  const system = ['\\Seen', '\\Answered', '\\Flagged', '\\Deleted', '\\Draft', '$Forwarded']
  for (const [bit, name] of system.entries()) {
    assert.deepEqual(
      bytesOf((writer) => writeFlags(writer, [name])),
      [1 << bit],
    )
    assert.deepEqual(readFlags(new ByteReader(Uint8Array.of(1 << bit))), [name])
  }
  const all = [...system, 'a', 'b'].sort()
  assert.deepEqual(
    bytesOf((writer) => writeFlags(writer, all)),
    [127, 2, 1, 97, 1, 98],
  )
  assert.deepEqual(readFlags(written((writer) => writeFlags(writer, all))), all)
  assert.throws(() => readFlags(new ByteReader(Uint8Array.of(128))), isRefused)
  const named = (name: string) =>
    readFlags(
      written((writer) => {
        writer.u8(64)
        writer.varint(1)
        writer.text(name)
      }),
    )
  assert.deepEqual(named('x'.repeat(200)), ['x'.repeat(200)])
  for (const bad of ['', 'x'.repeat(201), 'a b', '\\Recent']) assert.throws(() => named(bad), isRefused)
})

test('ranges ascend, each with something in it, up to the largest number', () => {
  const most = Number.MAX_SAFE_INTEGER
  const ranges = [
    { from: 0, to: 1 },
    { from: 1, to: 4 },
    { from: 9, to: most },
  ]
  assert.deepEqual(
    bytesOf((writer) => writeRanges(writer, ranges.slice(0, 2))),
    [2, 0, 1, 0, 3],
  )
  assert.deepEqual(readRanges(written((writer) => writeRanges(writer, ranges))), ranges)
  for (const numbers of [
    [1, 5, 0],
    [2, 0, 1, most, 1],
    [2, 0, most, 1, 1],
    [1, 1, most],
  ])
    assert.throws(
      () =>
        readRanges(
          written((writer) => {
            for (const number of numbers) writer.varint(number)
          }),
        ),
      isRefused,
      `${numbers}`,
    )
})

test('a message number is 1 or more, and can be counted', () => {
  const most = Number.MAX_SAFE_INTEGER
  const read = (code: number, from?: number) =>
    readMessageNumber(
      written((writer) => writer.varint(code)),
      from,
    )
  assert.deepEqual([read(1), read(0, 1), read(5, 7), read(most)], [1, 1, 12, most])
  assert.throws(() => read(0), isRefused)
  assert.throws(() => read(0, 0), isRefused)
  assert.throws(() => read(most, 1), isRefused)
})

test('numbers that descend are steps down, and end above zero', () => {
  const numbers = [9, 8, 3, 3, 1]
  const bytes = bytesOf((writer) => writeDescending(writer, numbers))
  assert.deepEqual(bytes, [5, 9, 1, 5, 0, 2])
  assert.deepEqual(readDescending(new ByteReader(Uint8Array.from(bytes))), numbers)
  assert.deepEqual(readDescending(new ByteReader(Uint8Array.of(0))), [])
  for (const bad of [
    [1, 0],
    [2, 5, 5],
    [2, 5, 6],
  ])
    assert.throws(() => readDescending(new ByteReader(Uint8Array.from(bad))), isRefused, `${bad}`)
})

test('a UID is told by how far it is from a number, beside how far the one before was', () => {
  const pairs = [
    [5, 7],
    [6, 8],
    [4, 0],
    [3, maxUid],
  ] as const
  const bytes = bytesOf((writer) => {
    const distance = new Distance()
    for (const [number, uid] of pairs) distance.write(writer, number, uid)
  })
  assert.deepEqual(bytes.slice(0, 3), [4, 0, 11])
  const reader = new ByteReader(Uint8Array.from(bytes))
  const distance = new Distance()
  for (const [number, uid] of pairs) assert.equal(distance.read(reader, number), uid)
  for (const [number, step] of [
    [1, -2],
    [1, maxUid],
    [Number.MAX_SAFE_INTEGER, 1],
  ] as const)
    assert.throws(
      () =>
        new Distance().read(
          written((writer) => writer.varint(zigzag(step))),
          number,
        ),
      isRefused,
      `${number} ${step}`,
    )
})
