import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PacketboatError } from '../../../src/errors/packetboat-error.js'
import type { Problem } from '../../../src/replica/problem.js'
import {
  addProblem,
  distinctProblems,
  forgetPauses,
  listProblems,
  placeName,
  problemOf,
  replaceProblems,
  seriousProblems,
} from '../../../src/replica/problems.js'
import { open } from './open.js'

const problem = (reason: string): Problem => ({
  code: 'MESSAGE_UNREADABLE',
  reason,
  next: 'Look.',
  mailbox: 'INBOX',
})
const found = (item: string, reason = item) => ({ mailbox: 'm', item, problem: problem(reason) })

test('an error is told as what it says, in at most 500 characters each; any other as a fault', () => {
  const where = { mailbox: 'INBOX', item: 'a' }
  assert.deepEqual(problemOf(new PacketboatError('QUOTA', 'r'.repeat(501), 'n'.repeat(501)), where), {
    code: 'QUOTA',
    reason: 'r'.repeat(500),
    next: 'n'.repeat(500),
    ...where,
  })
  for (const [error, words] of [
    [new Error('broken'), "packetboat can't work on it: broken."],
    ['odd', "packetboat can't work on it: odd."],
  ] as const) {
    const { code, reason, next } = problemOf(error, where)
    assert.deepEqual([code, reason], ['MESSAGE_UNREADABLE', words])
    assert.match(next, /report this/)
  }
})

test('a side has the problems that it found, since when it first had them, and those that were not looked for', async () => {
  const { replica, change } = await open()
  const told = async (side?: 'read' | 'write' | 'upstream') =>
    (await listProblems(replica.db, side)).map(
      ({ side, item, record: { sinceMs, triedMs, tries, reason } }) =>
        `${side} ${item} ${reason} since ${sinceMs}, ${tries} by ${triedMs}`,
    )
  const find = (items: readonly ReturnType<typeof found>[], nowMs: number, keep: readonly string[] = []) =>
    change(({ tx }) =>
      replaceProblems(tx, 'read', items, { nowMs, keeps: ({ item }) => keep.includes(item) }),
    )
  await find([found('a'), found('b'), found('c')], 10)
  await change(({ tx }) => addProblem(tx, 'write', found('a'), 11))
  await find([found('a', 'worse')], 20, ['b'])
  assert.deepEqual(await told('read'), ['read a worse since 10, 2 by 20', 'read b b since 10, 1 by 10'])
  await change(({ tx }) => addProblem(tx, 'write', found('d'), 21))
  assert.deepEqual(await told('write'), ['write a a since 11, 1 by 11', 'write d d since 21, 1 by 21'])
  await change(({ tx }) => addProblem(tx, 'upstream', found('u'), 22))
  await change(({ tx }) => forgetPauses(tx))
  assert.deepEqual(await told(), [
    'read a worse since 10, 0 by 20',
    'read b b since 10, 0 by 10',
    'upstream u u since 22, 1 by 22',
    'write a a since 11, 0 by 11',
    'write d d since 21, 0 by 21',
  ])
})

test('what keeps a mailbox from being read and from being written is one problem', () => {
  const [read, write] = [
    { record: { mailbox: 'Work', reason: 'It is odd.' } },
    { record: { mailbox: 'Work', reason: 'It is odd.' } },
  ]
  const other = { record: { mailbox: 'Work', item: 'a', reason: 'It is odd.' } }
  assert.deepEqual(distinctProblems([read, write, other]), [read, other])
})

test('what holds no mail is not serious', () => {
  const record = { mailbox: 'Work', reason: 'It is odd.' }
  const [bad, harmless] = [{ record }, { record: { ...record, harmless: true } }]
  assert.deepEqual(seriousProblems([bad, harmless]), [bad])
  assert.equal(placeName({ mailbox: 'a', item: 'b' }), 'a/b')
})
