import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulationFailure } from './outcome.js'
import { scriptOf } from './script.js'
import { reproduction, shrink } from './shrink.js'
import { simulate } from './world.js'

/** Fixed seeds and some fresh ones, whose first is printed: PACKETBOAT_SEED=N runs those again. */
const fixed = 15
const fresh = 1
/** Those that found something once. */
const found = [
  6001019, 50728091, 826533109, 5000292, 5000572, 5000971, 5000981, 5001017, 214598478, 528782975, 573347747,
  6000660, 6001380, 7101840, 7001484, 537686290, 416454047, 849880989, 716491866, 716491964, 716492274,
  20261131, 2006, 2016, 4100, 4113, 34593006, 40830846, 7022, 91000258, 91000507, 91000601, 91000940,
  91000645, 91000830, 98300084, 98300822, 98301146, 98301246, 98301419, 98301622, 98302091, 98300274,
  98301297, 98330683, 98330838, 98400648, 98400892, 98400994, 98600273, 98600752, 98700014, 98950027,
  98605574, 98608849, 98605969, 98605109, 98605266, 98607165, 98607798, 98608915, 98603462, 98604490,
  98610897, 98609989, 774029, 800023, 98603847, 98614067, 98610454, 98607042, 98610125, 98613040, 98615270,
  58, 535, 98623959, 99700151, 98625228, 98624508, 98625242, 98624517, 61300099, 63001014, 63001048, 63013087,
  70200168, 70200435, 70201703, 70202519, 70203508, 70204804, 70101055, 70101202, 70104986, 70105900,
  70106830, 70105603, 70301611, 70300379, 70301983, 70305054, 70306097, 70306868, 70307601, 70308558,
  70600200, 70400457, 71600082, 70603254, 70606226, 70605455, 70605712, 70605813, 70606859, 70700180,
  70801393, 70702734, 70802560, 70803399, 70804131, 70804911, 70805947, 70806792, 70901791, 70902587,
  70700737, 70901818, 70704365, 71001033, 71000329, 71002678, 71002569, 71002485, 71003673, 71006832,
  71010009,
]
/** The same in longer scripts. */
const foundLater = [{ seed: 7200230, steps: 150 }]
const firstFresh = Number(process.env['PACKETBOAT_SEED'] ?? 1_000_000 + Math.floor(Math.random() * 1e9))

test(`replicas agree after cuts, crashes, full disks, lost memory and wrong clocks (seeds 1 to ${fixed}, those that found something, and ${fresh} from ${firstFresh} on)`, async () => {
  const totals: Record<string, number> = {}
  const seeds = [
    ...Array.from({ length: fixed }, (_, i) => i + 1),
    ...found,
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
