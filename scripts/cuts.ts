import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { makeCutter } from '../test/cuts/cut.js'
import { type Phase, phases, type Way } from '../test/cuts/session.js'

/**
 * Cuts the scripted session of test/cuts at every single byte in each direction, or at every n-th:
 *   npm run test:cuts [-- --every 10]
 */
const { values } = parseArgs({
  options: {
    every: { type: 'string', default: '1' },
    /** `i/n`, in a process that the first one has started: cuts i, i + n, i + 2n, ... */
    shard: { type: 'string' },
  },
})

interface Tally {
  readonly phase: Phase
  readonly way: Way
  readonly bytes: number
  readonly cuts: number
  readonly mostAgain: number
  readonly sumAgain: number
  readonly failures: readonly string[]
}

async function tally(every: number, shard: number, shards: number): Promise<Tally[]> {
  const { clean, cut } = await makeCutter()
  const tallies: Tally[] = []
  for (const phase of phases)
    for (const way of ['up', 'down'] as const) {
      const bytes = clean[phase].bytes[way]
      const failures: string[] = []
      const again: number[] = []
      for (let at = shard * every; at <= bytes; at += shards * every)
        try {
          again.push(await cut(phase, way, at))
        } catch (error) {
          failures.push(error instanceof Error ? error.message.slice(0, 400) : String(error))
        }
      const cuts = again.length + failures.length
      const mostAgain = again.reduce((most, each) => Math.max(most, each), 0)
      const sumAgain = again.reduce((sum, each) => sum + each, 0)
      tallies.push({ phase, way, bytes, cuts, mostAgain, sumAgain, failures })
    }
  return tallies
}

function shardOf(index: number, shards: number): Promise<Tally[]> {
  return new Promise((resolve, reject) => {
    const child = fork(process.argv[1] ?? '', ['--every', values.every, '--shard', `${index}/${shards}`])
    child.on('message', (message) => resolve(message as Tally[]))
    child.on('exit', (code) => reject(new Error(`shard ${index} ended with ${code}`)))
  })
}

if (values.shard !== undefined) {
  const [index, shards] = values.shard.split('/').map(Number)
  process.send?.(await tally(Number(values.every), index ?? 0, shards ?? 1))
  process.disconnect()
} else {
  const shards = availableParallelism()
  const all = (await Promise.all(Array.from({ length: shards }, (_, index) => shardOf(index, shards)))).flat()
  let total = 0
  for (const phase of phases)
    for (const way of ['up', 'down'] as const) {
      const parts = all.filter((part) => part.phase === phase && part.way === way)
      const cuts = parts.reduce((sum, part) => sum + part.cuts, 0)
      const mean = parts.reduce((sum, part) => sum + part.sumAgain, 0) / cuts
      const most = Math.max(...parts.map((part) => part.mostAgain))
      const failures = parts.flatMap((part) => part.failures)
      total += cuts
      console.log(
        `${phase}, ${way}: ${cuts} cuts in ${parts[0]?.bytes} bytes; sent again ${mean.toFixed(0)} B on average, ${most} B at most; ${failures.length} failures`,
      )
      for (const failure of failures.slice(0, 5)) console.log(`  ${failure}`)
      if (failures.length > 0 || most >= 2048) process.exitCode = 1
    }
  console.log(`${total} cuts`)
}
