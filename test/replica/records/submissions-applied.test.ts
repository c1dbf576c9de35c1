import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change } from '../../../src/replica/change.js'
import { getContent, putContent } from '../../../src/replica/content/contents.js'
import type { Application, Author } from '../../../src/replica/merge/application.js'
import { applyCancel, applySubmit, comeAshore } from '../../../src/replica/merge/apply-submission.js'
import { listConflicts } from '../../../src/replica/merge/conflict-log.js'
import { PassedDrafts } from '../../../src/replica/merge/passed-drafts.js'
import { PassedTwins } from '../../../src/replica/merge/passed-twins.js'
import type { SubmitOperation } from '../../../src/replica/operation.js'
import { noteDoubt } from '../../../src/replica/submission/note-doubt.js'
import {
  type Outcome,
  type SubmissionRecord,
  type SubmissionStatus,
  submissionStates,
} from '../../../src/replica/submission/submission.js'
import { getSubmission, putSubmission } from '../../../src/replica/submission/submissions.js'
import { tables } from '../../../src/replica/tables.js'
import { digestOf, id } from '../world.js'
import { type Opened, open, rowsOf } from './open.js'

const envelope = { from: 'ann@example.org', recipients: ['bob@example.org'] }
const guid = id('a')

const handedIn: SubmitOperation = {
  op: 'submit',
  submission: guid,
  digest: digestOf('a'),
  sizeBytes: 10,
  envelope,
  urgent: true,
  queuedMs: 7,
  again: false,
}

/** What becomes of it when nothing else is said. */
const queued: SubmissionRecord = {
  guid,
  content: guid,
  envelope,
  urgent: true,
  queuedMs: 7,
  device: 'phone',
  state: 'queued',
  recipients: [],
  tries: 0,
  arrivedMs: 1000,
  since: 0,
}

const applied = (change: Change, more: Partial<Author> = {}): Application => ({
  change,
  author: {
    device: 'phone',
    passed: new PassedTwins(),
    recalls: new Set(),
    drafts: new PassedDrafts(),
    met: true,
    structure: 0,
    log: () => 0,
    knows: () => false,
    ...more,
  },
  results: [],
  number: 1,
})

const put = ({ tx }: Change, more: Partial<SubmissionRecord>) => putSubmission(tx, { ...queued, ...more })

/** The record of the mail, and for which devices its bytes are waited for. */
async function shown({ replica: { db } }: Opened) {
  const waitsFor = (await rowsOf(tables.arriving.list(db))).map(({ key }) => key.join(' '))
  return { record: await getSubmission(db, guid), waitsFor }
}

async function handIn(
  more: Partial<SubmitOperation>,
  { before, author }: { before?: (change: Change) => unknown; author?: Partial<Author> } = {},
) {
  const opened = await open()
  await opened.change(async (change) => {
    await before?.(change)
    await applySubmit(applied(change, author), { ...handedIn, ...more })
  })
  return { ...(await shown(opened)), db: opened.replica.db }
}

const waitsHere = [`phone ${guid}`]

test('mail is written down with all that its device says of it, and its content is waited for', async () => {
  const references = [{ start: 0, length: 1, message: id('m') }]
  for (const [said, known] of [
    [{}, {}],
    [{ references }, { references }],
    [{ notBeforeMs: 0 }, { notBeforeMs: 0 }],
    [{ again: true }, { again: true }],
  ] as const) {
    const { record, waitsFor, db } = await handIn(said)
    assert.deepEqual([record, waitsFor], [{ ...queued, ...known }, waitsHere])
    assert.deepEqual(await getContent(db, guid), {
      ...{ id: guid, sizeBytes: 10, digest: digestOf('a'), held: [], whole: false },
      ...{ progress: 0, upstreamHas: false },
    })
  }
})

test('a content that is here is its own, and mail waits until that is kept for it, whether or not all of it is here', async () => {
  for (const whole of [true, false]) {
    const content = { id: id('c'), sizeBytes: 10, digest: digestOf('a'), held: [], progress: 0 }
    const before = ({ tx }: Change) => putContent(tx, { ...content, whole, upstreamHas: false })
    const { record, waitsFor } = await handIn({}, { before })
    assert.deepEqual([record, waitsFor], [{ ...queued, content: id('c') }, waitsHere])
  }
})

test('mail that may not go is refused at once, and not waited for', async () => {
  const refuse = async (): Promise<string> => 'Not yours.'
  const { record, waitsFor } = await handIn({}, { author: { mailer: { refuse } } })
  const refused = { ...queued, state: 'refused', reason: 'Not yours.', endedMs: 1000 }
  assert.deepEqual([record, waitsFor], [refused, []])
})

test('mail that is handed in by another name of its device is told of there, and waited for where it is not here', async () => {
  for (const state of submissionStates) {
    const { record, waitsFor } = await handIn(
      { urgent: false },
      { before: (change) => put(change, { device: 'old', state }) },
    )
    assert.deepEqual(record, { ...queued, state })
    assert.deepEqual(waitsFor, state === 'queued' ? waitsHere : [], state)
  }
})

test('mail that came to its end long ago is not sent again, and has no content', async () => {
  const ended = { state: 'sent' as const, endedMs: 3 }
  const { record, waitsFor, db } = await handIn(
    {},
    { before: ({ tx }) => tables.submissionEnded.put(tx, guid, ended) },
  )
  const { arrivedMs: _, since: __, ...rest } = queued
  assert.deepEqual(record, { ...rest, ...ended, reason: 'It came to its end before.' })
  assert.deepEqual([waitsFor, await getContent(db, guid)], [[], undefined])
})

test('only mail that was waited for comes ashore', async () => {
  for (const state of submissionStates) {
    const opened = await open()
    await opened.change((change) => comeAshore({ change }, put(change, { state })))
    const after = state === 'queued' ? 'ashore' : state
    assert.equal((await shown(opened)).record?.state, after)
  }
})

test('mail that nobody knows cannot be taken back', async () => {
  const opened = await open()
  await opened.change((change) => applyCancel(applied(change), guid))
  assert.equal((await shown(opened)).record, undefined)
})

const doubts = async ({ replica: { db } }: Opened): Promise<string[]> =>
  (await listConflicts(db)).map(({ kind, here, detail, settled }) =>
    [kind, here === guid ? 'a' : here === id('b') ? 'b' : '-', detail, settled].join(', '),
  )

test('a person is told of mail that may have gone, or went twice, until it is known to have gone once', async () => {
  const opened = await open()
  const becomes = (state: SubmissionStatus['state'], outcomes: readonly Outcome[] = [], reason?: string) =>
    opened.change((change) =>
      noteDoubt(change, guid, {
        state,
        ...(reason !== undefined && { reason }),
        recipients: outcomes.map((outcome) => ({ recipient: 'bob@example.org', outcome, reply: '' })),
      }),
    )
  for (const state of submissionStates.filter((each) => each !== 'uncertain'))
    await becomes(state, ['accepted'])
  assert.deepEqual(await doubts(opened), [])
  await becomes('uncertain')
  assert.deepEqual(await doubts(opened), ['in-doubt, a, , '])
  await becomes('uncertain', ['uncertain'], 'The line broke.')
  await becomes('waits', ['later'])
  assert.deepEqual(await doubts(opened), ['in-doubt, a, The line broke., '])
  await opened.change(async ({ tx }) => {
    const stands = { kind: 'in-doubt', atMs: 1 } as const
    tables.conflict.put(tx, 2, { ...stands, here: id('b') })
    tables.conflict.put(tx, 3, { ...stands, here: guid, settled: 'here' })
    tables.conflict.put(tx, 4, { kind: 'kept', atMs: 1, here: guid })
  })
  const others = ['in-doubt, b, , ', 'in-doubt, a, , here', 'kept, a, , ']
  await becomes('sent', ['accepted'])
  assert.deepEqual(await doubts(opened), ['in-doubt, a, The line broke., both', ...others])
  await becomes('sent', ['repeated', 'accepted'])
  await becomes('sent', ['repeated', 'repeated'])
  assert.deepEqual(await doubts(opened), [
    'in-doubt, a, The line broke., both',
    ...others,
    'in-doubt, a, sent once more to 2 recipients, ',
  ])
})

test('mail that went twice to one recipient says so', async () => {
  const opened = await open()
  const recipients = [{ recipient: 'bob@example.org', outcome: 'repeated' as const, reply: '' }]
  await opened.change((change) => noteDoubt(change, guid, { state: 'uncertain', reason: 'R.', recipients }))
  assert.deepEqual(await doubts(opened), ['in-doubt, a, sent once more to 1 recipient, '])
})
