import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { decodePrimer, encodePrimer, primerLimits } from '../../src/wire/primer-frame.js'

const guid = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'))
const primer = fc.record({
  messages: fc
    .array(fc.record({ mailbox: guid, number: fc.integer({ min: 1, max: 2 ** 40 }) }), { maxLength: 30 })
    .chain((messages) =>
      fc.shuffledSubarray([...messages, ...messages], { minLength: 0, maxLength: 2 * messages.length }),
    ),
  check: fc.uint8Array({ minLength: 4, maxLength: 4 }),
})

test('a primer comes back as it was written, in its order', () => {
  fc.assert(
    fc.property(primer, (each) => {
      const back = decodePrimer(encodePrimer(each))
      assert.deepEqual(
        back.messages,
        each.messages.map(({ mailbox, number }) => ({ mailbox, number })),
      )
      assert.deepEqual([...back.check], [...each.check])
    }),
  )
})

test('a primer names no message by a number that none can have', () => {
  const mailbox = '00'.repeat(16)
  for (const number of [0, -1, 2 ** 53])
    assert.throws(
      () => decodePrimer(encodePrimer({ messages: [{ mailbox, number }], check: new Uint8Array(4) })),
      (error) => hasCode(error, 'PROTOCOL') || error instanceof RangeError,
    )
})

test('a primer of more messages than it may name is refused, and so is one that ends too early', () => {
  const mailbox = '00'.repeat(16)
  const check = new Uint8Array(4)
  const messages = Array.from({ length: primerLimits.messages + 1 }, (_, i) => ({ mailbox, number: i + 1 }))
  assert.throws(
    () => decodePrimer(encodePrimer({ messages, check })),
    (error) => hasCode(error, 'PROTOCOL'),
  )
  const whole = encodePrimer({ messages: messages.slice(0, 3), check })
  for (let size = 0; size < whole.length; size++)
    assert.throws(
      () => decodePrimer(whole.subarray(0, size)),
      (error) => hasCode(error, 'PROTOCOL'),
    )
})
