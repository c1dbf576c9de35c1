import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { tables } from '../../../src/replica/tables.js'
import { encodeKey } from '../../../src/store/key.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { findContents } from '../../../src/sync/search/find-contents.js'
import { wantedWords } from '../../../src/sync/search/fold-words.js'
import { isIndexed, updateIndex } from '../../../src/sync/search/update-index.js'
import { letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'

const inbox = ['INBOX']

async function sideWith(texts: readonly string[]): Promise<Side> {
  const side = await makeSide('here', { hasUpstream: false, random: seededRandom(1) })
  for (const [at, text] of texts.entries()) side.mail.person.deliver(inbox, letter(`mail ${at}`, { text }))
  await scanMailStore(side.account)
  return side
}

/** Of the index, keys and values. */
async function indexBytes({ account }: Side): Promise<number> {
  let bytes = 0
  for await (const { key, value } of account.replica.db.store.list({ prefix: [] }))
    if (String(key[0]).startsWith('search')) bytes += encodeKey(key).length + value.length
  return bytes
}

async function foundBy({ account }: Side, word: string): Promise<number> {
  let found = 0
  for await (const _ of findContents(account.replica.db, { words: wantedWords(word) })) found++
  return found
}

/** Words as texts have them: few of them often, most of them once. */
function textsLike(count: number): string[] {
  const random = seededRandom(7)
  const fraction = (): number => random.bytes(3).reduce((sum, byte) => sum * 256 + byte, 0) / 2 ** 24
  const word = (rank: number): string => {
    let letters = ''
    for (let left = rank + 20; left > 0; left = Math.floor(left / 15))
      letters += `${'bcdfglmnprst'[left % 12]}${'aeiou'[left % 5]}`
    return letters
  }
  return Array.from({ length: count }, () =>
    Array.from({ length: 250 }, () => word(Math.floor(20_000 ** fraction()))).join(' '),
  )
}

describe('the index', () => {
  it('takes little beside the texts that it is of', async () => {
    const texts = textsLike(500)
    const side = await sideWith(texts)
    await updateIndex(side.account)
    const share = (await indexBytes(side)) / texts.join('').length
    assert.ok(share < 0.25, `${(100 * share).toFixed(1)} %`)
  })

  it('of an earlier version goes when the new one is made, and nobody has to ask for that', async () => {
    const side = await sideWith(['fathoms', 'soundings'])
    const { db } = side.account.replica
    await db.transact(async (tx) => {
      tables.searchState.put(tx, { next: 2, head: 2 })
      for (let number = 0; number < 5000; number++) {
        tables.searchWord.put(tx, 0, `word${number}`, Uint8Array.of(0))
        tables.searchWords.put(tx, number, 'word')
      }
      tables.searchContent.put(tx, 0, 'a'.repeat(32))
      tables.searchNumber.put(tx, 'a'.repeat(32), 0)
    })
    assert.ok(await isIndexed(db))
    let asked = 0
    await updateIndex(side.account, { goOn: () => asked++ < 4 })
    assert.ok(await tables.searchState.has(db), 'broken off')
    assert.equal(await foundBy(side, 'fathoms'), 1, 'searched before the old one has gone')
    await updateIndex(side.account)
    const { searchState, searchWord, searchWords, searchContent, searchNumber } = tables
    for (const table of [searchState, searchWord, searchWords, searchContent, searchNumber])
      assert.equal(await table.count(db), 0, table.name)
    assert.ok(await isIndexed(db))
  })
  it('that knew no places is made anew, and meanwhile nobody finds the wrong mail by it', async () => {
    const side = await sideWith(['fathoms', 'soundings'])
    const { db } = side.account.replica
    await db.transact(async (tx) => {
      tables.searchIndex.put(tx, { next: 5000, head: 1 })
      for (let number = 0; number < 5000; number++) tables.searchPage.put(tx, number, Uint8Array.of(1))
    })
    let asked = 0
    assert.ok((await updateIndex(side.account, { goOn: () => asked++ < 1 })) > 0, 'broken off')
    assert.equal(await foundBy(side, 'fathoms'), 0)
    await updateIndex(side.account)
    assert.equal(await tables.searchPage.count(db), 1)
    assert.equal(await foundBy(side, 'fathoms'), 1)
  })
})
