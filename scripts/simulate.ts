import { parseArgs } from 'node:util'
import { foundEarlier } from '../test/simulation/found-seeds.js'
import { SimulationFailure, type SimulationReport } from '../test/simulation/outcome.js'
import { scriptOf } from '../test/simulation/script.js'
import { keeping, reproduction, shrink } from '../test/simulation/shrink.js'
import { simulate } from '../test/simulation/world.js'

/**
 * Runs the simulation for as long as wanted:
 *   npm run simulate -- --seeds 1000 [--first 1] [--steps 60] [--failures 1]
 *   npm run simulate -- --found                                               the seeds that found something once, and that `npm test` leaves out
 *   npm run simulate -- --seed 17 [--keep 1,4,9] [--dump message,content]     one run, with its log and records of that kind
 */
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    first: { type: 'string' },
    found: { type: 'boolean', default: false },
    seed: { type: 'string' },
    steps: { type: 'string', default: '60' },
    keep: { type: 'string' },
    dump: { type: 'string', default: '' },
    failures: { type: 'string', default: '1' },
  },
})

const steps = Number(values.steps)

async function one(seed: number, keep: string | undefined): Promise<void> {
  const whole = scriptOf(seed, steps)
  const script = keep === undefined ? whole : keeping(whole, keep.split(',').filter(Boolean).map(Number))
  try {
    console.log(JSON.stringify(await simulate(script)))
  } catch (error) {
    if (!(error instanceof SimulationFailure)) throw error
    console.log(`${script.topology.name}, numbered: [${script.numbered.join(',')}]`)
    console.log(error.log.join('\n'))
    console.log(JSON.stringify(script.actions, null, 0))
    for (const side of error.sides)
      for (const table of values.dump.split(',').filter(Boolean))
        for await (const { key, value } of side.account.replica.db.list<object>({ prefix: [table] }))
          console.log(side.name, JSON.stringify(key), JSON.stringify(value, shortBytes))
    console.log(`FAILED: ${error.what}`)
    process.exitCode = 1
  }
}

function shortBytes(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? `${value.length} bytes` : value
}

async function many(seeds: readonly number[]): Promise<void> {
  const totals: Record<string, number> = {}
  let failures = 0
  for (const [index, seed] of seeds.entries()) {
    if (failures === Number(values.failures)) break
    const script = scriptOf(seed, steps)
    try {
      const report = await simulate(script)
      for (const [name, value] of Object.entries(report as unknown as Record<keyof SimulationReport, number>))
        totals[name] = (totals[name] ?? 0) + value
    } catch (error) {
      if (!(error instanceof SimulationFailure)) throw error
      failures++
      const shrunk = await shrink(script, error)
      console.log(
        `seed ${seed} (${script.topology.name}, numbered [${script.numbered}]): ${shrunk.failure.what}`,
      )
      console.log(`  ${reproduction(shrunk)}`)
      process.exitCode = 1
    }
    if ((index + 1) % 100 === 0) console.log(`${index + 1} seeds: ${JSON.stringify(totals)}`)
  }
  console.log(`seeds ${seeds[0]} to ${seeds.at(-1)}: ${JSON.stringify(totals)}, ${failures} failures`)
}

/** So many, from the one that was named on, or from any. */
function row(): number[] {
  const first = Number(values.first ?? 1 + Math.floor(Math.random() * 1e9))
  return Array.from({ length: Number(values.seeds) }, (_, i) => first + i)
}

if (values.seed !== undefined) await one(Number(values.seed), values.keep)
else await many(values.found ? foundEarlier : row())
