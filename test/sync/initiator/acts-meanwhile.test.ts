import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { Link } from '../../../src/sync/link.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide } from '../../world/side.js'
import { everything } from '../../world/star.js'

/** A client at which somebody writes a letter in each of so many exchanges, and an endpoint that counts them. */
async function makeWorld(acts: number) {
  const random = seededRandom(17)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const client = await makeSide('client', { hasUpstream: true, random })
  const link = memoryLink(() => endpoint.account)
  let done = 0
  const busy: Link = {
    ...link,
    exchange: async (request, signal) => {
      const answer = await link.exchange(request, signal)
      if (done < acts) {
        client.mail.person.deliver(['INBOX'], letter(`written meanwhile ${++done}`))
        await scanMailStore(client.account)
      }
      return answer
    },
  }
  const run = () => sync(client.account, { link: busy, policy: everything })
  const lettersThere = (): number => endpoint.mail.snapshot().get('INBOX')?.length ?? 0
  return { link, run, lettersThere }
}

test('what somebody writes in each exchange of a run goes with that run', async () => {
  const { run, lettersThere } = await makeWorld(12)
  await run()
  assert.equal(lettersThere(), 12)
})

test('a run ends without an error where somebody never stops writing, and the next one takes the rest', async () => {
  const { link, run, lettersThere } = await makeWorld(50)
  await run()
  assert.ok(link.exchanges <= 33, `${link.exchanges} exchanges`)
  await run()
  await run()
  assert.equal(lettersThere(), 50)
})
