import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Accept,
  decodeAccept,
  encodeAccept,
  maxProblemsTold,
} from '../../../src/wire/response/accept-frame.js'

/** An accept of more than goes into one frame. */

const guid = (n: number): string => n.toString(16).padStart(32, '0')

const accept: Accept = {
  upstream: guid(1),
  applied: 7,
  needsPolicy: false,
  token: 99,
  results: [],
  pending: [],
  heldBack: [{ mailbox: guid(2), gone: 3, of: 4, kept: true }],
  trouble: 'The mail server is away.',
  problems: { name: 5, total: 1 },
}

function rejoined(frames: readonly Uint8Array[]) {
  const pieces = frames.map(decodeAccept)
  return {
    more: pieces.map(({ more }) => more),
    results: pieces.flatMap((piece) => piece.accept.results),
    pending: pieces.flatMap((piece) => piece.accept.pending),
    heldBack: pieces.map((piece) => piece.accept.heldBack.length),
    troubles: pieces.map((piece) => piece.accept.trouble),
    problems: pieces.map((piece) => piece.accept.problems),
    heads: pieces.map(({ accept: { upstream, applied, token } }) => [upstream, applied, token]),
  }
}

for (const [what, results, pending] of [
  ['results', 2001, 3],
  ['uploads', 3, 2001],
  ['both', 1001, 2001],
] as const)
  test(`many ${what} come in as many frames as they need, each thing once and in order`, () => {
    const much: Accept = {
      ...accept,
      results: Array.from({ length: results }, (_, i) => ({
        kind: 'no-source',
        number: i + 1,
        guid: guid(i),
      })),
      pending: Array.from({ length: pending }, (_, i) => ({ message: guid(i), held: [i, 0] })),
    }
    const read = rejoined(encodeAccept(much))
    assert.deepEqual(read.results, much.results)
    assert.deepEqual(read.pending, much.pending)
    assert.deepEqual(read.more, [true, true, false])
    // Said with the last one, when all is known.
    assert.deepEqual(read.heldBack, [0, 0, 1])
    assert.deepEqual(read.troubles, [undefined, undefined, accept.trouble])
    assert.deepEqual(read.problems, [undefined, undefined, accept.problems])
    for (const head of read.heads) assert.deepEqual(head, [accept.upstream, 7, 99])
  })

test('what is held back is told though as much is told of something else', () => {
  for (const more of [
    { results: [{ kind: 'no-source' as const, number: 1, guid: guid(1) }] },
    { pending: [{ message: guid(1), held: [] }] },
  ])
    assert.deepEqual(rejoined(encodeAccept({ ...accept, ...more })).heldBack, [1])
})

for (const count of [999, 1000])
  test(`${count} results fit one frame`, () => {
    const results = Array.from({ length: count }, (_, i) => ({
      kind: 'no-source' as const,
      number: i + 1,
      guid: guid(i),
    }))
    const frames = encodeAccept({ ...accept, results })
    assert.equal(frames.length, 1)
    assert.equal(rejoined(frames).results.length, count)
  })

test('no more problems are told in words than the bound says', () => {
  const told = Array.from({ length: maxProblemsTold + 5 }, (_, i) => ({
    code: 'MESSAGE_UNREADABLE',
    mailbox: 'INBOX',
    item: String(i),
    reason: 'It is damaged.',
    next: 'Mend it.',
    sinceMs: 5000,
  }))
  const [frame] = encodeAccept({ ...accept, problems: { name: 1, total: told.length, told } })
  const read = decodeAccept(frame ?? new Uint8Array()).accept.problems
  assert.deepEqual(read?.told, told.slice(0, maxProblemsTold))
  assert.equal(read?.total, told.length)
})

test('as many problems as may be told are read, and one more is refused', () => {
  const none = { ...accept, heldBack: [], problems: { name: 5, total: 30, told: [] } }
  const [bytes = new Uint8Array()] = encodeAccept(none)
  assert.equal(bytes.at(-1), 0)
  const withProblems = (count: number): Uint8Array =>
    Uint8Array.from([...bytes.subarray(0, -1), count, ...Array<number>(6 * count).fill(0)])
  const { problems } = decodeAccept(withProblems(maxProblemsTold)).accept
  assert.equal(problems?.told?.length, 20)
  assert.deepEqual(problems.told[0], { code: '', mailbox: '', reason: '', next: '', sinceMs: 0 })
  assert.throws(() => decodeAccept(withProblems(maxProblemsTold + 1)), /more problems than may be told/)
})

for (const [lost, bits] of [
  [undefined, 0],
  ['journal', 4],
  ['cursor', 8],
  ['forgotten', 12],
] as const)
  test(`which memory is lost takes two bits: ${lost ?? 'none'}`, () => {
    const { trouble: _, problems: __, token: ___, ...plain } = accept
    const [bytes = new Uint8Array()] = encodeAccept({ ...plain, ...(lost && { lost }), heldBack: [] })
    assert.equal(bytes.length, 18)
    assert.equal(bytes[17], bits)
    assert.equal(decodeAccept(bytes).accept.lost, lost)
  })
