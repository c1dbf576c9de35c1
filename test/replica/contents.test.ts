import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  contentByDigest,
  getContent,
  indexPart,
  placesOfPart,
  putContent,
} from '../../src/replica/content/contents.js'
import type { ContentRecord } from '../../src/replica/records.js'
import { tables } from '../../src/replica/tables.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import { digestOf, id } from './world.js'

const content = (fields: Partial<ContentRecord>): ContentRecord => ({
  id: id('content'),
  sizeBytes: 10,
  held: [],
  whole: false,
  progress: 0,
  upstreamHas: false,
  ...fields,
})

for (const [what, fields, declined] of [
  ['nothing of it is here: all that was said stays', {}, { 0: 'later', 2: 'never' }],
  ['a part that is here is not declined', { held: [2] }, { 0: 'later' }],
  ['all that was declined is here', { held: [0, 1, 2] }, undefined],
  ['it is whole', { whole: true }, undefined],
] as const)
  test(`what a person declined of a content: ${what}`, async () => {
    const db = openDatabase(new MemoryStore())
    const said = { declined: { 0: 'later', 2: 'never' } } as const
    await db.transact(async (tx) =>
      putContent(tx, content({ ...said, ...fields, held: [...('held' in fields ? fields.held : [])] })),
    )
    assert.deepEqual((await getContent(db, id('content')))?.declined, declined)
  })

test('a content is found by its digest, and listed while it is not whole', async () => {
  const db = openDatabase(new MemoryStore())
  const digest = digestOf('a')
  await db.transact(async (tx) => putContent(tx, content({ digest })))
  assert.equal((await contentByDigest(db, digest))?.id, id('content'))
  assert.equal(await contentByDigest(db, digestOf('b')), undefined)
  assert.ok(await tables.partial.has(db, id('content')))
  await db.transact(async (tx) => putContent(tx, content({ digest, whole: true })))
  assert.equal(await tables.partial.has(db, id('content')), false)
})

test('a content is indexed as large from 256 KiB on, when it is known by its bytes', async () => {
  const large = 256 * 1024
  for (const [fields, indexed] of [
    [{ sizeBytes: large, digest: digestOf('a') }, true],
    [{ sizeBytes: large, whole: true }, true],
    [{ sizeBytes: large }, false],
    [{ sizeBytes: large - 1, digest: digestOf('a') }, false],
  ] as const) {
    const db = openDatabase(new MemoryStore())
    await db.transact(async (tx) => putContent(tx, content(fields)))
    assert.equal(await tables.large.has(db, fields.sizeBytes, id('content')), indexed, JSON.stringify(fields))
  }
})

test('a part that stands in very many contents is found in the first of them only', async () => {
  const db = openDatabase(new MemoryStore())
  const names = Array.from({ length: 30 }, (_, i) => id(`c${String(i).padStart(2, '0')}`))
  await db.transact(async (tx) => {
    for (const [i, name] of names.entries()) indexPart(tx, digestOf('p'), { content: name, part: i })
  })
  const places = []
  for await (const place of placesOfPart(db, digestOf('p'))) places.push(place)
  assert.deepEqual(
    places,
    names.slice(0, 20).map((name, part) => ({ content: name, part })),
  )
})
