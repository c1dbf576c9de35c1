import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeEnvelope } from '../../../src/mime/headers/envelope-codec.js'
import { getContent } from '../../../src/replica/content/contents.js'
import { tables } from '../../../src/replica/tables.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { findContents } from '../../../src/sync/search/find-contents.js'
import { foldWords, wantedWords } from '../../../src/sync/search/fold-words.js'
import { blockSize } from '../../../src/sync/search/postings.js'
import { updateIndex } from '../../../src/sync/search/update-index.js'
import { readRun, writeRun } from '../../../src/sync/search/word-run.js'
import { letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { everything, makePair } from '../../world/star.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const inbox = ['INBOX']

/** Subjects of what is found, sorted. */
async function found(side: Side, typed: string): Promise<string[]> {
  const { db } = side.account.replica
  const subjects: string[] = []
  for await (const { content } of findContents(db, { words: wantedWords(typed) })) {
    const { envelope } = (await getContent(db, content)) ?? {}
    subjects.push(envelope ? (decodeEnvelope(envelope).subject ?? '') : '')
  }
  return subjects.sort()
}

async function sideWith(mails: Readonly<Record<string, Uint8Array>>) {
  const side = await makeSide('here', { hasUpstream: false, random: seededRandom(1) })
  const places: Record<string, string> = {}
  for (const [name, mail] of Object.entries(mails)) places[name] = side.mail.person.deliver(inbox, mail)
  const update = async (): Promise<void> => {
    await scanMailStore(side.account)
    await updateIndex(side.account)
  }
  await update()
  return { side, places, update }
}

async function rowsOf({ account }: Side): Promise<Record<string, number>> {
  const { searchRun, searchPage, searchPlace, searchLack } = tables
  const all = { searchRun, searchPage, searchPlace, searchLack }
  const counts: Record<string, number> = {}
  for (const [name, table] of Object.entries(all)) counts[name] = await table.count(account.replica.db)
  return counts
}

/** All words of the index, and how many contents have each. */
async function wordsOf({ account }: Side): Promise<Record<string, number>> {
  const words: Record<string, number> = {}
  for await (const { key, value } of tables.searchRun.list(account.replica.db))
    for (const [word, numbers] of readRun(key[1], value, blockSize))
      words[word] = (words[word] ?? 0) + numbers.length
  return words
}

async function indexed({ account }: Side): Promise<number> {
  let count = 0
  for await (const _ of findContents(account.replica.db, { words: [] })) count++
  return count
}

describe('words', () => {
  const cases: readonly [text: string, typed: string, isFound: boolean][] = [
    ['Die Straße, größer', 'STRASSE grosser', true],
    ['crème brûlée', 'creme brul', true],
    ['Ελληνικός λόγος', 'λογοσ ΕΛΛΗΝΙΚΟΣ', true],
    ['ёлка и чай', 'Елка чаи', true],
    ['مُحَمَّد', 'محمد', true],
    ['שָׁלוֹם', 'שלום', true],
    ['हिन्दी में', 'हिन्दी', true],
    ['한국어 편지', '한국어', true],
    ['今日は東京の天気', '東京', true],
    ['今日は東京の天気', '京', true],
    ['今日は東京の天気', '天東', false],
    ['ﾃﾞｰﾀ', 'データ', true],
    ['ภาษาไทยง่าย', 'ไทย', true],
    ['İstanbul', 'istanbul', true],
    ['STRAẞE', 'straße', true],
    ['don’t', "don't", true],
    ['invoice 2024-17', 'inv 2024-17', true],
    ['invoice', 'in', false],
    ['an in', 'in', true],
    ['ann@example.org', 'ANN@example.org', true],
    ['x'.repeat(100), 'x'.repeat(50), true],
    ['🙂 a', '🙂', false],
  ]
  for (const [text, typed, isFound] of cases)
    it(`${isFound ? 'finds' : "doesn't find"} ${typed.slice(0, 20)} in ${text.slice(0, 20)}`, () => {
      const words = [...foldWords(text)]
      const wanted = wantedWords(typed)
      const all = wanted.every(({ word, beginning }) =>
        words.some((each) => (beginning ? each.startsWith(word) : each === word)),
      )
      assert.equal(wanted.length > 0 && all, isFound)
    })

  it('are none in what has no letter', () => assert.deepEqual(wantedWords(' !? \u0301 "'), []))
})

describe('the index', () => {
  it('has sender, recipients, subject, text and file names of a mail', async () => {
    const { side } = await sideWith({
      one: letter('Chart of the bay', {
        from: 'Zoë <zoe@harbour.example>',
        to: 'Bo <bo@example.org>',
        cc: 'Cy <cy@example.org>',
        text: 'Soundings in fathoms.',
        attachments: [{ bytes: 10, name: 'bay-north.png' }],
      }),
      two: bytes('Subject: hidden\nContent-Type: text/html; charset=utf-8\n\n<p>caf&eacute; <b>fathoms</b>'),
    })
    for (const typed of ['chart', 'bay', 'zoe harbour', 'bo', 'cy', 'sound', 'north png', 'zoe fathoms bo'])
      assert.deepEqual(await found(side, typed), ['Chart of the bay'], typed)
    assert.deepEqual(await found(side, 'fathoms'), ['Chart of the bay', 'hidden'])
    assert.deepEqual(await found(side, 'cafe'), ['hidden'])
    assert.deepEqual(await found(side, 'chart cafe'), [])
  })

  it('loses what is expunged, to the last word, and keeps what is copied, moved or flagged', async () => {
    const { side, places, update } = await sideWith({ gone: letter('gone'), stays: letter('stays') })
    const { person } = side.mail
    person.createMailbox(['Work'])
    const copy = person.copy(inbox, places['gone'] ?? '', ['Work'])
    person.remove(inbox, places['gone'] ?? '')
    person.setFlags(inbox, places['stays'] ?? '', ['\\Seen'])
    await update()
    assert.deepEqual(await found(side, 'text'), ['gone', 'stays'])
    person.remove(['Work'], copy)
    person.move(inbox, places['stays'] ?? '', ['Work'])
    await update()
    assert.deepEqual(await found(side, 'text'), ['stays'])
    const { side: fresh } = await sideWith({ stays: letter('stays') })
    assert.deepEqual(await wordsOf(side), await wordsOf(fresh))
    side.mail.person.deleteMailbox(['Work'])
    await update()
    assert.deepEqual(Object.values(await rowsOf(side)), [0, 0, 0, 0])
  })

  it('takes in the text of a message when it comes', async () => {
    const { endpoint, client, run } = await makePair({ seed: 1 })
    endpoint.mail.person.deliver(inbox, letter('late', { text: `Fathoms. ${'More of it. '.repeat(50)}` }))
    await run({ policy: { ...defaultPolicy, textBytes: 0, smallBytes: 0, attachmentBytes: 0 } })
    await updateIndex(client.account)
    assert.deepEqual(await found(client, 'late'), ['late'])
    assert.deepEqual(await found(client, 'fathoms'), [])
    await run({ policy: everything })
    await updateIndex(client.account)
    assert.deepEqual(await found(client, 'fathoms'), ['late'])
    assert.equal((await rowsOf(client))['searchLack'], 0)
  })

  it('is the same when it was broken off at any commit', async () => {
    const mails = Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`m${i}`, letter(`mail ${i}`)]))
    const { side: whole } = await sideWith(mails)
    const side = await makeSide('here', { hasUpstream: false, random: seededRandom(1) })
    for (const mail of Object.values(mails)) side.mail.person.deliver(inbox, mail)
    await scanMailStore(side.account)
    const batchSize = 40
    let asked = 0
    await updateIndex(side.account, { batchSize, goOn: () => asked++ < batchSize })
    assert.equal(await indexed(side), batchSize)
    await assert.rejects(updateIndex(side.account, { signal: AbortSignal.abort() }))
    side.crashAt(1)
    await assert.rejects(updateIndex(side.account, { batchSize }))
    side.crashAt(undefined)
    await side.restart()
    await updateIndex(side.account)
    assert.deepEqual(await wordsOf(side), await wordsOf(whole))
    assert.equal(await indexed(side), 90)
    assert.deepEqual(await found(side, 'mail 77'), ['mail 77'])
    assert.equal((await found(side, 'mail')).length, 90)
  })

  it('is the same whether mails come one by one or at once', async () => {
    const mails = Array.from({ length: 40 }, (_, i) => {
      const text = Array.from({ length: 60 }, (__, j) => `z${(i * 61 + j * 17) ** 3}`).join(' ')
      // The first word of all becomes another one.
      return [`m${i}`, letter('mail', { text, from: `${90 - i} <a@example.org>` })] as const
    })
    const { side: whole } = await sideWith(Object.fromEntries(mails))
    const { side, update } = await sideWith({})
    for (const [, mail] of mails) {
      side.mail.person.deliver(inbox, mail)
      await update()
    }
    assert.deepEqual(await wordsOf(side), await wordsOf(whole))
  })

  it('gives the newest first', async () => {
    const { side, update } = await sideWith({})
    for (const day of [2, 3, 1]) side.mail.person.deliver(inbox, letter(`day ${day}`), [], day * 86_400_000)
    await update()
    const { db } = side.account.replica
    const order: string[] = []
    for await (const { content } of findContents(db, { words: wantedWords('day') }))
      order.push(decodeEnvelope((await getContent(db, content))?.envelope ?? new Uint8Array()).subject ?? '')
    assert.deepEqual(order, ['day 3', 'day 2', 'day 1'])
  })

  it('lets others have their turn where many words begin alike', async () => {
    const { side } = await sideWith({})
    const { db } = side.account.replica
    await db.transact(async (tx) => {
      tables.searchIndex.put(tx, { next: 1, head: 0, days: [0, 1], mailboxes: [] })
      for (let i = 0; i < 100_000; i++)
        tables.searchRun.put(tx, 0, `abc${i}`, writeRun([[`abc${i}`, [0]]], blockSize))
    })
    let [turns, over] = [0, false]
    const count = (): void => {
      turns++
      if (!over) setImmediate(count)
    }
    setImmediate(count)
    for await (const _ of findContents(db, { words: wantedWords('abc') }))
      assert.fail('no content has the number')
    over = true
    assert.ok(turns > 1, `${turns} turns`)
  })

  it('writes no more than some thousand words at once', async () => {
    const long = (n: number): string => Array.from({ length: 1900 }, (_, i) => `w${n}x${i}`).join(' ')
    const mails = Array.from({ length: 30 }, (_, n) => [`m${n}`, letter(`m${n}`, { text: long(n) })] as const)
    const side = await makeSide('here', { hasUpstream: false, random: seededRandom(1) })
    for (const [, mail] of mails) side.mail.person.deliver(inbox, mail)
    await scanMailStore(side.account)
    const puts: number[] = []
    side.watchCommits = (batch) => puts.push(batch.puts?.length ?? 0)
    await updateIndex(side.account)
    assert.equal(await indexed(side), 30)
    assert.ok(Math.max(...puts) < 1000, puts.join(' '))
  })

  it('takes no more of a mail than is good, and leaves the rest be', async () => {
    const words = Array.from({ length: 5000 }, (_, i) => `w${i}x`).join(' ')
    const { side, update } = await sideWith({ long: letter('long', { text: words }) })
    assert.equal(Object.keys(await wordsOf(side)).length, 1999)
    const before = side.steps
    await update()
    assert.equal(side.steps, before, 'nothing new, nothing written')
  })
})
