import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMailbox, deleteMailbox, getMailbox } from '../../../src/replica/mailboxes.js'
import { addMessage } from '../../../src/replica/messages.js'
import type { Operation } from '../../../src/replica/operation.js'
import { putSubmission } from '../../../src/replica/submission/submissions.js'
import { tables } from '../../../src/replica/tables.js'
import {
  DeviceGauge,
  defaultQuota,
  type Quota,
  tooMuchPending,
  usedToday,
  usedUp,
} from '../../../src/sync/policy/device-quota.js'
import { requestLimits } from '../../../src/sync/policy/limits.js'
import { open } from '../../replica/records/open.js'
import { id } from '../../replica/world.js'

const dayMs = 86_400_000
const by = 'its pairing'

const create = (name: string): Operation => ({ op: 'mailbox-create', mailbox: id(name), path: [name] })
const append = (name: string): Operation => ({
  op: 'append',
  mailbox: id('inbox'),
  message: id(name),
  flags: [],
  internalDateMs: 0,
  digest: '00'.repeat(32),
  sizeBytes: 1,
  adopt: false,
})
const copy = (name: string): Operation => ({
  op: 'copy',
  mailbox: id('inbox'),
  message: id(name),
  source: id('source'),
  flags: [],
  base: [],
  internalDateMs: 0,
})
const mark: Operation = { op: 'flags', message: id('a'), add: ['\\Seen'], remove: [] }

/** What a day's entries come to: how many were applied, what stopped them, and what is counted then. */
async function apply(
  quota: Partial<Quota>,
  operations: readonly Operation[],
  { results = 0, meets = [] as readonly string[], resultsEach = 0 } = {},
) {
  const { replica, change } = await open()
  return change(async (act) => {
    const { tx } = act
    await createMailbox(act, { guid: id('inbox'), path: ['INBOX'] })
    const gauge = await DeviceGauge.begin(
      tx,
      { ...defaultQuota, ...quota },
      { by, nowMs: 1000, results, sends: true },
    )
    let applied = 0
    for (const operation of operations) {
      const done = await gauge.apply(operation, async () => {
        if (operation.op === 'mailbox-create' && !meets.includes(operation.path[0] ?? '')) {
          const known = await getMailbox(tx, operation.mailbox)
          if (!known) await createMailbox(act, { guid: operation.mailbox, path: operation.path })
        }
        if (operation.op === 'append' || operation.op === 'copy')
          await addMessage(act, { ...operation, guid: operation.message, content: id('content') })
        if (operation.op === 'submit') {
          const { submission: guid, envelope, queuedMs, urgent } = operation
          const bearer = { guid, content: id(`content of ${guid}`), created: 1 }
          putSubmission(tx, {
            ...bearer,
            envelope,
            queuedMs,
            urgent,
            state: 'waits',
            recipients: [],
            tries: 0,
          })
        }
        return resultsEach
      })
      if (!done) break
      applied++
    }
    gauge.finish()
    const used = await tables.quota.get(tx, by)
    assert.equal(used?.sinceMs, 1000)
    return { applied, why: gauge.refusal?.reason, results: gauge.results, used, db: replica.db }
  })
}

test('mailboxes, and messages by either way, count one by one up to the quota', async () => {
  const boxes = await apply({ mailboxes: 2 }, ['A', 'B', 'C'].map(create))
  assert.deepEqual([boxes.applied, boxes.used?.mailboxes, boxes.used?.messages], [2, 2, 0])
  assert.match(boxes.why ?? '', /made 2 mailboxes within a day/)
  const mails = await apply({ messages: 2, mailboxes: 0 }, [append('a'), copy('b'), append('c')])
  assert.deepEqual([mails.applied, mails.used?.mailboxes, mails.used?.messages], [2, 0, 2])
  assert.match(mails.why ?? '', /made 2 messages within a day/)
})

test('mails to be sent count one by one up to the quota, each once', async () => {
  const submit = (name: string): Operation => ({
    op: 'submit',
    submission: id(name),
    digest: '00'.repeat(32),
    sizeBytes: 1,
    envelope: { from: '', recipients: ['bob@example.org'] },
    urgent: false,
    queuedMs: 0,
    again: false,
  })
  const { applied, used, why } = await apply({ mails: 2 }, ['a', 'a', 'b', 'c'].map(submit))
  assert.deepEqual([applied, used?.mails], [3, 2])
  assert.match(why ?? '', /handed in 2 mails to be sent within a day/)
})

test('what makes nothing counts for nothing, and goes on at the quota', async () => {
  const marks = await apply({ messages: 0, mailboxes: 0 }, [mark, mark])
  assert.deepEqual([marks.applied, marks.why], [2, undefined])
  // It met a mailbox of that name.
  const met = await apply({ mailboxes: 1 }, [create('A'), create('B')], { meets: ['A'] })
  assert.deepEqual([met.applied, met.used?.mailboxes], [2, 1])
  const twice = await apply({ mailboxes: 5 }, [create('A'), create('A')])
  assert.equal(twice.used?.mailboxes, 1)
})

test('a mailbox that was deleted and comes back is made', async () => {
  const { change } = await open()
  await change(async (act) => {
    const { tx } = act
    await deleteMailbox(act, await createMailbox(act, { guid: id('A'), path: ['A'] }))
    const gauge = await DeviceGauge.begin(tx, defaultQuota, { by, nowMs: 0, results: 0, sends: true })
    await gauge.apply(create('A'), async () => {
      const known = await getMailbox(tx, id('A'))
      tables.mailbox.put(tx, id('A'), { ...known!, deleted: false })
      return 0
    })
    gauge.finish()
    assert.equal((await tables.quota.get(tx, by))?.mailboxes, 1)
  })
})

test('results that the device has not acknowledged add up, and stop it at the limit', async () => {
  const most = requestLimits.results
  const counted = await apply({}, [mark, mark], { results: 3, resultsEach: 2 })
  assert.deepEqual([counted.applied, counted.results], [2, 7])
  const full = await apply({}, [mark, mark], { results: most - 1, resultsEach: 1 })
  assert.deepEqual([full.applied, full.results], [1, most])
  assert.match(full.why ?? '', /has not acknowledged/)
})

test('the counts hold for a day, and a clock that is set back begins it again with the same', async () => {
  const { change } = await open()
  const used = { sinceMs: 1000, mailboxes: 1, messages: 2, bytes: 3 }
  const none = { mailboxes: 0, messages: 0, mails: 0, bytes: 0 }
  await change(async ({ tx }) => {
    assert.deepEqual(await usedToday(tx, by, 5), { sinceMs: 5, ...none })
    tables.quota.put(tx, by, used)
    for (const [nowMs, wanted] of [
      [1000, used],
      [1000 + dayMs - 1, used],
      [1000 + dayMs, { sinceMs: 1000 + dayMs, ...none }],
      [999, { ...used, sinceMs: 999 }],
    ] as const)
      assert.deepEqual(await usedToday(tx, by, nowMs), wanted, `${nowMs}`)
    assert.deepEqual(await usedToday(tx, 'another', 1000), { sinceMs: 1000, ...none })
  })
})

test('a refusal says what was used up, until when, and which setting raises it', () => {
  const quota: Quota = { mailboxes: 3, messages: 4, mails: 5, bytes: 1_250_000, pendingBytes: 2_000_000 }
  const used = { sinceMs: Date.UTC(2026, 10, 28, 9, 5), mailboxes: 0, messages: 0, bytes: 0 }
  for (const [what, done, setting] of [
    ['mailboxes', 'made 3 mailboxes', 'deviceMailboxes'],
    ['messages', 'made 4 messages', 'deviceMessages'],
    ['mails', 'handed in 5 mails to be sent', 'deviceMails'],
    ['bytes', 'sent 1.3 MB of mail', 'deviceBytes'],
  ] as const)
    assert.deepEqual(usedUp(what, quota, used), {
      code: 'QUOTA',
      reason: `this device has ${done} within a day, which is all that it may.`,
      next: `Nothing is lost: the rest waits here, and goes up by itself from 2026-11-29 09:05 UTC on. If it is meant to be so much, raise ${setting} in the endpoint's settings.`,
    })
  const { code, reason, next } = tooMuchPending(quota)
  assert.equal(code, 'QUOTA')
  assert.match(reason, /begun to send, 2 MB are not complete/)
  assert.match(next, /raise devicePending/)
})
