import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutSending, killSending, measureSending, sendingPhases } from './cut-sending.js'

/** `npm run test:sending` cuts at every byte and kills at every write, `npm test` so often each way, and at some writes. */
const isWhole = process.env['PACKETBOAT_MORE'] !== undefined
const cutsEachWay = 7
const writesApart = isWhole ? 1 : 17

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

for (const dying of ['client', 'endpoint'] as const)
  test(`the ${dying} dies at ${isWhole ? 'every write' : 'some writes'}, and each mail goes and is filed once`, async () => {
    let step = 1
    while (await killSending(dying, step)) step += writesApart
    assert.ok(step > 60)
    console.log(`the ${dying}: ${step - 1} writes`)
  })
