import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunEntry } from '../../src/cli/log/run-entry.js'
import type { RunLog } from '../../src/cli/log/run-log.js'
import { RunWatch } from '../../src/cli/log/run-watch.js'
import { letter } from '../world/letter.js'
import { makePair } from '../world/star.js'

test('a run that is stopped while very much came tells nothing of it, and the next one all', async () => {
  const { endpoint, client, run } = await makePair({ seed: 3 })
  const { db } = client.account.replica
  const entries: RunEntry[] = []
  const log: RunLog = { read: () => entries, add: (entry) => void entries.push(entry) }
  const watched = async (exit: number, most: number): Promise<string[] | undefined> => {
    const watch = await RunWatch.begin(db, log, most)
    endpoint.mail.person.deliver(['INBOX'], letter(`mail ${entries.length}`))
    await run()
    await watch.end({ at: '2026-11-02T10:00:00Z', link: 'default', exit })
    return entries.at(-1)?.acts.map(({ subject }) => subject)
  }
  assert.deepEqual(await watched(130, 0), [])
  assert.deepEqual(await watched(130, 0), [])
  assert.deepEqual(await watched(0, 0), ['mail 0', 'mail 1', 'mail 2'])
  assert.deepEqual(await watched(130, 100), ['mail 3'])
})
