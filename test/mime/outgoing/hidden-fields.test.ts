import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { memorySource, readRange } from '../../../src/bytes/source.js'
import { readHeader, withoutHidden } from '../../../src/mime/headers/hidden-fields.js'

async function sent(text: string, chunkBytes?: number): Promise<string> {
  const message = memorySource(Buffer.from(text, 'latin1'))
  const header = await readHeader(message)
  assert.ok(header)
  const source = withoutHidden(message, header)
  const chunks: Uint8Array[] = []
  for await (const chunk of readRange(source, 0, source.size, chunkBytes)) chunks.push(chunk)
  const out = Buffer.concat(chunks)
  assert.equal(out.length, source.size)
  return out.toString('latin1')
}

const cases: readonly (readonly [what: string, message: string, goes: string])[] = [
  ['nothing to take out', 'To: b\r\n\r\nBcc: x\r\n', 'To: b\r\n\r\nBcc: x\r\n'],
  ['one', 'To: b\r\nBcc: x\r\nSubject: s\r\n\r\nhi', 'To: b\r\nSubject: s\r\n\r\nhi'],
  ['the first', 'Bcc: x\nTo: b\n\nhi', 'To: b\n\nhi'],
  ['the last', 'To: b\nBcc: x\n\nhi', 'To: b\n\nhi'],
  ['nothing else', 'Bcc: x\r\n\r\nhi', '\r\nhi'],
  ['several, folded, written oddly', 'BCC : x,\r\n\ty\r\nTo: b\r\nbcc:\r\n z\r\n\r\nhi', 'To: b\r\n\r\nhi'],
  ['of mail that was sent on', 'Resent-Bcc: x\r\nResent-To: b\r\n\r\nhi', 'Resent-To: b\r\n\r\nhi'],
  ['names that are longer', 'Bcc-X: x\r\nX-Fcc: y\r\n\r\nhi', 'Bcc-X: x\r\nX-Fcc: y\r\n\r\nhi'],
  ['a header without its end', 'To: b\r\nBcc: x\r\n', 'To: b\r\n'],
  ['a header that is cut', 'To: b\r\nBcc: x', 'To: b\r\n'],
  [
    'what Thunderbird notes in a draft',
    'To: b\nX-Mozilla-Draft-Info: internal/draft;\n vcard=0\nX-Identity-Key: id1\nFcc: imap://ann@boat/Sent\n\nhi',
    'To: b\n\nhi',
  ],
  ['nothing at all', '', ''],
  ['a body first', '\r\nBcc: x\r\n', '\r\nBcc: x\r\n'],
  ['an mbox line', 'From ann\nBcc: x\nTo: b\n\nhi', 'From ann\nTo: b\n\nhi'],
]
for (const [what, message, goes] of cases)
  test(`mail goes without what only its author has: ${what}`, async () => {
    for (const chunkBytes of [1, 7, 65_536]) assert.equal(await sent(message, chunkBytes), goes)
  })

test('all else stays as it is, byte for byte, wherever it is read', async () => {
  const field = fc.record({
    name: fc.constantFrom('To', 'Bcc', 'bCC', 'Resent-Bcc', 'X', 'Subject'),
    value: fc.stringMatching(/^[ -~\x80-\xff]{0,20}$/),
    folded: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(field, { maxLength: 8 }),
      fc.constantFrom('\r\n', '\n'),
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 1, max: 50 }),
      async (fields, end, body, chunkBytes) => {
        const written = (kept: typeof fields): string =>
          `${kept.map(({ name, value, folded }) => `${name}: ${value}${folded ? `${end} more` : ''}${end}`).join('')}${end}${Buffer.from(body).toString('latin1')}`
        const kept = fields.filter(({ name }) => !name.toLowerCase().endsWith('bcc'))
        assert.equal(await sent(written(fields), chunkBytes), written(kept))
      },
    ),
  )
})

test('a header that never ends is not read to its end', async () => {
  let read = 0
  const endless = {
    size: 1_000_000_000,
    read: async (_: number, length: number) => {
      read += length
      assert.ok(read < 4 * 1024 * 1024)
      return new Uint8Array(length).fill(97)
    },
  }
  assert.equal(await readHeader(endless), undefined)
  assert.ok(read < 2 * 1024 * 1024, `${read} bytes`)
})
