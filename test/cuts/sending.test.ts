import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutSending, measureSending, sendingPhases } from './cut-sending.js'

/** `npm run test:sending` cuts at every byte, `npm test` so often each way. */
const isWhole = process.env['PACKETBOAT_MORE'] !== undefined
const cutsEachWay = 7

for (const phase of sendingPhases)
  for (const way of ['up', 'down'] as const)
    test(`${phase}: ${isWhole ? 'every byte' : `${cutsEachWay} cuts`} ${way}, and each mail goes exactly once`, async () => {
      const bytes = (await measureSending(phase))[way]
      assert.ok(bytes > cutsEachWay)
      const cuts = isWhole ? bytes + 1 : cutsEachWay
      for (let nth = 0; nth < cuts; nth++)
        await cutSending(phase, way, Math.round((nth * bytes) / (cuts - 1)))
      console.log(`${phase}, ${way}: ${cuts} cuts in ${bytes} bytes`)
    })
