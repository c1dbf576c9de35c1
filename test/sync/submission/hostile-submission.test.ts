import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteReader, ByteWriter } from '../../../src/bytes/varint.js'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import type { Reference, SubmitEnvelope } from '../../../src/replica/submission/submission.js'
import { readSubmit, writeSubmit } from '../../../src/wire/submissions.js'

function crosses(envelope: SubmitEnvelope): SubmitEnvelope {
  const writer = new ByteWriter()
  writeSubmit(writer, {
    op: 'submit',
    submission: '1'.repeat(32),
    digest: '2'.repeat(64),
    sizeBytes: 20,
    envelope,
    urgent: false,
    queuedMs: 21,
    again: false,
  })
  return readSubmit(new ByteReader(writer.finish())).envelope
}

const plain: SubmitEnvelope = { from: 'ann@example.org', recipients: ['bob@example.org'] }

test('a device hands in nothing that would be a line of its own in a report or a command', () => {
  assert.deepEqual(crosses({ ...plain, envelopeId: 'a b' }), { ...plain, envelopeId: 'a b' })
  for (const bad of ['a\r\nb', 'a\nb', 'a\0b', 'a\u007fb'])
    for (const envelope of [
      { ...plain, from: bad },
      { ...plain, recipients: ['bob@example.org', bad] },
      { ...plain, envelopeId: bad },
    ])
      assert.throws(
        () => crosses(envelope),
        (error) => hasCode(error, 'PROTOCOL'),
        JSON.stringify(envelope),
      )
})

test('an envelope has room for a long list, and for no more', () => {
  const list = (count: number, bytes: number): SubmitEnvelope => ({
    ...plain,
    recipients: Array.from({ length: count }, (_, i) => `${String(i).padStart(bytes - 12, 'x')}@example.org`),
  })
  for (const envelope of [list(1000, 60), list(64, 1000)]) assert.deepEqual(crosses(envelope), envelope)
  for (const envelope of [
    list(0, 0),
    list(1001, 20),
    list(1000, 70),
    list(70, 1000),
    list(1, 1001),
    list(100_000, 20),
  ])
    assert.throws(
      () => crosses(envelope),
      (error) => hasCode(error, 'PROTOCOL'),
      `${envelope.recipients.length}`,
    )
})

test('references are in order, within the mail, and no more than a hundred', () => {
  const references = (rows: readonly (readonly [start: number, length: number])[]): readonly Reference[] => {
    const writer = new ByteWriter()
    writeSubmit(writer, {
      op: 'submit',
      submission: '1'.repeat(32),
      digest: '2'.repeat(64),
      sizeBytes: 1000,
      envelope: plain,
      urgent: false,
      queuedMs: 21,
      again: false,
      references: rows.map(([start, length]) => ({ start, length, message: '3'.repeat(32), part: 1 })),
    })
    return readSubmit(new ByteReader(writer.finish())).references ?? []
  }
  const rows = (count: number) => Array.from({ length: count }, (_, i): [number, number] => [i * 9, 9])
  for (const good of [rows(1), rows(100), [[1000, 0]] as const])
    assert.deepEqual(
      references(good).map(({ start, length }) => [start, length]),
      good,
    )
  for (const bad of [rows(101), [[990, 11]] as const, [[2 ** 52, 2 ** 52]] as const])
    assert.throws(
      () => references(bad),
      (error) => hasCode(error, 'PROTOCOL'),
    )
})
