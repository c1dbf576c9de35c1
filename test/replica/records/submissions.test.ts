import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '../../../src/replica/change.js'
import { getContent, putContent } from '../../../src/replica/content/contents.js'
import type { Operation } from '../../../src/replica/operation.js'
import { updateReplicaRecord } from '../../../src/replica/replica.js'
import {
  cancelledInDoubt,
  type SubmissionRecord,
  type SubmissionState,
  submissionStates,
} from '../../../src/replica/submission/submission.js'
import {
  announceSubmission,
  cancelSubmission,
  changeStatus,
  forgetSubmission,
  getBearer,
  getSubmission,
  isSubmitted,
  listPastSubmissions,
  listSubmissions,
  putSubmission,
  recallSubmissions,
  replaceContent,
  unannounceSubmissions,
  withdrawSubmission,
} from '../../../src/replica/submission/submissions.js'
import { tables } from '../../../src/replica/tables.js'
import { digestOf, id } from '../world.js'
import { type Opened, open, rowsOf } from './open.js'

const envelope = { from: 'ann@example.org', recipients: ['bob@example.org'] }
const reference = { start: 1, length: 2, message: id('m') }

const mail = (name: string, more: Partial<SubmissionRecord> = {}): SubmissionRecord => ({
  guid: id(name),
  content: id(`c ${name}`),
  envelope,
  urgent: false,
  queuedMs: 7,
  state: 'queued',
  recipients: [],
  tries: 0,
  ...more,
})

const submit = (name: string, more: object = {}): Operation => ({
  op: 'submit',
  submission: id(name),
  digest: digestOf(name),
  sizeBytes: 10,
  envelope,
  urgent: false,
  queuedMs: 7,
  again: false,
  ...more,
})
const cancel = (name: string): Operation => ({ op: 'cancel', submission: id(name) })

/** Its content is here. */
function put({ tx }: Change, name: string, more: Partial<SubmissionRecord> = {}, upstreamHas = false) {
  const content = { id: id(`c ${name}`), sizeBytes: 10, digest: digestOf(name), held: [], whole: true }
  putContent(tx, { ...content, progress: 0, upstreamHas })
  return putSubmission(tx, mail(name, more))
}

async function journalOf({ replica: { db } }: Opened): Promise<Operation[]> {
  return (await rowsOf(tables.journal.list(db))).map(({ value }) => value)
}

const announced =
  (name: string, more: Partial<SubmissionRecord> = {}) =>
  async (change: Change) =>
    announceSubmission(change, put(change, name, more))

test('mail is told of with all that its author said, its bytes follow, and an old reason is none any more', async () => {
  for (const more of [{}, { urgent: true, notBeforeMs: 0 }, { again: true, notBeforeMs: 9 }] as const) {
    const opened = await open({ hasUpstream: true })
    await opened.change(announced('a', { ...more, reason: 'It waits.' }))
    assert.deepEqual(await journalOf(opened), [submit('a', more)])
    assert.deepEqual(await getSubmission(opened.replica.db, id('a')), mail('a', { ...more, told: true }))
    assert.deepEqual(await tables.upload.get(opened.replica.db, id('a')), { begun: false, waits: false })
  }
})

test('bytes that the upstream has wait to be asked for; without a content nothing is told', async () => {
  const opened = await open({ hasUpstream: true })
  const { db } = opened.replica
  await opened.change(async (change) => announceSubmission(change, put(change, 'a', {}, true)))
  assert.deepEqual(await tables.upload.get(db, id('a')), { begun: false, waits: true })
  await opened.change(async (change) => announceSubmission(change, putSubmission(change.tx, mail('b'))))
  await opened.change(async (change) => {
    putContent(change.tx, {
      id: id('c c'),
      sizeBytes: 1,
      held: [],
      whole: true,
      progress: 0,
      upstreamHas: false,
    })
    await announceSubmission(change, putSubmission(change.tx, mail('c')))
  })
  assert.deepEqual(await journalOf(opened), [submit('a')])
  assert.deepEqual(await tables.upload.has(db, id('b')), false)
})

test('mail whose end its author knows is out of the way of every sync, and is found, counted on and forgotten all the same', async () => {
  const { replica, change } = await open({ hasUpstream: true })
  const { db } = replica
  const ended = { state: 'sent', endedMs: 50 } as const
  const names = async (list: Promise<SubmissionRecord[]>) => (await list).map(({ guid }) => guid)
  await change(async (act) => {
    for (const name of ['a', 'b', 'c']) put(act, name, name === 'c' ? {} : ended)
    put(act, 'd', { ...ended, device: 'other', heard: true })
  })
  const told = mail('a', { ...ended, heard: true })
  await change(async ({ tx }) => {
    putSubmission(tx, told)
    putSubmission(tx, mail('b', { ...ended, endedMs: 60, heard: true }))
  })
  assert.deepEqual(await names(listSubmissions(db)), [id('c'), id('d')])
  assert.deepEqual(await names(listPastSubmissions(db)), [id('a'), id('b')])
  assert.deepEqual(await names(listPastSubmissions(db, 51)), [id('a')])
  assert.deepEqual(await names(listPastSubmissions(db, 50)), [])
  assert.deepEqual(await getSubmission(db, id('a')), told)
  assert.equal((await getBearer(db, id('a')))?.isLive, false)
  assert.ok(await isSubmitted(db, id('c a')))
  // Where it is another device's from now on, that is to hear of its end.
  await change(async ({ tx }) => void putSubmission(tx, { ...told, device: 'other' }))
  assert.deepEqual(await names(listPastSubmissions(db)), [id('b')])
  await change(async ({ tx }) => forgetSubmission(tx, mail('b', { ...ended, endedMs: 60, heard: true })))
  assert.deepEqual(await names(listPastSubmissions(db)), [])
  assert.equal(await getSubmission(db, id('b')), undefined)
  assert.deepEqual(await tables.submissionEnded.get(db, id('b')), { state: 'sent', endedMs: 60 })
})

test('mail that refers to other mail waits for an upstream that puts it in', async () => {
  const refers = { references: [reference] }
  for (const there of [undefined, {}, { assembles: true as const }]) {
    const opened = await open({ hasUpstream: true })
    await opened.change(async (change) => {
      if (there) tables.outboxThere.put(change.tx, { identities: [], name: 1, ...there })
      await announced('a', refers)(change)
    })
    const assembles = there && 'assembles' in there
    assert.deepEqual(await journalOf(opened), assembles ? [submit('a', refers)] : [])
    const { told, reason } = (await getSubmission(opened.replica.db, id('a'))) ?? {}
    assert.deepEqual([told, reason?.includes('waits')], assembles ? [true, undefined] : [undefined, true])
  }
})

/** What the journal says of `a` when it is taken back, and what is known of it then. */
async function cancelled(hasUpstream: boolean, before: (change: Change) => Promise<unknown>) {
  const opened = await open({ hasUpstream })
  const { db } = opened.replica
  await opened.change(async (change) => {
    await before(change)
    tables.arriving.put(change.tx, 'phone', id('a'), true)
  })
  const record = await getSubmission(db, id('a'))
  assert.ok(record)
  const returned = await opened.change((change) => cancelSubmission(change, record))
  assert.deepEqual(returned, await getSubmission(db, id('a')))
  const { state, cancelling, reason } = returned
  const arrives = await tables.arriving.has(db, 'phone', id('a'))
  return { state, cancelling, reason, arrives, journal: await journalOf(opened) }
}

test('mail that is taken back does not go, as far as anybody still can see to that', async () => {
  const at = (state: SubmissionState, more: Partial<SubmissionRecord> = {}) =>
    cancelled(false, async (change) => put(change, 'a', { state, ...more }))
  const gone = { state: 'cancelled', cancelling: undefined, reason: undefined, arrives: true, journal: [] }
  assert.deepEqual(await at('queued'), gone)
  assert.deepEqual(await at('waits', { reason: 'Later.', nextMs: 1 }), gone)
  assert.deepEqual(await at('queued', { device: 'phone' }), { ...gone, arrives: false })
  const last = { ...gone, cancelling: true as const }
  assert.deepEqual(await at('handing'), { ...last, state: 'handing' })
  assert.deepEqual(await at('uncertain', { nextMs: 1 }), { ...last, state: 'uncertain' })
  assert.deepEqual(await at('uncertain'), { ...gone, reason: cancelledInDoubt })
  for (const state of ['sent', 'refused', 'cancelled', 'failed'] as const)
    assert.deepEqual(await at(state, { device: 'phone' }), { ...gone, state })
})

test('where it has gone up the upstream is asked, and once more when that was too late', async () => {
  const asked = { state: 'queued', cancelling: true, reason: undefined, arrives: true }
  const sent = async ({ tx }: Change) =>
    updateReplicaRecord(tx, (record) => ({ ...record, acknowledged: record.journal }))
  const notSent = await cancelled(true, announced('a'))
  assert.deepEqual([notSent.state, notSent.journal], ['cancelled', []])
  const wentUp = async (change: Change) => {
    await announced('a')(change)
    await sent(change)
  }
  assert.deepEqual(await cancelled(true, wentUp), { ...asked, journal: [submit('a'), cancel('a')] })
  const twice = async (change: Change) => {
    await wentUp(change)
    await cancelSubmission(change, mail('a'))
  }
  assert.deepEqual(await cancelled(true, twice), { ...asked, journal: [submit('a'), cancel('a')] })
  const heard = async (change: Change) => {
    tables.journalOf.put(change.tx, id('another'), 1, true)
    await put(change, 'a', { told: true, cancelling: true })
  }
  assert.deepEqual(await cancelled(true, heard), { ...asked, journal: [cancel('a')] })
})

test('what the upstream may have heard of is not withdrawn', async () => {
  const { change, replica } = await open({ hasUpstream: true })
  await change(announced('a'))
  await change(({ tx }) => updateReplicaRecord(tx, (record) => ({ ...record, acknowledged: 1 })))
  await change(announced('b'))
  await change(async (one) => put(one, 'told', { told: true }))
  await change(async (one) => put(one, 'new'))
  await change(announced('late', { state: 'ashore' }))
  const withdrawn = (name: string) => change(({ tx }) => withdrawSubmission(tx, id(name)))
  for (const [name, can] of Object.entries({
    a: false,
    b: true,
    told: false,
    new: true,
    late: false,
    no: false,
  }))
    assert.equal(await withdrawn(name), can, name)
  assert.deepEqual(
    (await rowsOf(tables.journalOf.list(replica.db))).map(({ key }) => key),
    [
      [id('a'), 1],
      [id('late'), 3],
    ],
  )
  assert.deepEqual(
    (await rowsOf(tables.upload.list(replica.db))).map(({ key }) => key[0]),
    [id('a'), id('late')],
  )
})

test('what the journal says of some mail is taken back, and it is told again of what has no end', async () => {
  const opened = await open({ hasUpstream: true })
  const { change, replica } = opened
  await change(async (one) => {
    for (const name of ['a', 'b']) await announced(name)(one)
    await announced('over')(one)
    putSubmission(one.tx, mail('over', { told: true, state: 'sent' }))
    put(one, 'new')
    await cancelSubmission(one, put(one, 'held', { told: true }))
    tables.journal.put(one.tx, 9, { op: 'mailbox-delete', mailbox: id('x') })
  })
  await change((one) => unannounceSubmissions(one, ({ guid }) => guid !== id('b')))
  assert.deepEqual(await journalOf(opened), [submit('b'), { op: 'mailbox-delete', mailbox: id('x') }])
  assert.deepEqual(
    (await rowsOf(tables.journalOf.list(replica.db))).map(({ key }) => key),
    [[id('b'), 2]],
  )
  assert.deepEqual(
    (await rowsOf(tables.upload.list(replica.db))).map(({ key }) => key[0]),
    [id('b')],
  )
  const marks = async () =>
    (await listSubmissions(replica.db)).map(({ guid, told, again }) => [guid, told ?? false, again ?? false])
  assert.deepEqual(await marks(), [
    [id('a'), false, true],
    [id('b'), true, false],
    [id('held'), false, true],
    [id('new'), false, false],
    [id('over'), true, false],
  ])
  await change((one) => recallSubmissions(one))
  const again = { again: true }
  assert.deepEqual(await journalOf(opened), [
    submit('a', again),
    submit('b', again),
    submit('held', again),
    cancel('held'),
    { op: 'mailbox-delete', mailbox: id('x') },
  ])
})

test('an end stays an end, and its hour is noted; nothing of the try before is left', async () => {
  const { change } = await open()
  const before = { reason: 'Busy.', nextMs: 3, begun: true }
  for (const state of submissionStates) {
    const ends = ['sent', 'refused', 'cancelled', 'failed'].includes(state)
    const went = (record: SubmissionRecord) =>
      change((one) => changeStatus(one, record, { state, recipients: [], tries: 2 }))
    assert.deepEqual(
      await went(mail('a', { state: 'handing', ...before })),
      mail('a', { state, tries: 2, ...(ends && { endedMs: 1000 }) }),
    )
    const over = mail('a', { state, ...before })
    const later = await change((one) => changeStatus(one, over, { state: 'waits', recipients: [] }))
    assert.equal(later.state, ends ? state : 'waits')
  }
})

test('of mail that is forgotten only its end is known, and its content is free', async () => {
  const { change, replica } = await open({ hasUpstream: true })
  const { db } = replica
  for (const endedMs of [undefined, 0]) {
    await change(announced('a', { state: 'sent', ...(endedMs !== undefined && { endedMs }) }))
    assert.equal(await isSubmitted(db, id('c a')), true)
    await change(async ({ tx }) => {
      const record = await getSubmission(tx, id('a'))
      assert.ok(record)
      await forgetSubmission(tx, record)
    })
    const ended = endedMs === undefined ? undefined : { state: 'sent', endedMs }
    assert.deepEqual(await tables.submissionEnded.get(db, id('a')), ended)
    assert.deepEqual(await listSubmissions(db), [])
    assert.equal(await isSubmitted(db, id('c a')), false)
    assert.equal(await tables.upload.has(db, id('a')), false)
  }
})

test('mail with all in it refers to nothing, and its content is its own', async () => {
  const { change, replica } = await open()
  await change(async (one) => replaceContent(one.tx, put(one, 'a', { references: [reference] }), id('whole')))
  assert.deepEqual(
    await getSubmission(replica.db, id('a')),
    mail('a', { content: id('whole'), madeWhole: true }),
  )
  assert.deepEqual(
    [await isSubmitted(replica.db, id('c a')), await isSubmitted(replica.db, id('whole'))],
    [false, true],
  )
  assert.ok(await getContent(replica.db, id('c a')))
})

test('content goes by the name of a message that is seen, and of mail until that comes to its end', async () => {
  const { change, replica } = await open()
  const bearer = async () => {
    const { isLive, ...rest } = (await getBearer(replica.db, id('a'))) ?? {}
    return { rest, isLive }
  }
  assert.equal(await getBearer(replica.db, id('a')), undefined)
  const content = id('c a')
  for (const [state, isLive] of [
    ['ashore', true],
    ['failed', false],
  ] as const) {
    await change(async (one) => put(one, 'a', { state }))
    assert.deepEqual(await bearer(), { rest: { guid: id('a'), content, kind: 'submission' }, isLive })
  }
  for (const [hidden, expunged] of [
    [false, false],
    [true, false],
    [false, true],
  ] as const) {
    await change(async ({ tx }) => {
      const place = { guid: id('a'), mailbox: id('inbox'), content, flags: [], internalDateMs: 1 }
      const log = { number: 1, uid: 1, modseq: 1, created: 1, upstream: 0 }
      tables.message.put(tx, id('a'), { ...place, ...log, hidden, expunged })
    })
    assert.deepEqual(await bearer(), {
      rest: { guid: id('a'), mailbox: id('inbox'), content, kind: 'message' },
      isLive: !hidden && !expunged,
    })
  }
})
