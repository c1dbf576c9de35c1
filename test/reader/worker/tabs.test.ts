import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PacketboatError } from '../../../src/errors/packetboat-error.js'
import type { Call, FromWorker } from '../../../src/reader/port.js'
import { joinTabs } from '../../../src/reader/worker/tabs.js'
import { makeLeading } from './leading.js'

test('a tab that cannot open the mail says why to whoever asks, and tries again when asked again', async () => {
  const { leader } = await makeLeading()
  const told: FromWorker[] = []
  let hasRoom = false
  const take = joinTabs({
    locks: { request: (_: string, hold: () => Promise<unknown>) => hold() } as unknown as LockManager,
    channel: { postMessage: () => undefined, onmessage: null },
    tab: 'this',
    toPage: (message) => told.push(message),
    lead: async () => {
      if (!hasRoom) throw new PacketboatError('DISK_FULL', 'The disk is full.', 'Make room.')
      return leader
    },
  })
  const failure = { code: 'DISK_FULL', message: 'The disk is full.', next: 'Make room.' }
  const state = (id: number): Call => ({ id, call: 'state', arguments: [] })
  const settled = () => new Promise((resolve) => setTimeout(resolve, 0))
  take(state(1))
  await settled()
  assert.deepEqual(told, [
    { event: 'failed', failure },
    { id: 1, failure },
  ])
  take(state(2))
  await settled()
  assert.deepEqual(told.at(-1), { id: 2, failure })
  hasRoom = true
  take(state(3))
  await settled()
  const last = told.at(-1)
  assert.ok(last && 'answer' in last && last.id === 3, JSON.stringify(last))
})
