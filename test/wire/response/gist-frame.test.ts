import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { gistBytes, gistText } from '../../../src/mime/stand-in/gist-text.js'
import { decodeGist, encodeGist } from '../../../src/wire/response/gist-frame.js'

const gist = (text: string) => ({ ref: { scope: 1, id: 7 }, part: 2, text })

test('a gist is as long as it may be, and no longer', () => {
  const longest = gist('x'.repeat(gistBytes))
  assert.deepEqual(decodeGist(encodeGist(longest)), longest)
  assert.throws(
    () => decodeGist(encodeGist(gist('x'.repeat(gistBytes + 1)))),
    (error) => hasCode(error, 'PROTOCOL'),
  )
})

for (const [what, text] of [
  ['one line', 'word '.repeat(3000)],
  ['lines', 'ü\n'.repeat(3000)],
  ['characters of four bytes', '𝄞'.repeat(3000)],
] as const)
  test(`what is made of ${what} fits a frame, and stays the same when it is made again`, () => {
    const made = gistText(text)
    assert.ok(new TextEncoder().encode(made).length <= gistBytes)
    assert.ok(made.endsWith('[...]'))
    assert.equal(gistText(made), made)
  })

test('nothing is made of nothing but control characters', () => {
  assert.equal(gistText('\u0001\u202e'.repeat(100_000)), '')
})
