import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { toHex } from '../../src/bytes/hex.js'
import { decodeHello, encodeHello, type Hello, protocolVersion } from '../../src/wire/request-frames.js'
import { sha256 } from '../world/side.js'

const hello: Hello = {
  version: protocolVersion,
  replica: 'af9c0078d60d9708440f2fc887062cd7',
  upstream: '9972daab2c86459fdd783fe1be4e3280',
  token: 0xb42d85d2,
  acknowledged: 1,
  batches: [{ end: 1, nonce: 0x13a8aeb1 }],
  cursor: { log: 2, structure: 2, mailboxes: {} },
  policy: 'd3056e52d2534a0b',
  probe: false,
  more: false,
  plain: false,
  dry: false,
  mix: false,
  only: [],
  allow: [],
}

test('a hello is the bytes of the example in docs/PROTOCOL.md', () => {
  const document = readFileSync('docs/PROTOCOL.md', 'utf8')
  const example = document.slice(document.indexOf('\nup    21'), document.indexOf('\ndown  21'))
  const bytes = example
    .split('\n')
    .flatMap(
      (line) => /^(?:up)? *((?:[0-9a-f]{2})+(?: [0-9a-f]{2}| [0-9a-f]{8})*)(?: |$)/.exec(line)?.[1] ?? [],
    )
    .join('')
    .replaceAll(' ', '')
  const payload = encodeHello(hello)
  const hash = sha256()
  hash.update(Uint8Array.of(0, 0x21))
  hash.update(payload)
  const check = toHex(hash.digest().subarray(0, 4))
  assert.equal(`21${toHex(Uint8Array.of(payload.length))}${check}${toHex(payload)}`, bytes)
  assert.match(document, new RegExp(`^# The packetboat protocol, version ${protocolVersion}$`, 'm'))
})

test('a hello comes back as it was, with all that it may say', () => {
  const full: Hello = {
    ...hello,
    cursor: {
      log: 70_000,
      structure: 70_001,
      mailboxes: { ['9972daab2c86459fdd783fe1be4e3281']: { log: 3, missing: [{ from: 4, to: 9 }] } },
    },
    more: true,
    probe: true,
    plain: true,
    only: ['INBOX'],
    allow: ['Lists/*'],
    aside: 300,
    budget: 20_000,
    dry: true,
    frameBytes: 16_384,
    mix: true,
  }
  for (const each of [hello, full, { ...hello, aside: 0 }])
    assert.deepEqual(decodeHello(encodeHello(each)), each)
  // One byte or two, and only where something was left out.
  assert.equal(encodeHello({ ...hello, aside: 300 }).length, encodeHello(hello).length + 2)
})

test('a hello of the frames before these is refused', () => {
  assert.throws(() => decodeHello(encodeHello({ ...hello, version: 1 })), /version 1/)
})
