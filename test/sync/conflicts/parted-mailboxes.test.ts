import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMailbox, deleteMailbox, getMailbox, reviveMailbox } from '../../../src/replica/mailboxes.js'
import type { Guid } from '../../../src/replica/model.js'
import { rekeyMailbox } from '../../../src/sync/initiator/rekey.js'
import { structureSince } from '../../../src/sync/responder/plan-changes.js'
import { id } from '../../replica/world.js'
import { seededRandom } from '../../world/random.js'
import { makeSide } from '../../world/side.js'

test('a mailbox that had become another, and is brought back when that is deleted, is one of its own for all devices', async () => {
  const { account } = await makeSide('relay', { hasUpstream: true, random: seededRandom(3) })
  const { replica } = account
  const [ours, theirs, device] = [id('A'), id('C'), id('D')]
  const path = ['Alpha']
  const told = async (): Promise<Record<Guid, unknown>> => {
    const states = await structureSince(replica.db, {
      device,
      met: true,
      cursor: { structure: 0, log: 0, mailboxes: {} },
    })
    return Object.fromEntries(
      states.map((state) => [
        state.guid,
        state.deleted ? 'deleted' : [state.path.join('/'), state.formerly ?? []],
      ]),
    )
  }
  await replica.db.transact(async (tx) => {
    const change = { tx, replica, origin: { kind: 'local' } } as const
    await rekeyMailbox(change, await createMailbox(change, { guid: ours, path }), { guid: theirs })
    const renamed = await getMailbox(tx, theirs)
    assert(renamed)
    await deleteMailbox(change, renamed)
  })
  assert.deepEqual(await told(), { [theirs]: 'deleted', [ours]: 'deleted' })

  await replica.db.transact(async (tx) => {
    const change = { tx, replica, origin: { kind: 'device', device } } as const
    await createMailbox(change, { guid: ours, path })
    const renamed = await getMailbox(tx, theirs)
    assert(renamed)
    await reviveMailbox(change, renamed)
  })
  assert.deepEqual(await told(), { [ours]: ['Alpha', []], [theirs]: ['Alpha (2)', []] })
})
