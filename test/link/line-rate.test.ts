import assert from 'node:assert/strict'
import { test } from 'node:test'
import { frameBytesFor } from '../../src/link/line/line-rate.js'

const vsat = { bytesPerSecond: 50_000, roundTripMs: 620 }

for (const { line, handshakeMs, known, frameBytes } of [
  { line: 'a quick answer shows a quick line', handshakeMs: 80, known: undefined, frameBytes: 65_536 },
  {
    line: 'one that is known to be slow, in another place',
    handshakeMs: 20,
    known: vsat,
    frameBytes: 65_536,
  },
  { line: 'far away and not known', handshakeMs: 620, known: undefined, frameBytes: undefined },
  { line: 'far away and measured: two seconds of it', handshakeMs: 700, known: vsat, frameBytes: 100_000 },
  { line: 'not the line that was measured', handshakeMs: 1800, known: vsat, frameBytes: undefined },
])
  test(`frames suit the line: ${line}`, () => {
    assert.equal(frameBytesFor(handshakeMs, known), frameBytes)
  })
