import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader, ByteWriter } from '../../../src/bytes/varint.js'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import type { SubmitOperation } from '../../../src/replica/operation.js'
import {
  deliveryNotices,
  maxReferences,
  outcomes,
  type SubmitEnvelope,
  submissionStates,
} from '../../../src/replica/submission/submission.js'
import { readEntry, writeEntry } from '../../../src/wire/operations.js'
import {
  maxAddressBytes,
  maxIdentities,
  maxRecipients,
  maxSubmissionsTold,
  type OutboxThere,
  readOutbox,
  writeOutbox,
} from '../../../src/wire/submissions.js'

const guid = '0123456789abcdef0123456789abcdef'
const plain: SubmitEnvelope = { from: '', recipients: ['bob@example.org'] }

/** What is read of a submission that was written so. */
function crosses(
  envelope: SubmitEnvelope,
  more: Partial<Pick<SubmitOperation, 'urgent' | 'again' | 'notBeforeMs' | 'references'>> = {},
) {
  const writer = new ByteWriter()
  const operation: SubmitOperation = {
    op: 'submit',
    submission: guid,
    digest: '2'.repeat(64),
    sizeBytes: 20,
    queuedMs: 21,
    urgent: false,
    again: false,
    ...more,
    envelope,
  }
  writeEntry(writer, { number: 9, operation })
  const reader = new ByteReader(writer.finish())
  const read = readEntry(reader)
  assert.ok(reader.done)
  return { read, written: { number: 9, operation } }
}

test('a submission is the same on the other side, whatever is asked for', () => {
  const envelopes: SubmitEnvelope[] = [
    plain,
    ...deliveryNotices.map((notice) => ({ ...plain, notify: [notice] })),
    { ...plain, notify: deliveryNotices },
    { ...plain, ret: 'full' },
    { ...plain, ret: 'headers' },
    { ...plain, envelopeId: 'x'.repeat(100) },
    { from: 'a'.repeat(maxAddressBytes), recipients: ['b'.repeat(maxAddressBytes), 'c'] },
  ]
  for (const envelope of envelopes)
    for (const more of [{}, { urgent: true }, { again: true }, { notBeforeMs: 0 }, { notBeforeMs: 5e12 }]) {
      const { read, written } = crosses(envelope, more)
      assert.deepEqual(read, written)
    }
})

test('an address or an envelope id that no server takes is refused', () => {
  const long = 'a'.repeat(maxAddressBytes + 1)
  for (const envelope of [
    { ...plain, from: long },
    { ...plain, recipients: ['b', long] },
    { ...plain, envelopeId: 'x'.repeat(101) },
  ])
    assert.throws(
      () => crosses(envelope),
      (error) => hasCode(error, 'PROTOCOL'),
    )
})

test('a mail has as many references as it may have, and where it says some it has one', () => {
  const references = (count: number) =>
    Array.from({ length: count }, (_, start) => ({ start: start % 20, length: 0, message: guid })).sort(
      (a, b) => a.start - b.start,
    )
  for (const count of [1, maxReferences]) {
    const { read, written } = crosses(plain, { references: references(count) })
    assert.deepEqual(read, written)
  }
  const refused = (error: unknown): boolean => hasCode(error, 'PROTOCOL')
  assert.throws(() => crosses(plain, { references: references(maxReferences + 1) }), refused)
  const writer = new ByteWriter()
  writeEntry(writer, crosses(plain, { references: references(1) }).written)
  // At its end: how many there are, then start, length, GUID and part of the one.
  const none = [...writer.finish().subarray(0, -20), 0]
  assert.throws(() => readEntry(new ByteReader(Uint8Array.from(none))), refused)
})

test('a notice about nothing is not told from none', () => {
  const { read } = crosses({ ...plain, notify: [] })
  assert.ok(read.operation.op === 'submit')
  assert.deepEqual(read.operation.envelope, plain)
})

function told(outbox: OutboxThere): OutboxThere {
  const writer = new ByteWriter()
  writeOutbox(writer, outbox)
  const reader = new ByteReader(writer.finish())
  const read = readOutbox(reader)
  assert.ok(reader.done)
  return read
}

test('what has become of mail is the same on the other side', () => {
  const outbox: OutboxThere = {
    name: 0xfffffffe,
    identities: ['Ann <ann@example.org>', '*@example.net'],
    maxBytes: 10_000_000,
    submissions: submissionStates.map((state, i) => ({
      guid: i.toString(16).padStart(32, 'f'),
      state,
      ...(i % 2 === 0 && { reason: `${state} for a reason` }),
      recipients: outcomes
        .slice(0, i)
        .map((outcome) => ({ recipient: `${outcome}@example.org`, outcome, reply: `250 ${outcome}` })),
    })),
  }
  assert.deepEqual(told(outbox), outbox)
  assert.deepEqual(told({ name: 1, identities: [], submissions: [] }), {
    name: 1,
    identities: [],
    submissions: [],
  })
})

test('what servers say comes in one line, cut to a length that the other side takes', () => {
  const long = 'é'.repeat(600)
  const identities = Array.from({ length: maxIdentities + 5 }, (_, i) => `${i}@example.org`)
  const read = told({
    name: 1,
    identities: [long, ...identities],
    submissions: [
      {
        guid,
        state: 'waits',
        reason: `two\r\nlines and ${long}`,
        recipients: [{ recipient: `${long}@b`, outcome: 'later', reply: `450 a\tb\u001b[2J${long}` }],
      },
    ],
  })
  assert.equal(read.identities.length, maxIdentities)
  assert.deepEqual(read.identities.slice(0, 2), ['é'.repeat(500), '0@example.org'])
  const [submission] = read.submissions
  assert.match(submission?.reason ?? '', /^two lines and é{242}/)
  const [recipient] = submission?.recipients ?? []
  assert.equal(recipient?.recipient, 'é'.repeat(500))
  assert.match(recipient?.reply ?? '', /^450 a b \[2Jé+$/)
  const bytes = (text = '') => new TextEncoder().encode(text).length
  assert.ok(bytes(submission?.reason) <= 500 && bytes(recipient?.reply) <= 500)
})

test('of what is told of mail, no text is longer than one that is written', () => {
  const outbox = (texts: { identity?: string; reason?: string; recipient?: string; reply?: string }) => {
    const { identity = 'a', reason = 'r', recipient = 'b', reply = 'ok' } = texts
    const writer = new ByteWriter()
    writer.u32(1)
    writer.varint(0)
    writer.varint(1)
    writer.text(identity)
    writer.varint(1)
    writer.raw(new Uint8Array(16))
    writer.u8(0)
    writer.text(reason)
    writer.varint(1)
    writer.text(recipient)
    writer.u8(0)
    writer.text(reply)
    return readOutbox(new ByteReader(writer.finish()))
  }
  const [most, short] = ['x'.repeat(1000), 'x'.repeat(500)]
  assert.doesNotThrow(() => outbox({ identity: most, reason: short, recipient: most, reply: short }))
  for (const long of [
    { identity: `${most}x` },
    { reason: `${short}x` },
    { recipient: `${most}x` },
    { reply: `${short}x` },
  ])
    assert.throws(
      () => outbox(long),
      (error) => hasCode(error, 'PROTOCOL'),
      Object.keys(long).join(),
    )
})

test('an endpoint tells of so many mails, recipients and identities, and no more are taken', () => {
  const many = (count: number) => Array.from({ length: count }, (_, i) => i)
  const submission = (recipients: number): OutboxThere['submissions'][number] => ({
    guid,
    state: 'sent',
    recipients: many(recipients).map(() => ({ recipient: 'b', outcome: 'accepted', reply: '' })),
  })
  const of = (submissions: number, recipients: number): OutboxThere => ({
    name: 1,
    identities: [],
    submissions: many(submissions).map(() => submission(recipients)),
  })
  assert.equal(told(of(maxSubmissionsTold, 0)).submissions.length, maxSubmissionsTold)
  assert.equal(told(of(1, maxRecipients)).submissions[0]?.recipients.length, maxRecipients)
  // Written by hand: nobody writes more of them.
  const identities = (count: number): ByteReader => {
    const writer = new ByteWriter()
    writer.u32(1)
    writer.varint(0)
    writer.varint(count)
    for (let i = 0; i < count; i++) writer.text('a')
    writer.varint(0)
    return new ByteReader(writer.finish())
  }
  assert.equal(readOutbox(identities(maxIdentities)).identities.length, maxIdentities)
  for (const more of [
    () => told(of(maxSubmissionsTold + 1, 0)),
    () => told(of(1, maxRecipients + 1)),
    () => readOutbox(identities(maxIdentities + 1)),
  ])
    assert.throws(more, (error) => hasCode(error, 'PROTOCOL'))
})
