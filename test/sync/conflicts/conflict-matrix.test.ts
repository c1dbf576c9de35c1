import assert from 'node:assert/strict'
import { test } from 'node:test'
import { actNames, meet, topologies } from './conflict-matrix.js'
import { both, rows } from './conflict-table.js'

/** Every row of the table "Every pair" in docs/CONFLICTS.md. */

test('the page has every pair, once', () => {
  const pairs = rows.flatMap(both).map(({ here, there }) => `${here} / ${there}`)
  assert.deepEqual(
    pairs.sort(),
    actNames.flatMap((here) => actNames.map((there) => `${here} / ${there}`)).sort(),
  )
})

for (const row of rows)
  test(`${row.here} / ${row.there}, on two and three replicas`, async () => {
    for (const { here, there, state, log } of both(row))
      for (const topology of topologies) {
        const outcome = await meet(here, there, topology)
        assert.equal(outcome.state, state, `${here} / ${there}, ${topology}`)
        const unexpected = outcome.noted.filter((kind) => !log.includes(kind))
        assert.deepEqual(unexpected, [], `${here} / ${there}, ${topology}: the conflict log`)
      }
  })
