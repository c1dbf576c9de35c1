import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from './simulation.js'

/** Fixed seeds, and as many fresh ones as asked for: PACKETBOAT_SEED=N PACKETBOAT_RUNS=M. */
const first = Number(process.env['PACKETBOAT_SEED'] ?? 1)
const runs = Number(process.env['PACKETBOAT_RUNS'] ?? 40)

test(`two clients and an endpoint agree after cuts, crashes and wrong clocks (seeds ${first} to ${first + runs - 1})`, async () => {
  const totals = { operations: 0, syncs: 0, cuts: 0, crashes: 0, duplicates: 0, orphans: 0 }
  for (let seed = first; seed < first + runs; seed++) {
    const report = await simulate(seed)
    for (const name of Object.keys(totals) as (keyof typeof totals)[]) totals[name] += report[name]
  }
  console.log(JSON.stringify(totals))
  assert.ok(totals.cuts > 0 && totals.crashes > 0)
})
