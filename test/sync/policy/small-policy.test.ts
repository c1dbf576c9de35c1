import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { smallOnly } from '../../../src/sync/policy/small-policy.js'

const big = {
  ...defaultPolicy,
  smallBytes: 1000,
  attachmentBytes: 5000,
  coldBytes: 6000,
  structureBytes: 7000,
}

test('before what is big, nothing above the size of small things comes, but for texts', () => {
  const { attachmentBytes, coldBytes, structureBytes, textBytes } = smallOnly(big)
  assert.deepEqual([attachmentBytes, coldBytes, structureBytes], [1000, 1000, 1000])
  assert.equal(textBytes, big.textBytes)
})

test('what a person lets come at smaller sizes only stays so', () => {
  const small = { ...big, attachmentBytes: 10, coldBytes: 20, structureBytes: 30 }
  const { attachmentBytes, coldBytes, structureBytes } = smallOnly(small)
  assert.deepEqual([attachmentBytes, coldBytes, structureBytes], [10, 20, 30])
})

test('rules let no more come than that, but for texts', () => {
  const limits = [
    { what: 'text', upToBytes: 9000 },
    { what: 'image/*', upToBytes: 9000 },
    { what: 'image/png', upToBytes: 9 },
  ] as const
  const { rules } = smallOnly({ ...big, rules: [{ mailboxes: ['*'], limits }] as never })
  assert.deepEqual(
    rules.flatMap((rule) => rule.limits.map(({ upToBytes }) => upToBytes)),
    [9000, 1000, 9],
  )
})
