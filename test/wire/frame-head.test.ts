import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeFrameHead, encodeFrameHead, type FrameHead } from '../../src/wire/frame-head.js'
import { wireLimits } from '../../src/wire/limits.js'

const head = (more: Partial<FrameHead>): FrameHead => ({
  kind: 5,
  entersHistory: true,
  codec: 1,
  payloadBytes: 300,
  bodyBytes: 200,
  check: Uint8Array.of(1, 2, 3, 4),
  ...more,
})

test('the head of a frame comes back as it was written, and not before all of it is there', () => {
  for (const one of [
    head({}),
    head({ kind: wireLimits.kind, entersHistory: false, codec: 3 }),
    head({ codec: 0, bodyBytes: 300 }),
    head({ bodyBytes: 1, payloadBytes: 2 }),
    head({ bodyBytes: 299 }),
    head({ payloadBytes: wireLimits.payloadBytes, bodyBytes: wireLimits.payloadBytes - 1 }),
    head({ codec: 0, payloadBytes: 0, bodyBytes: 0 }),
  ]) {
    const bytes = encodeFrameHead(one)
    assert.deepEqual(decodeFrameHead(bytes), one)
    for (let size = 0; size < bytes.length; size++)
      assert.equal(decodeFrameHead(bytes.subarray(0, size)), undefined)
  }
})

test('a frame that is said to be compressed to nothing, or to no less than it is, is damaged', () => {
  for (const [payloadBytes, bodyBytes] of [
    [300, 0],
    [300, 300],
    [300, 301],
    [0, 0],
  ] as const)
    assert.throws(
      () => decodeFrameHead(encodeFrameHead(head({ payloadBytes, bodyBytes }))),
      new RegExp(`${payloadBytes} bytes that are said to be compressed to ${bodyBytes}`),
    )
  const most = wireLimits.payloadBytes
  assert.throws(() => decodeFrameHead(encodeFrameHead(head({ payloadBytes: most + 1 }))), /where 262144 are/)
})
