import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outline, OutlinePart } from '../../../src/mime/outline.js'
import { defaultPolicy, type Policy, tiersOfPieces } from '../../../src/sync/policy/policy.js'
import { type Limit, limitOf, limitsOf, partKinds, structureLimit } from '../../../src/sync/policy/rules.js'

/** What limits say of single parts and of structures; whole mails are in rules.test.ts. */

const outline = (...parts: OutlinePart[]): Outline => ({
  tree: {
    kind: 'multipart',
    type: 'multipart/mixed',
    children: parts.map((_, part) => ({ kind: 'part', part })),
  },
  parts,
})

for (const [type, kinds, more] of [
  ['text/plain', ['text'], { isText: true }],
  ['text/html', ['text'], { isText: true }],
  ['text/html', ['html'], {}],
  ['text/html', ['attachments'], { disposition: 'attachment' }],
  ['image/png', ['attachments', 'images'], {}],
  ['audio/ogg', ['attachments', 'audio'], {}],
  ['video/mp4', ['attachments', 'video'], {}],
  ['text/calendar', ['attachments', 'calendar'], {}],
  ['application/ics', ['attachments', 'calendar'], {}],
  ['application/pdf', ['attachments'], {}],
] as const)
  test(`${type} ${JSON.stringify(more)} is of the kinds ${kinds}`, () => {
    const { isText = false, disposition }: { isText?: boolean; disposition?: 'attachment' } = more
    const whole = outline({ type, size: 10, ...(disposition && { disposition }) })
    const is = (what: string) =>
      limitOf([{ what, upToBytes: 7 }], whole, 0, new Set(isText ? [0] : [])) !== undefined
    assert.deepEqual(partKinds.filter(is), kinds)
    assert.deepEqual(['*', type, 'image/*', 'x/y'].map(is), [true, true, type === 'image/png', false])
  })

test('of what is no part nothing is said', () => {
  assert.equal(limitOf([{ what: '*', upToBytes: 7 }], outline(), 0, new Set()), undefined)
})

const message = { mailbox: { path: ['INBOX'] }, from: 'ann@example.org', internalDateMs: 0, sizeBytes: 1 }
const limits: Limit[] = [{ what: 'text', upToBytes: 7 }]

test('a rule of several senders or mailboxes is of each of them', () => {
  const applies = (from: string[], mailboxes: string[]) =>
    limitsOf([{ from, mailboxes, limits }], message).length > 0
  assert.equal(applies(['bob@*', 'ann@*'], []), true)
  assert.equal(applies(['bob@*', 'carol@*'], []), false)
  assert.equal(applies([], ['Work', 'INBOX']), true)
  assert.equal(applies([], ['Work', 'Lists']), false)
  assert.equal(limitsOf([{ from: ['*'], mailboxes: [], limits }], undefined).length, 0)
  assert.equal(limitsOf([{ from: [], mailboxes: [], limits }], undefined).length, 1)
})

const policy = (more: Partial<Policy>, ...some: Limit[]): Policy => ({
  ...defaultPolicy,
  ...{ textBytes: 100, smallBytes: 0, attachmentBytes: 0, messageBytes: 10 },
  ...more,
  rules: [{ mailboxes: [], from: [], limits: some }],
})
const come = (sizes: readonly number[], by: Policy) =>
  tiersOfPieces(outline(...sizes.map((size) => ({ type: 'text/plain', size }))), undefined, by).slice(0, -1)

test('a text comes up to its size, though a message may bring less; and one of a rule up to what that says', () => {
  assert.deepEqual(come([100], policy({})), [1])
  assert.deepEqual(come([101], policy({})), [undefined])
  const more = policy({}, { what: 'text', upToBytes: 200 })
  assert.deepEqual(come([200], more), [1])
  assert.deepEqual(come([201], more), [undefined])
  const less = policy({}, { what: 'text', upToBytes: 50 })
  assert.deepEqual(come([50], less), [1])
  assert.deepEqual(come([51], less), [undefined])
})

test('the rest of a structure comes up to the size of the policy, or of a rule', () => {
  const skeleton = (bytes: number) => ({ structure: [bytes], restBytes: 10 })
  const comes = (bytes: number, by: Policy) => tiersOfPieces(outline(), skeleton(bytes), by)
  const some = policy({ structureBytes: 5000 })
  assert.deepEqual(comes(5000, some), [2, 2])
  assert.deepEqual(comes(5001, some), [2, undefined])
  for (const upToBytes of [4999, 6000]) {
    const ruled = policy({ structureBytes: 5000 }, { what: 'structure', upToBytes })
    assert.deepEqual(comes(upToBytes, ruled), [2, 2])
    assert.deepEqual(comes(upToBytes + 1, ruled), [2, undefined])
  }
  assert.deepEqual(tiersOfPieces(outline(), { structure: [9000] }, some), [2])
  assert.equal(structureLimit([...limits, { what: 'structure', upToBytes: 1 }, ...limits]), 1)
})

test('cold fields come up to 32 KiB where nothing else is said', () => {
  const cold = (sizeBytes: number) => ({ structure: [10], cold: { sizeBytes, runs: [] } })
  assert.deepEqual(tiersOfPieces(outline(), cold(32 * 1024), defaultPolicy), [2, 3])
  assert.deepEqual(tiersOfPieces(outline(), cold(32 * 1024 + 1), defaultPolicy), [2, undefined])
})
