import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Key } from '../../../src/store/store.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'

const mail = (subject: string): Uint8Array =>
  new TextEncoder().encode(
    `From: Ann <ann@example.org>\nTo: bob@example.org\nSubject: ${subject}\nDate: Mon, 02 Nov 2026 10:00:00 +0000\n\nHello.\n`,
  )

async function makePair(numbered: boolean) {
  const random = seededRandom(3)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random, numbered })
  const client = await makeSide('client', { hasUpstream: true, random, numbered })
  const link = memoryLink(() => endpoint.account)
  for (const name of ['Archive', 'Lists', 'Work']) endpoint.mail.person.createMailbox([name])
  for (let i = 0; i < 30; i++)
    endpoint.mail.person.deliver([['INBOX', 'Archive', 'Work'][i % 3]!], mail(`number ${i}`))
  return { endpoint, client, link, sync: () => sync(client.account, { link, policy: defaultPolicy }) }
}

/** The keys that a side's store puts or deletes meanwhile. */
async function writtenBy(side: Side, work: () => Promise<unknown>): Promise<string[]> {
  const keys: Key[] = []
  side.watchCommits = ({ puts = [], deletes = [] }) =>
    void keys.push(...puts.map(({ key }) => key), ...deletes)
  await work()
  side.watchCommits = undefined
  return keys.map((key) => key.join('/'))
}

for (const numbered of [false, true]) {
  const store = numbered ? 'a numbered mail store' : 'a mail store'

  test(`a sync with ${store} that has nothing new writes nothing here`, async () => {
    const { endpoint, client, sync } = await makePair(numbered)
    // A mail server that numbers gets the numbering of a mailbox when that is filled, and is looked at once more.
    for (let i = 0; i < 3; i++) await sync()
    const there: string[][] = []
    const here = await writtenBy(client, async () => there.push(await writtenBy(endpoint, sync)))
    assert.deepEqual(here, [])
    // When it was asked, and what for.
    assert.ok(
      there.flat().every((key) => key.startsWith('device/')),
      there.flat().join('\n'),
    )
  })

  test(`the run after a first one with ${store} writes no file, and a first one has sent nothing`, async () => {
    const { sync } = await makePair(numbered)
    const first = await sync()
    assert.deepEqual([first.sent, first.done, first.uploaded], [0, 0, 0])
    const second = await sync()
    assert.equal(second.written, 0)
    assert.equal(second.found, 0)
  })
}
