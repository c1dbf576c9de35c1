import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ByteWriter } from '../../../src/bytes/varint.js'
import { cleanText } from '../../../src/mime/headers/clean-text.js'
import { recipientLines } from '../../../src/mime/headers/listed-envelope.js'
import {
  decodeRecipients,
  encodeRecipients,
  type Recipients,
} from '../../../src/wire/response/recipients-frame.js'
import { survivesDamage } from '../../damage.js'
import { seed } from '../zstd-world.js'

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((each) => cleanText(each, 60))
const mailbox = fc
  .tuple(text, text)
  .map(([name, address]) => ({ ...(name !== '' && { name }), address: address.replace(/[<>]/g, '') }))
const recipients = fc
  .record(
    { to: fc.array(mailbox, { maxLength: 3 }), cc: fc.array(mailbox, { maxLength: 2 }) },
    { noNullPrototype: true },
  )
  .filter(({ to, cc }) => [...to, ...cc].every(({ address }) => cleanText(address, 320) === address))
const frame: fc.Arbitrary<Recipients> = fc.record({
  mailbox: fc.nat(200),
  entries: fc.uniqueArray(
    fc.record({ number: fc.integer({ min: 1, max: 1e6 }), recipients }, { noNullPrototype: true }),
    {
      selector: ({ number }) => number,
      maxLength: 5,
    },
  ),
})

describe('recipients', () => {
  it('cross as they are', () => {
    fc.assert(
      fc.property(frame, (made) => {
        const whole = { ...made, entries: made.entries.toSorted((a, b) => b.number - a.number) }
        assert.deepEqual(decodeRecipients(encodeRecipients(whole)), whole)
      }),
      { seed, numRuns: 500 },
    )
  })

  it('have as many lines as their messages, the last of them ended', () => {
    const [mailbox, number] = [1, 9]
    const lines = (text: string): Uint8Array => {
      const writer = new ByteWriter()
      for (const value of [mailbox, 1, number]) writer.varint(value)
      writer.text(text)
      return writer.finish()
    }
    const none = { mailbox, entries: [{ number, recipients: { to: [], cc: [] } }] }
    assert.deepEqual(decodeRecipients(lines('\n'.repeat(recipientLines))), none)
    for (const text of ['', '\n'.repeat(recipientLines - 1), '\n'.repeat(recipientLines + 1)])
      assert.throws(() => decodeRecipients(lines(text)), /too much or too little text/)
    assert.throws(() => decodeRecipients(lines(`${'\n'.repeat(recipientLines)}x`)), /too much or too little/)
  })

  it('that are damaged are a PROTOCOL error, or others', () => {
    const whole = encodeRecipients({
      mailbox: 1,
      entries: [
        { number: 9, recipients: { to: [{ name: 'A', address: 'a@b' }], cc: [] } },
        { number: 3, recipients: { to: [], cc: [{ address: 'c@d' }] } },
      ],
    })
    survivesDamage(
      whole,
      (bytes) => {
        const read = decodeRecipients(bytes)
        assert.deepEqual(decodeRecipients(encodeRecipients(read)), read)
      },
      { seed, numRuns: 2000 },
    )
  })
})
