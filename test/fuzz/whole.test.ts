import { test } from 'node:test'
import { responseKinds } from '../../src/wire/response/kinds.js'
import { assertKept, copyOf, hearAnswers, mailOf, makeWholeWorld } from './whole-world.js'

const world = await makeWholeWorld()

test('an answer that lists mail of mailboxes which nobody has named is refused in words, and takes nothing', async () => {
  const device = await copyOf(world.device)
  const mails = mailOf([device])
  const unnamed = world.exchanges.map(({ down }) =>
    down.filter(({ kind }) => kind !== responseKinds.structure),
  )
  await hearAnswers(device, unnamed)
  assertKept(mails, [device])
})
