import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getContent, putContent } from '../../../src/replica/content/contents.js'
import type { ContentRecord, WishRecord } from '../../../src/replica/records.js'
import { tables } from '../../../src/replica/tables.js'
import {
  declineParts,
  heedWishes,
  isDeclined,
  isWanted,
  sayWishes,
  wantParts,
  wishesWaiting,
  wishName,
} from '../../../src/replica/wishes.js'
import { id } from '../world.js'
import { open, rowsOf } from './open.js'

const content = (more: Partial<ContentRecord> = {}): ContentRecord => ({
  id: id('a'),
  sizeBytes: 10,
  held: [],
  whole: false,
  progress: 0,
  upstreamHas: false,
  ...more,
})

const wish = (word: WishRecord['word'], parts: readonly number[], of = 'a'): WishRecord => ({
  content: id(of),
  parts,
  word,
})

async function worldOf(record: ContentRecord = content()) {
  const { replica, change } = await open()
  const { db } = replica
  await change(async ({ tx }) => putContent(tx, record))
  const state = async () => ({
    wanted: (await rowsOf(tables.wanted.list(db))).map(({ key }) => key[1]),
    declined: (await getContent(db, id('a')))?.declined,
  })
  return { db, change, state }
}

test('wishes wait in the order in which they were said, and the last word on a part counts', async () => {
  const { db, change, state } = await worldOf()
  await sayWishes(db, [])
  assert.deepEqual(await rowsOf(tables.wish.list(db)), [])
  await sayWishes(db, [wish('now', [1, 2]), wish('later', [2])])
  await sayWishes(db, [wish('never', [3])])
  assert.deepEqual(
    (await rowsOf(tables.wish.list(db))).map(({ key, value }) => [key[0], value]),
    [
      [1, wish('now', [1, 2])],
      [2, wish('later', [2])],
      [3, wish('never', [3])],
    ],
  )
  assert.deepEqual(
    [...(await wishesWaiting(db))],
    [
      [wishName(id('a'), 1), 'now'],
      [wishName(id('a'), 2), 'later'],
      [wishName(id('a'), 3), 'never'],
    ],
  )
  assert.equal(wishName(id('a'), 1), `${id('a')}/1`)
  assert.equal(await change(({ tx }) => heedWishes(tx)), true)
  assert.deepEqual(await state(), { wanted: [1], declined: { 2: 'later', 3: 'never' } })
  assert.deepEqual(await rowsOf(tables.wish.list(db)), [])
})

for (const [what, wishes, wanted] of [
  ['none', [], false],
  ['of a content that is not known', [wish('now', [1], 'x')], false],
  ['of a content that is not known, before one that is', [wish('now', [1], 'x'), wish('now', [1])], true],
  ['for a part that is here', [wish('now', [0])], false],
  ['for a part that is here, after one that is not', [wish('now', [1]), wish('now', [0])], true],
  ['against a part, after one for another', [wish('now', [1]), wish('later', [2])], true],
  ['against a part', [wish('never', [1])], false],
] as const)
  test(`wishes that are heeded want something, or not: ${what}`, async () => {
    const { db, change } = await worldOf(content({ held: [0] }))
    await sayWishes(db, wishes)
    assert.equal(await change(({ tx }) => heedWishes(tx)), wanted)
    assert.deepEqual(await rowsOf(tables.wish.list(db)), [])
  })

test('only parts that are not here are wanted, and nothing of what is whole', async () => {
  const some = await worldOf(content({ held: [1] }))
  const held = content({ held: [1] })
  assert.deepEqual(await some.change(async ({ tx }) => wantParts(tx, held, [0, 1, 2])), [0, 2])
  assert.deepEqual(await some.state(), { wanted: [0, 2], declined: undefined })
  assert.equal(await isWanted(some.db, held, 2), true)
  assert.equal(await isWanted(some.db, held, 1), false)
  const all = await worldOf(content({ whole: true }))
  assert.deepEqual(await all.change(async ({ tx }) => wantParts(tx, content({ whole: true }), [0])), [])
  assert.deepEqual(await all.state(), { wanted: [], declined: undefined })
})

test('a part that is wanted is declined no more, and the other way round', async () => {
  const { db, change, state } = await worldOf(content({ declined: { 1: 'later', 2: 'never' } }))
  const now = async () => (await getContent(db, id('a'))) ?? content()
  await change(async ({ tx }) => wantParts(tx, await now(), [1]))
  assert.deepEqual(await state(), { wanted: [1], declined: { 2: 'never' } })
  await change(async ({ tx }) => declineParts(tx, await now(), [1, 2], 'later'))
  assert.deepEqual(await state(), { wanted: [], declined: { 1: 'later', 2: 'later' } })
  await change(async ({ tx }) => declineParts(tx, await now(), [1], 'never'))
  assert.deepEqual(await state(), { wanted: [], declined: { 1: 'never', 2: 'later' } })
  assert.deepEqual(
    [0, 1, 2].map((part) => isDeclined({ declined: { 1: 'later' } }, part)),
    [false, true, false],
  )
  assert.equal(isDeclined({}, 0), false)
  await change(async ({ tx }) => wantParts(tx, await now(), [1, 2]))
  assert.deepEqual(await state(), { wanted: [1, 2], declined: undefined })
  assert.equal('declined' in (await now()), false)
})

test('a content that was never declined is not written again for being wanted', async () => {
  const { db, change } = await worldOf()
  // Another transaction has it further meanwhile: an older record must not come back over it.
  await change(async ({ tx }) => {
    putContent(tx, content({ progress: 5 }))
    wantParts(tx, content(), [1])
  })
  assert.equal((await getContent(db, id('a')))?.progress, 5)
})
