import { parseArgs } from 'node:util'
import { storm } from '../test/process/kills/storm.js'

/**
 * Kills client and endpoint of real Maildirs at random moments, in several worlds side by side:
 *   npm run test:kills [-- --kills 1000 --worlds 2 --seed 17]
 */
const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    worlds: { type: 'string', default: '2' },
    seed: { type: 'string' },
  },
})

const seed = Number(values.seed ?? 1 + Math.floor(Math.random() * 1e9))
const worlds = Number(values.worlds)
const kills = Math.ceil(Number(values.kills) / worlds)
const cleaning: (() => Promise<void>)[] = []

async function one(index: number): Promise<void> {
  const report = await storm({ after: (run) => void cleaning.push(run) }, { seed: seed + index, kills })
  console.log(`seed ${seed + index}: ${JSON.stringify(report)}`)
}

try {
  await Promise.all(Array.from({ length: worlds }, (_, index) => one(index)))
} finally {
  for (const clean of cleaning) await clean()
}
