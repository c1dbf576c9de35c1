import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pendingResults } from '../../../src/replica/merge/apply.js'
import type { OperationResult } from '../../../src/replica/operation.js'
import { tables } from '../../../src/replica/tables.js'
import { id } from '../world.js'
import { open, rowsOf } from './open.js'

test('a device is told what it has not heard of yet, by the names of now, and the rest is forgotten', async () => {
  const { replica, change } = await open()
  const results: OperationResult[] = [
    { kind: 'no-source', number: 1, guid: id('a') },
    { kind: 'same-as', number: 2, guid: id('b'), known: id('old') },
    { kind: 'no-source', number: 3, guid: id('old') },
  ]
  await change(async ({ tx }) => {
    for (const [index, result] of results.entries())
      tables.result.put(tx, 'phone', result.number, index, result)
    tables.result.put(tx, 'tablet', 1, 0, results[0]!)
    tables.renamed.put(tx, id('old'), id('new'))
  })
  const told = await change(({ tx }) => pendingResults(tx, 'phone', 1))
  assert.deepEqual(told, [{ ...results[1], known: id('new') }, results[2]])
  assert.deepEqual(
    (await rowsOf(tables.result.list(replica.db))).map(({ key }) => key.slice(0, 2)),
    [
      ['phone', 2],
      ['phone', 3],
      ['tablet', 1],
    ],
  )
})
