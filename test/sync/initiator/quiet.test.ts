import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Key } from '../../../src/store/store.js'
import { letter } from '../../world/letter.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

async function makeWorld(numbered: boolean) {
  const { endpoint, client, link, run } = await makePair({ seed: 3, numbered })
  for (const name of ['Archive', 'Lists', 'Work']) endpoint.mail.person.createMailbox([name])
  for (let i = 0; i < 30; i++)
    endpoint.mail.person.deliver([['INBOX', 'Archive', 'Work'][i % 3]!], letter(`number ${i}`))
  return { endpoint, client, link, run }
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
    const { endpoint, client, run } = await makeWorld(numbered)
    // A mail server that numbers gets the numbering of a mailbox when that is filled, and is looked at once more.
    for (let i = 0; i < 3; i++) await run()
    const there: string[][] = []
    const here = await writtenBy(client, async () => there.push(await writtenBy(endpoint, run)))
    assert.deepEqual(here, [])
    // When it was asked, and what for.
    assert.ok(
      there.flat().every((key) => key.startsWith('device/')),
      there.flat().join('\n'),
    )
  })

  test(`the run after a first one with ${store} writes no file, and a first one has sent nothing`, async () => {
    const { run } = await makeWorld(numbered)
    const first = await run()
    assert.deepEqual([first.sent, first.done, first.uploaded], [0, 0, 0])
    const second = await run()
    assert.equal(second.written, 0)
    assert.equal(second.found, 0)
  })
}
