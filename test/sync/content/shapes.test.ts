import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memorySource } from '../../../src/bytes/source.js'
import { encodeOutline, outlineOf } from '../../../src/mime/outline.js'
import { encodeSkeleton } from '../../../src/mime/skeleton-codec.js'
import { splitMessage } from '../../../src/mime/split.js'
import type { ContentRecord, MessageRecord } from '../../../src/replica/records.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { openDatabase } from '../../../src/store/open-database.js'
import { MessageTiers } from '../../../src/sync/content/message-tiers.js'
import { Shapes } from '../../../src/sync/content/shapes.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { sha256 } from '../../world/side.js'

/** A content whose mail has so many parts. */
async function contentOf(id: string, parts: number): Promise<ContentRecord> {
  const body = Array.from({ length: parts }, (_, at) => `--b\r\nContent-Type: text/x\r\n\r\n${at}\r\n`)
  const mail = `Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${body.join('')}--b--\r\n`
  const skeleton = await splitMessage(memorySource(new TextEncoder().encode(mail)), { createHash: sha256 })
  return {
    id,
    sizeBytes: mail.length,
    outline: encodeOutline(outlineOf(skeleton)),
    skeleton: encodeSkeleton(skeleton),
    held: [],
    whole: true,
    progress: 1,
    upstreamHas: false,
  }
}

test('how a content is made is read once, until its record says something else', async () => {
  const shapes = new Shapes()
  const content = await contentOf('a', 2)
  const again = { ...content, outline: content.outline?.slice(), skeleton: content.skeleton?.slice() }
  assert.equal(shapes.outline(again as ContentRecord), shapes.outline(content))
  assert.equal(shapes.skeleton(again as ContentRecord), shapes.skeleton(content))
  const other = { ...(await contentOf('a', 3)) }
  assert.equal(shapes.outline(other)?.parts.length, 3)
  assert.equal(shapes.skeleton(other)?.parts.length, 3)
})

test('all contents of a usual answer are kept, and no more than memory is for', async () => {
  const shapes = new Shapes()
  const usual = await Promise.all(Array.from({ length: 300 }, (_, at) => contentOf(`usual ${at}`, 1)))
  const first = usual.map((content) => shapes.outline(content))
  assert.deepEqual(
    usual.map((content) => shapes.outline(content) === first[usual.indexOf(content)]),
    usual.map(() => true),
  )
  const large = await Promise.all(Array.from({ length: 30 }, (_, at) => contentOf(`large ${at}`, 300)))
  const sum = large.reduce((bytes, { outline }) => bytes + (outline?.length ?? 0), 0)
  assert.ok(sum > 64 * 1024, `${sum} bytes`)
  const read = large.map((content) => shapes.outline(content))
  const [last] = large.slice(-1)
  assert.equal(shapes.outline(last as ContentRecord), read.at(-1))
  for (const [at, content] of [usual[0], large[0]].entries())
    assert.notEqual(shapes.outline(content as ContentRecord), [first[0], read[0]][at], 'it has made room')
})

test('the tiers of a message are worked out once, until more is known of it', async () => {
  const tiers = new MessageTiers(openDatabase(new MemoryStore()), defaultPolicy, new Shapes())
  const content = await contentOf('a', 3)
  const message = { guid: 'm', mailbox: 'inbox', content: 'a', internalDateMs: 0 } as MessageRecord
  const { skeleton: _, ...listed } = content
  const before = await tiers.of(message, listed)
  assert.equal(before?.length, 4, 'three parts and the structure')
  assert.equal(await tiers.of(message, { ...listed }), before)
  const after = await tiers.of(message, content)
  assert.notEqual(after, before)
  assert.equal(await tiers.of(message, { ...content }), after)
  assert.notEqual(await tiers.of({ ...message, mailbox: 'other' }, content), after)
  const { outline: __, ...unlisted } = content
  assert.equal(await tiers.of(message, unlisted), undefined)
})
