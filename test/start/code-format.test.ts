import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { decodeCode, encodeCode } from '../../src/start/code-format.js'

const key = '1234 v22.0.0 x64'
const parts = new Map([
  ['packetboat', randomBytes(1001)],
  ['main', randomBytes(40_000)],
  ['none', Buffer.alloc(0)],
])

test('code comes back as it was, at places from which V8 reads it without a copy', () => {
  const bytes = encodeCode(key, { tag: 4_000_000_000, parts })
  const code = decodeCode(bytes, key)
  assert.deepEqual(code, { tag: 4_000_000_000, parts })
  for (const part of code?.parts.values() ?? []) assert.equal((part.byteOffset - bytes.byteOffset) % 8, 0)
})

test('code for another program, version or machine is none', () => {
  assert.equal(decodeCode(encodeCode(key, { tag: 1, parts }), '1234 v24.0.0 x64'), undefined)
})

test('code that is damaged at any byte is none', () => {
  const whole = encodeCode(key, { tag: 1, parts })
  const ats = [...Array(64).keys(), ...Array.from({ length: whole.length / 97 }, (_, at) => at * 97)]
  for (const at of [...ats, whole.length - 1]) {
    const bytes = Buffer.from(whole)
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at)
    assert.equal(decodeCode(bytes, key), undefined, `byte ${at}`)
  }
})

test('code that was cut anywhere, or goes on, is none', () => {
  const whole = encodeCode(key, { tag: 1, parts })
  for (let length = 0; length < whole.length; length += length < 64 ? 1 : 97)
    assert.equal(decodeCode(whole.subarray(0, length), key), undefined, `${length} bytes`)
  assert.equal(decodeCode(Buffer.concat([whole, Buffer.alloc(8)]), key), undefined)
  assert.equal(decodeCode(Buffer.alloc(5000), key), undefined)
})
