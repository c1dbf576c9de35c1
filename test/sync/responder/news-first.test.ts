import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncReport } from '../../../src/sync/initiator/sync-options.js'
import type { Carrier } from '../../../src/sync/link.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { letter } from '../../world/letter.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

/** What goes up and takes long doesn't keep what is new waiting. */

const mail = (subject: string, bytes: number): Uint8Array =>
  letter(subject, { id: subject, attachments: [{ seed: subject.length, bytes }] })

const holds = (side: Side, subject: string): boolean =>
  (side.mail.snapshot().get('INBOX') ?? []).some(({ bytes }) =>
    new TextDecoder().decode(bytes).includes(`The text of ${subject}.`),
  )

async function makeWorld() {
  const { endpoint, client, link } = await makePair({ seed: 3 })
  const run = (over: Carrier = link): Promise<SyncReport> =>
    sync(client.account, { link: over, policy: { ...defaultPolicy, attachmentBytes: 1e6 } })
  await run()
  link.exchanges = 0
  return { endpoint, client, link, run }
}

test('a big message goes up behind what is new', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], mail('news', 100))
  client.mail.person.deliver(['INBOX'], mail('a large picture', 40_000))
  let readable = false
  const watched: Carrier = {
    exchange: async (request, signal) => {
      async function* looking() {
        if (request instanceof Uint8Array) yield request
        else
          for await (const bytes of request) {
            if (link.stats.up > 20_000) readable ||= holds(client, 'news')
            yield bytes
          }
      }
      return link.exchange(looking(), signal)
    },
  }
  await run(watched)
  assert.ok(readable, 'the new text was there before the big message was up')
  assert.equal(link.exchanges, 2)
  assert.ok(holds(endpoint, 'a large picture'))
})

/** The same link, with something done before the n-th exchange of a run. */
function before(link: Carrier, exchange: number, act: () => void): Carrier {
  let count = 0
  return {
    exchange: (request, signal) => {
      if (++count === exchange) act()
      return link.exchange(request, signal)
    },
  }
}

test('a small one beside a big one goes with the first request', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  client.mail.person.deliver(['INBOX'], mail('a large picture', 40_000))
  client.mail.person.deliver(['INBOX'], mail('small', 500))
  let there = false
  await run(
    before(link, 2, () => {
      there = holds(endpoint, 'small')
    }),
  )
  assert.ok(there)
  assert.ok(holds(endpoint, 'a large picture'))
})

test('a big reply whose parent is gone from the endpoint meanwhile goes up in the same run all the same', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], mail('parent', 100))
  await run()
  const [parent] = endpoint.mail.snapshot().get('INBOX') ?? []
  const reply = new TextDecoder()
    .decode(mail('an answer to it', 40_000))
    .replace('Subject', 'In-Reply-To: <parent@example.org>\nReferences: <parent@example.org>\nSubject')
  client.mail.person.deliver(['INBOX'], new TextEncoder().encode(reply))
  await run(before(link, 2, () => endpoint.mail.person.remove(['INBOX'], parent?.locator ?? '')))
  assert.ok(holds(endpoint, 'an answer to it'))
})

test('on a line that never lasts until all that is new has come, what goes up gets its turn', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  client.mail.person.deliver(['INBOX'], mail('a large picture', 40_000))
  for (let i = 0; i < 4 && !holds(endpoint, 'a large picture'); i++) {
    endpoint.mail.person.deliver(['INBOX'], mail(`news ${i}`, 60_000))
    link.cutAfter({ down: 10_000 })
    await assert.rejects(run())
  }
  assert.ok(holds(endpoint, 'a large picture'))
})

test('a small one goes with the first request, and so does one whose attachment the upstream has', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  client.mail.person.deliver(['INBOX'], mail('small', 1000))
  await run()
  assert.equal(link.exchanges, 1)
  endpoint.mail.person.deliver(['INBOX'], mail('some photo of it', 40_000))
  await run()
  link.exchanges = 0
  const before = link.stats.up
  client.mail.person.deliver(['INBOX'], mail('that same photo!', 40_000))
  await run()
  assert.equal(link.exchanges, 1)
  assert.ok(link.stats.up - before < 1000, `${link.stats.up - before} bytes for what is there`)
  assert.ok(holds(endpoint, 'that same photo!'))
})

test('a big message that the upstream has already does not go up', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  const before = link.stats.up
  for (const side of [endpoint, client]) side.mail.person.deliver(['INBOX'], mail('sent from here', 40_000))
  await run()
  assert.ok(link.stats.up - before < 2000, `${link.stats.up - before} bytes up`)
})

test('a big message whose upload was cut goes on where it was, behind what is new', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  client.mail.person.deliver(['INBOX'], mail('a large picture', 40_000))
  link.cutAfter({ up: 30_000 })
  await assert.rejects(run())
  endpoint.mail.person.deliver(['INBOX'], mail('news', 100))
  const before = link.stats.up
  await run()
  assert.ok(link.stats.up - before < 16_000, `${link.stats.up - before} bytes for the rest`)
  assert.ok(holds(endpoint, 'a large picture') && holds(client, 'news'))
})
