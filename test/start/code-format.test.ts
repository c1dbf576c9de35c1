import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { decodeCode, encodeCode } from '../../src/start/code-format.js'

const key = '1234 v22.0.0 x64'
const parts = ['packetboat', 'main']
const kept = {
  parts,
  code: { tag: 4_000_000_000, whole: true, modules: ['fs', 'node:vm'], bytes: randomBytes(40_000) },
}

test('code comes back as it was, at a place from which V8 reads it without a copy', () => {
  for (const whole of [true, false])
    for (const more of ['', 'a', 'ab', 'abcd']) {
      const code = { ...kept.code, whole }
      const all = encodeCode(key, { parts: [...parts, more], code })
      const read = decodeCode(all, key)
      assert.deepEqual(read, { parts: [...parts, more], code })
      assert.equal(((read?.code?.bytes.byteOffset ?? 1) - all.byteOffset) % 8, 0)
    }
})

test('names of parts come back without code', () => {
  assert.deepEqual(decodeCode(encodeCode(key, { parts }), key), { parts })
})

test('code for another program, version or machine is none', () => {
  assert.equal(decodeCode(encodeCode(key, kept), '1234 v24.0.0 x64'), undefined)
})

test('code that is damaged at any byte is none', () => {
  const whole = encodeCode(key, kept)
  const ats = [...Array(64).keys(), ...Array.from({ length: whole.length / 97 }, (_, at) => at * 97)]
  for (const at of [...ats, whole.length - 1]) {
    const bytes = Buffer.from(whole)
    bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << (at % 8)), at)
    assert.equal(decodeCode(bytes, key), undefined, `byte ${at}`)
  }
})

test('code that was cut anywhere, or goes on, is none', () => {
  const whole = encodeCode(key, kept)
  for (let length = 0; length < whole.length; length += length < 64 ? 1 : 97)
    assert.equal(decodeCode(whole.subarray(0, length), key), undefined, `${length} bytes`)
  assert.equal(decodeCode(Buffer.concat([whole, Buffer.alloc(8)]), key), undefined)
  assert.equal(decodeCode(Buffer.alloc(5000), key), undefined)
})
