import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader, ByteWriter } from '../../src/bytes/varint.js'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { maxUid, readPath, readUid, writePath } from '../../src/wire/values.js'

const written = (write: (writer: ByteWriter) => void): ByteReader => {
  const writer = new ByteWriter()
  write(writer)
  return new ByteReader(writer.finish())
}

test('a path has 1 to 64 levels, none of them empty', () => {
  for (const path of [['INBOX'], ['a', 'b'], Array.from({ length: 64 }, (_, i) => `${i}`)])
    assert.deepEqual(readPath(written((writer) => writePath(writer, path))), path)
  for (const [path, says] of [
    [[], /0 levels/],
    [Array.from({ length: 65 }, (_, i) => `${i}`), /65 levels/],
    [['a', ''], /empty level/],
    [[''], /empty level/],
  ] as const)
    assert.throws(
      () => readPath(written((writer) => writePath(writer, path))),
      (error) => hasCode(error, 'PROTOCOL') && says.test((error as Error).message),
    )
})

test('a UID has 32 bits and is not zero', () => {
  for (const uid of [1, maxUid]) assert.equal(readUid(written((writer) => writer.varint(uid))), uid)
  for (const uid of [0, maxUid + 1])
    assert.throws(
      () => readUid(written((writer) => writer.varint(uid))),
      (error) => hasCode(error, 'PROTOCOL'),
    )
})
