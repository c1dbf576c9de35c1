import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { ResidentStore } from '../../../src/store/resident/resident-store.js'
import type { Store } from '../../../src/store/store.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { Link } from '../../../src/sync/link.js'
import { entries } from '../../../testing/store.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { type Crash, makeSide, type Side } from '../../world/side.js'
import { everything } from '../../world/star.js'
import { writingBehind } from '../../world/writing-behind.js'

/** An endpoint with mail, and a client whose last commits are lost when it crashes. */
async function makeWorld(turns?: number) {
  const random = seededRandom(17)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  for (let n = 0; n < 12; n++) endpoint.mail.person.deliver(['INBOX'], letter(`letter ${n}`))
  let store: Store | undefined
  const client = await makeSide('client', {
    hasUpstream: true,
    random,
    watchStore: (disk) => {
      store = writingBehind(disk, turns)
      return store
    },
  })
  const isDurable = async (): Promise<boolean> => {
    const disk = await ResidentStore.open(new MemoryStore({ content: client.backUp() }))
    const onDisk = await entries(disk, { prefix: [] })
    const inMemory = await entries(store ?? new MemoryStore(), { prefix: [] })
    return JSON.stringify(onDisk) === JSON.stringify(inMemory)
  }
  const link = memoryLink(() => endpoint.account)
  return { endpoint, client, link, isDurable }
}

const mailOf = ({ mail }: Side): string[] =>
  [...mail.snapshot()]
    .flatMap(([path, stored]) =>
      stored.map(({ bytes, flags }) => `${path} ${flags} ${Buffer.from(bytes).toString('latin1')}`),
    )
    .sort()

test('all that was committed is on the disk when a request begins, and when a sync ends (law 15)', async () => {
  const { client, link, isDurable } = await makeWorld()
  let requests = 0
  const watched: Link = {
    ...link,
    exchange: async (request, signal) => {
      assert.ok(await isDurable(), `request ${++requests} goes before what it says is durable`)
      return link.exchange(request, signal)
    },
  }
  for (let n = 0; n < 3; n++) {
    client.mail.person.deliver(['INBOX'], letter(`written here ${n}`))
    await sync(client.account, { link: watched, policy: everything })
    assert.ok(await isDurable())
  }
  assert.ok(requests >= 3)
})

test('a client that loses its last commits wherever it crashes agrees again, and nothing comes twice or goes', async () => {
  let crashes = 0
  for (let step = 1; step < 60; step += 5) {
    const { endpoint, client, link } = await makeWorld(400)
    const first = client.mail.person.deliver(['INBOX'], letter('written here'))
    client.crashAt(step)
    const run = () => sync(client.account, { link, policy: everything })
    await run().catch((error: Crash) => {
      crashes++
      assert.match(`${error}`, /crashed|is dead/)
    })
    await client.restart()
    // Numbers that were never made durable now stand for other changes than they did then.
    client.mail.person.remove(['INBOX'], first)
    client.mail.person.deliver(['INBOX'], letter('written instead'))
    let healed: unknown
    for (let n = 0; n < 3; n++) healed ??= (await run()).healed
    assert.equal(healed, undefined, `a crash at step ${step} was taken for lost memory`)
    const mail = mailOf(endpoint)
    assert.equal(mail.length, 13, `after a crash at step ${step}`)
    assert.ok(mail.some((each) => each.includes('written instead')))
    assert.deepEqual(mailOf(client), mail)
  }
  assert.ok(crashes > 3, `${crashes} crashes`)
})
