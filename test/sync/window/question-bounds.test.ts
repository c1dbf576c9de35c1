import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ByteWriter } from '../../../src/bytes/varint.js'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { tables } from '../../../src/replica/tables.js'
import { readRequest } from '../../../src/sync/responder/read-request.js'
import { askQuestion, hearHits } from '../../../src/sync/search/asked-questions.js'
import { createFrameEncoder } from '../../../src/wire/frame-encoder.js'
import { decodeQuestion, encodeQuestion, questionLimits } from '../../../src/wire/question-frame.js'
import { encodeHello, requestKinds } from '../../../src/wire/request-frames.js'
import { decodeHits, encodeHits, type Hit, type Hits } from '../../../src/wire/response/hits-frame.js'
import { guid, helloOf } from '../../world/first-words.js'
import { seededRandom } from '../../world/random.js'
import { makeSide } from '../../world/side.js'

const refused = (error: unknown): boolean => hasCode(error, 'PROTOCOL')

const question = { number: 1, text: 'dues', most: 20, mostBytes: 1000 }
const nothing: Hits = {
  number: 1,
  isPartial: false,
  isStrange: false,
  isLater: false,
  left: 0,
  total: 0,
  totalBytes: 0,
  entries: [],
}
const hit: Hit = { mailbox: guid(1), message: 1, arrivedMs: 0, sizeBytes: 1, from: 'Ann', subject: 'Dues' }

describe('a question', () => {
  it('is one of so many in a request', async () => {
    const { account } = await makeSide('endpoint', { hasUpstream: false, random: seededRandom(3) })
    const { encode } = createFrameEncoder(account)
    let frames = 0
    async function* request(): AsyncGenerator<Uint8Array> {
      yield encode(requestKinds.hello, encodeHello(helloOf({ more: true })), 'text')
      for (; frames < 100; frames++) yield encode(requestKinds.question, encodeQuestion(question), 'text')
    }
    await assert.rejects(readRequest(account, request(), { signal: new AbortController().signal }), refused)
    assert.equal(frames, questionLimits.questions)
  })

  it('is short, and is shown no more than so much', () => {
    const long = { ...question, text: 'x'.repeat(questionLimits.textBytes + 1) }
    assert.throws(() => decodeQuestion(encodeQuestion(long)), refused)
    const { most, mostBytes } = decodeQuestion(encodeQuestion({ ...question, most: 1e9, mostBytes: 1e9 }))
    assert.deepEqual([most, mostBytes], [questionLimits.most, questionLimits.mostBytes])
  })
})

describe('hits', () => {
  it('are so many, and their texts so long', () => {
    const entries = (count: number): Hit[] => Array.from({ length: count }, () => hit)
    assert.equal(decodeHits(encodeHits({ ...nothing, entries: entries(200) })).entries.length, 200)
    assert.throws(() => decodeHits(encodeHits({ ...nothing, entries: entries(201) })), refused)
    const long = { ...hit, from: 'a\u001b[2Jb'.repeat(1000), subject: 'line\nline'.repeat(1000) }
    const [shown] = decodeHits(encodeHits({ ...nothing, entries: [long] })).entries
    assert.match(shown?.from ?? '', /^[ab[2J ]{1,100}$/)
    assert.match(shown?.subject ?? '', /^[\w ]{1,200}$/)
  })

  it('that contradict themselves are refused', () => {
    const made = (...values: readonly number[]): Uint8Array => {
      const writer = new ByteWriter()
      for (const value of values) writer.varint(value)
      return writer.finish()
    }
    // Of a mailbox that isn't named; in a number of which nothing follows; of message 0.
    assert.throws(() => decodeHits(made(1, 0, 0, 1, 1, 0, 1, 0, 2, 0, 0, 2, 10, 10)), refused)
    assert.throws(() => decodeHits(made(1, 0, 0, 1, 1, 2 ** 40)), refused)
    assert.throws(() => decodeHits(encodeHits({ ...nothing, entries: [{ ...hit, message: 0 }] })), refused)
  })

  it('of what nobody asked are not kept', async () => {
    const { account } = await makeSide('client', { hasUpstream: true, random: seededRandom(3) })
    const { db } = account.replica
    const { number } = await askQuestion(db, { text: 'dues', most: 20, askedMs: 0 }, { again: false })
    for (const each of [number, number + 1, 0])
      await db.transact((tx) => hearHits(tx, { ...nothing, number: each }, 1))
    assert.equal(await tables.answer.count(db), 1)
    assert.ok(await tables.answer.has(db, number))
  })
})
