import assert from 'node:assert/strict'
import { test } from 'node:test'
import { operationCodes } from '../../src/wire/operations.js'
import type { Law } from './law.js'
import { drop, mailboxLaws } from './mailbox-laws.js'
import { messageLaws } from './message-laws.js'
import { moreMailboxLaws } from './more-mailbox-laws.js'
import { moreMessageLaws } from './more-message-laws.js'
import { relayLaws } from './relay-laws.js'
import { submissionLaws } from './submission-laws.js'
import { World } from './world.js'

const allLaws = [
  ...mailboxLaws,
  ...moreMailboxLaws,
  ...messageLaws,
  ...moreMessageLaws,
  ...relayLaws,
  ...submissionLaws,
]

async function prepare({ before, hasUpstream = false }: Law): Promise<World> {
  const world = await World.open({ hasUpstream })
  await before?.(world)
  return world
}

for (const law of allLaws) {
  test(law.name, async () => {
    const world = await prepare(law)
    const told = await world.apply(law.does)
    assert.deepEqual({ after: await world.state(), told }, { after: law.after, told: law.told ?? [] })
  })
}

test('each operation has laws, and a journal that comes twice is done once', async () => {
  const laws = allLaws
  const done = new Set(laws.flatMap(({ does }) => does.map(({ op }) => op)))
  assert.deepEqual([...done].sort(), Object.keys(operationCodes).sort())
  for (const law of laws) {
    const world = await prepare(law)
    await world.apply(law.does)
    const told = await world.apply(law.does)
    assert.deepEqual(
      { after: await world.state(), told },
      { after: law.after, told: law.told ?? [] },
      law.name,
    )
  }
})

test('while a mailbox of many messages goes others have their turn', async () => {
  const world = await World.open()
  await world.mailbox('work', ['Work'])
  for (let i = 0; i < 134; i++) await world.message(`m ${i}`, { mailbox: 'work' })
  await world.see()
  await world.apply([drop('work')])
  // Each is looked at three times: 402 looks.
  assert.equal(world.rests, 2)
})
