import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import { sendDue } from '../../../src/sync/submission/send-due.js'
import { memoryLink } from '../../world/memory-link.js'
import { memorySpool } from '../../world/memory-spool.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'
import { everything } from '../../world/star.js'
import { mailing, memoryServer, sendSettings } from './sending.js'

test('a relay keeps mail of a device while its endpoint sends none, and hands it up when that sends again', async () => {
  const random = seededRandom(11)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const [relay, device] = [
    await makeSide('relay', { hasUpstream: true, random }),
    await makeSide('device', { hasUpstream: true, random }),
  ]
  const up = memoryLink(() => endpoint.account)
  const down = memoryLink(() => relay.account)
  const spools = new Map<Side, ReturnType<typeof memorySpool>>(
    [relay, device].map((side) => [side, memorySpool({ owner: side.name })]),
  )
  const run = async (side: Side): Promise<void> => {
    const spool = spools.get(side)
    await sync(side.account, {
      link: side === relay ? up : down,
      policy: everything,
      ...(spool && { spool }),
    })
  }
  const server = memoryServer()
  const { mailing: _, ...without } = endpoint.account
  endpoint.account = { ...without, mailing }
  for (const side of [relay, device, relay, device]) await run(side)
  spools.get(device)?.put('From: ann@example.org\r\nTo: bob@example.org\r\nSubject: one\r\n\r\nHello.\r\n')
  await run(device)
  endpoint.account = without
  await run(relay)
  await run(relay)
  endpoint.account = { ...without, mailing }
  await run(relay)
  await run(relay)
  await sendDue(endpoint.account, sendSettings(server), new AbortController().signal)
  assert.equal(server.taken.length, 1)
})
