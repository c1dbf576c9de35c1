import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memorySource } from '../../../src/bytes/source.js'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { splitMessage } from '../../../src/mime/split.js'
import { pieceSizes, pieceSource } from '../../../src/sync/content/piece.js'
import { sha256 } from '../../world/side.js'

const field = (name: string, length: number): string => `${name}: ${'x'.repeat(length)}\n`
const message = (first: string, second: string): Uint8Array =>
  Buffer.from(`${first}${second}From: Ann <ann@example.org>\nSubject: one\n\nSee it.\n`)

test('a piece of a file that was written into has as many bytes as it had, or none: the other side knows how many come', async () => {
  const before = message(field('DKIM-Signature', 2900), field('X-Note', 200))
  const after = message(field('DKIM-Signature', 2000), field('X-Note', 1100))
  assert.equal(after.length, before.length)
  const skeleton = await splitMessage(memorySource(before), { createHash: sha256 })
  assert.ok(skeleton.cold)
  for (const [piece, size] of pieceSizes(skeleton).entries()) {
    const opened = await pieceSource(memorySource(after), skeleton, piece).catch((error) => {
      assert.ok(hasCode(error, 'MESSAGE_CHANGED'), `${error}`)
    })
    assert.ok(!opened || opened.size === size, `piece ${piece}: ${opened?.size} bytes, not ${size}`)
    assert.equal((await pieceSource(memorySource(before), skeleton, piece))?.size, size)
  }
})
