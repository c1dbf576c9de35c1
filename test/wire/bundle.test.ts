import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { bundleKind, encodeBundle, unbundle } from '../../src/wire/bundle.js'

const payload = (...bytes: number[]): Uint8Array => Uint8Array.from(bytes)

test('a bundle is its frames in order, and any other frame itself', () => {
  const frames = [
    { kind: 0, payload: payload() },
    { kind: bundleKind - 1, payload: payload(1, 2, 3) },
  ]
  const bundled = encodeBundle(frames)
  assert.deepEqual([...bundled], [0, 0, 30, 3, 1, 2, 3])
  assert.deepEqual(unbundle({ kind: bundleKind, payload: bundled }), frames)
  assert.deepEqual(unbundle({ kind: bundleKind, payload: payload() }), [])
  const alone = { kind: bundleKind - 1, payload: bundled }
  assert.deepEqual(unbundle(alone), [alone])
})

test('a bundle within a bundle is refused, and so is a frame that is cut', () => {
  const nested = encodeBundle([{ kind: bundleKind, payload: payload() }])
  assert.throws(
    () => unbundle({ kind: bundleKind, payload: nested }),
    (error) => hasCode(error, 'PROTOCOL') && /a bundle within a bundle/.test((error as Error).message),
  )
  for (const cut of [payload(0), payload(0, 2, 1)])
    assert.throws(
      () => unbundle({ kind: bundleKind, payload: cut }),
      (error) => hasCode(error, 'PROTOCOL'),
    )
})
