import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foundLately } from './found-seeds.js'
import { SimulationFailure } from './outcome.js'
import { scriptOf } from './script.js'
import { reproduction, shrink } from './shrink.js'
import { simulate } from './world.js'

/** Fixed seeds and some fresh ones, whose first is printed: PACKETBOAT_SEED=N runs those again. */
const fixed = 15
const fresh = 1
/** What found something in a longer script. */
const foundLater = [{ seed: 7200230, steps: 150 }]
const firstFresh = Number(process.env['PACKETBOAT_SEED'] ?? 1_000_000 + Math.floor(Math.random() * 1e9))

test(`replicas agree after cuts, crashes, full disks, lost memory and wrong clocks (seeds 1 to ${fixed}, those that found something lately, and ${fresh} from ${firstFresh} on)`, async () => {
  const totals: Record<string, number> = {}
  const seeds = [
    ...Array.from({ length: fixed }, (_, i) => i + 1),
    ...foundLately,
    ...Array.from({ length: fresh }, (_, i) => firstFresh + i),
  ]
  const scripts = [
    ...seeds.map((seed) => scriptOf(seed)),
    ...foundLater.map(({ seed, steps }) => scriptOf(seed, steps)),
  ]
  for (const script of scripts) {
    try {
      for (const [name, value] of Object.entries(await simulate(script)))
        totals[name] = (totals[name] ?? 0) + Number(value)
    } catch (error) {
      if (!(error instanceof SimulationFailure)) throw error
      const shrunk = await shrink(script, error)
      assert.fail(`${shrunk.failure.what}\n${shrunk.failure.log.join('\n')}\n${reproduction(shrunk)}`)
    }
  }
  console.log(JSON.stringify(totals))
  assert.ok((totals['cuts'] ?? 0) > 0 && (totals['crashes'] ?? 0) > 0)
})
