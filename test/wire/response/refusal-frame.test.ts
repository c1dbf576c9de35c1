import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ErrorCode, PacketboatError } from '../../../src/errors/packetboat-error.js'
import {
  decodeRefusal,
  encodeRefusal,
  refusalCodes,
  refusalOf,
  refused,
} from '../../../src/wire/response/refusal-frame.js'

test('an error that is of the request is told by its own code and words, no other is', () => {
  for (const code of refusalCodes) {
    const refusal = refusalOf(new PacketboatError(code, 'what', 'next'))
    assert.deepEqual(refusal, { code, reason: 'what', next: 'next' })
    const error = refused({ code, reason: 'what', next: 'next' })
    assert.deepEqual([error.code, error.message, error.next], [code, 'At the endpoint: what', 'next'])
  }
  for (const code of ['USAGE', 'MESSAGE_UNREADABLE'] satisfies ErrorCode[])
    assert.equal(refusalOf(new PacketboatError(code, 'what', 'next')), undefined)
  for (const other of [new Error('PROTOCOL'), 'PROTOCOL', undefined, { code: 'PROTOCOL' }])
    assert.equal(refusalOf(other), undefined)
})

test('a refusal goes over the line in 300 bytes for each text', () => {
  for (const code of refusalCodes)
    assert.deepEqual(decodeRefusal(encodeRefusal({ code, reason: 'a', next: 'b' })), {
      code,
      reason: 'a',
      next: 'b',
    })
  const long = decodeRefusal(encodeRefusal({ code: 'QUOTA', reason: 'r'.repeat(400), next: 'n'.repeat(301) }))
  assert.ok(long.reason.length <= 300 && long.reason.startsWith('r'.repeat(290)), long.reason)
  assert.ok(long.next.length <= 300 && long.next.startsWith('n'.repeat(290)), long.next)
})
