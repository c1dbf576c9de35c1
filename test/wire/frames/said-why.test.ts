import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader, ByteWriter } from '../../../src/bytes/varint.js'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { readEntry, readResult } from '../../../src/wire/operations.js'
import { decodeStructure } from '../../../src/wire/response/structure-frames.js'
import {
  maxIdentities,
  maxRecipients,
  maxSubmissionsTold,
  readOutbox,
} from '../../../src/wire/submissions.js'
import { readFlags, writeFlags, writeGuid, writePath } from '../../../src/wire/values.js'
import { decodeWants } from '../../../src/wire/wants-frame.js'

/** What is refused of the other side's bytes, and that the refusal names it: all that a person has to go by. */

const guid = '0123456789abcdef0123456789abcdef'
type Write = (writer: ByteWriter) => void

const bytesOf = (write: Write): Uint8Array => {
  const writer = new ByteWriter()
  write(writer)
  return writer.finish()
}

const entry = (code: number, rest: Write = () => undefined): Uint8Array =>
  bytesOf((writer) => {
    writer.varint(1)
    writer.u8(code)
    rest(writer)
  })

/** An append with these for whether it is adopted and its UID. */
const append = (adopt: number, uid: number): Uint8Array =>
  entry(5, (writer) => {
    for (let i = 0; i < 2; i++) writeGuid(writer, guid)
    writeFlags(writer, [])
    writer.varint(0)
    writer.raw(new Uint8Array(32))
    writer.varint(10)
    writer.u8(adopt)
    writer.varint(uid)
  })

const submit = (bits: number, recipients: number, address = 'a@b'): Uint8Array =>
  entry(12, (writer) => {
    writeGuid(writer, guid)
    writer.raw(new Uint8Array(32))
    writer.varint(10)
    writer.varint(0)
    writer.varint(bits)
    writer.text(address)
    writer.varint(recipients)
    for (let i = 0; i < recipients; i++) writer.text(address)
    if ((bits & 64) !== 0) writer.text('id')
  })

const outbox = ({ identities = 0, submissions = 0, state = 0, recipients = 0, outcome = 0 }): Uint8Array =>
  bytesOf((writer) => {
    writer.u32(1)
    writer.varint(0)
    writer.varint(identities)
    for (let i = 0; i < identities; i++) writer.text('a@b')
    writer.varint(submissions)
    for (let i = 0; i < submissions; i++) {
      writeGuid(writer, guid)
      writer.u8(state)
      writer.text('')
      writer.varint(recipients)
      for (let j = 0; j < recipients; j++) {
        writer.text('a@b')
        writer.u8(outcome)
        writer.text('')
      }
    }
  })

const result = (kind: number, rest: Write = () => undefined): Uint8Array =>
  bytesOf((writer) => {
    writer.varint(1)
    writer.u8(kind)
    rest(writer)
  })

const wish = (tier: number): Uint8Array =>
  bytesOf((writer) => {
    writeGuid(writer, guid)
    writer.varint(1)
    writer.u8(tier)
    writer.varint(0)
    writer.varint(0)
  })

const mailbox = (bits: number): Uint8Array =>
  bytesOf((writer) => {
    writer.varint(1)
    writer.varint(0)
    writeGuid(writer, guid)
    writer.u8(bits)
    writePath(writer, ['Work'])
    writer.varint(7)
  })

const entries = (bytes: Uint8Array) => readEntry(new ByteReader(bytes))
const results = (bytes: Uint8Array) => readResult(new ByteReader(bytes))
const outboxes = (bytes: Uint8Array) => readOutbox(new ByteReader(bytes))
const maxUid = 2 ** 32 - 1

for (const [read, bytes, says] of [
  [entries, entry(15), 'an operation with the unknown code 15'],
  [entries, append(2, 0), 'a truth value that is neither'],
  [entries, append(0, maxUid + 1), 'an invalid UID'],
  [entries, submit(2048, 1), 'the unknown bit 2048 in a submission'],
  [entries, submit(0, 0), 'a submission without recipients, or with too many'],
  [entries, submit(0, maxRecipients + 1), 'a submission without recipients, or with too many'],
  [entries, submit(0, 1, 'a\n@b'), 'an address with control characters'],
  [entries, submit(0, 1, 'a\u007f@b'), 'an address with control characters'],
  [results, result(4), 'a result with the unknown code 4'],
  [results, result(3, (writer) => writer.u8(200)), 'a conflict of an unknown kind'],
  [
    results,
    result(3, (writer) => {
      writer.u8(0)
      writer.u8(16)
    }),
    'the unknown bit 16 in a conflict',
  ],
  [outboxes, outbox({ submissions: 1, state: 9 }), 'a submission in an unknown state'],
  [outboxes, outbox({ submissions: 1, recipients: 1, outcome: 5 }), 'an unknown outcome of a recipient'],
  [outboxes, outbox({ submissions: 1, recipients: maxRecipients + 1 }), 'more recipients than there may be'],
  [outboxes, outbox({ identities: maxIdentities + 1 }), 'more of an outbox than may be told'],
  [outboxes, outbox({ submissions: maxSubmissionsTold + 1 }), 'more of an outbox than may be told'],
  [decodeWants, wish(4), 'a wish for tier 4'],
  [decodeStructure, mailbox(2), 'a deleted mailbox of which more is said'],
  [decodeStructure, mailbox(17), 'the unknown bit 16 in a mailbox'],
] as const)
  test(`a refusal says that the other side sent ${says}`, () => {
    assert.throws(
      () => read(bytes),
      (error) => hasCode(error, 'PROTOCOL') && (error as Error).message === `The other side sent ${says}.`,
    )
  })

test('what is at the edge of that is taken', () => {
  const { operation } = entries(append(1, maxUid))
  assert.ok(operation.op === 'append')
  assert.deepEqual([operation.adopt, operation.uid], [true, maxUid])
  assert.equal('uid' in entries(append(0, 0)).operation, false)
  const most = entries(submit(64, maxRecipients, 'é@b')).operation
  assert.ok(most.op === 'submit')
  assert.equal(most.envelope.recipients.length, maxRecipients)
  assert.deepEqual([most.envelope.from, most.envelope.envelopeId], ['é@b', 'id'])
  const told = outboxes(
    outbox({ identities: maxIdentities, submissions: 1, state: 8, recipients: maxRecipients, outcome: 3 }),
  )
  assert.equal(told.identities.length, maxIdentities)
  assert.equal('maxBytes' in told, false)
  const [submission] = told.submissions
  assert.deepEqual([submission?.state, submission?.recipients.length], ['failed', maxRecipients])
  assert.equal(submission?.recipients[0]?.outcome, 'uncertain')
  assert.equal(outboxes(outbox({ submissions: maxSubmissionsTold })).submissions.length, maxSubmissionsTold)
  assert.equal(decodeWants(wish(3)).tiers[0]?.tier, 3)
  const [work] = decodeStructure(mailbox(1)).mailboxes
  assert.deepEqual(work, { guid, deleted: false, path: ['Work'], uidValidity: 7, subscribed: false })
  assert.deepEqual(readFlags(new ByteReader(Uint8Array.of(0))), [])
})
