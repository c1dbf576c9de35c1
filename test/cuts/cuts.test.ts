import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Cutter, makeCutter } from './cut.js'
import { phases } from './session.js'

/** A sample of what `npm run test:cuts` does at every single byte: so many in each direction. */
const cutsEachWay = 13

let cutter: Promise<Cutter> | undefined
const shared = (): Promise<Cutter> => (cutter ??= makeCutter())

for (const phase of phases)
  for (const way of ['up', 'down'] as const)
    test(`${phase}: ${cutsEachWay} cuts ${way}, and after each another run: equal, nothing lost, under 2 kB sent again`, async () => {
      const { clean, cut } = await shared()
      const bytes = clean[phase].bytes[way]
      let most = 0
      for (let nth = 0; nth < cutsEachWay; nth++)
        most = Math.max(most, await cut(phase, way, Math.round((nth * bytes) / (cutsEachWay - 1))))
      console.log(`${phase}, ${way}: ${cutsEachWay} cuts in ${bytes} bytes, at most ${most} B sent again`)
      assert.ok(most < 2048)
    })
