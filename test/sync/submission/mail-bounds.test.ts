import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SubmitOperation } from '../../../src/replica/operation.js'
import {
  cancelSubmission,
  listSubmissions,
  putSubmission,
} from '../../../src/replica/submission/submissions.js'
import { requestLimits } from '../../../src/sync/policy/limits.js'
import { applyEntries } from '../../../src/sync/responder/apply-entries.js'
import { guid, helloOf } from '../../world/first-words.js'
import { makePair } from '../../world/star.js'
import { mailing } from './sending.js'

/** What a device may hand in to be sent, whatever its own program thinks of it. */

const submit = (n: number, recipients = 1): SubmitOperation => ({
  op: 'submit',
  submission: guid(1000 + n),
  digest: guid(2000 + n).repeat(2),
  sizeBytes: 10,
  envelope: {
    from: 'ann@example.org',
    recipients: Array.from({ length: recipients }, (_, i) => `r${i}@example.org`),
  },
  urgent: false,
  queuedMs: 1,
  again: false,
})

async function endpointThat(sends: boolean) {
  const { endpoint } = await makePair({ seed: 9, pairing: 'its pairing' })
  const account = sends ? { ...endpoint.account, mailing } : endpoint.account
  const { db } = account.replica
  const hand = (from: number, operations: readonly SubmitOperation[]) =>
    applyEntries(
      account,
      { hello: helloOf(), entries: operations.map((operation, i) => ({ number: from + i, operation })) },
      new AbortController().signal,
    )
  return { db, account, hand }
}

test('an account from which no mail is sent takes none, says so, and keeps nothing of it', async () => {
  const { db, hand } = await endpointThat(false)
  const refusal = await hand(1, [submit(1)])
  assert.match(refusal?.reason ?? '', /no mail is sent from this account/)
  assert.match(refusal?.next ?? '', /submit.*outbox cancel/)
  assert.deepEqual(await listSubmissions(db), [])
})

test('a device has so many mails on their way, to so many recipients, and more when some have gone', async () => {
  for (const [each, most] of [
    [1, requestLimits.mails],
    [1000, requestLimits.recipients / 1000],
  ] as const) {
    const { db, account, hand } = await endpointThat(true)
    await hand(1, [submit(0, each)])
    const [first] = await listSubmissions(db)
    assert.ok(first)
    await db.transact(async (tx) => {
      for (let i = 1; i < most; i++) putSubmission(tx, { ...first, guid: guid(100_000 + i) })
    })
    const refusal = await hand(2, [submit(1, each)])
    assert.equal(refusal?.code, 'QUOTA')
    assert.match(refusal.reason, /too much mail of this device is on its way/)
    assert.equal((await listSubmissions(db)).length, most)
    await db.transact(async (tx) => {
      await cancelSubmission({ tx, replica: account.replica, origin: { kind: 'local' } }, first)
      putSubmission(tx, { ...first, device: 'of another pairing' })
    })
    assert.equal(await hand(2, [submit(1, each)]), undefined)
    assert.equal((await listSubmissions(db)).length, most + 1)
  }
})
