import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation } from '../../../src/replica/operation.js'
import { orderRecalled } from '../../../src/sync/initiator/recall/order-recalled.js'

const id = (letter: string): string => letter.repeat(32)

const expunge = (letter: string): Operation => ({ op: 'expunge', message: id(letter), base: [] })
const append = (letter: string): Operation => ({
  op: 'append',
  mailbox: id('0'),
  message: id(letter),
  flags: [],
  internalDateMs: 0,
  digest: '0'.repeat(64),
  sizeBytes: 1,
  adopt: true,
})
const copy = (letter: string, source: string): Operation => ({
  op: 'copy',
  mailbox: id('0'),
  message: id(letter),
  source: id(source),
  flags: [],
  base: [],
  internalDateMs: 0,
})

const cases: readonly (readonly [what: string, before: readonly Operation[], after: readonly Operation[]])[] =
  [
    ['goes before a copy of it is taken for it', [append('b'), expunge('a')], [expunge('a'), append('b')]],
    ['stays until it was copied', [copy('b', 'a'), expunge('a')], [copy('b', 'a'), expunge('a')]],
    ['comes before it goes', [append('a'), expunge('a')], [append('a'), expunge('a')]],
  ]

for (const [what, before, after] of cases)
  test(`a message that has gone ${what}`, () => assert.deepEqual(orderRecalled(before), after))
