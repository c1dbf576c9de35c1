import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeEnvelope } from '../../../src/mime/headers/envelope-codec.js'
import { encodeOutline, type Outline } from '../../../src/mime/outline.js'
import { encodeSkeleton } from '../../../src/mime/skeleton-codec.js'
import { createMailbox } from '../../../src/replica/mailboxes.js'
import { addMessage, expungeMessage } from '../../../src/replica/messages.js'
import type { ContentRecord, MessageRecord } from '../../../src/replica/records.js'
import { defaultPolicy, type Policy, tiersOfPieces } from '../../../src/sync/policy/policy.js'
import type { Rule } from '../../../src/sync/policy/rules.js'
import { tiersOfContent, tiersOfMessage } from '../../../src/sync/policy/tiers.js'
import { open } from '../../replica/records/open.js'
import { id } from '../../replica/world.js'

const kb = 1024
/** A text of 1 kB, and a picture of 100 kB. */
const outline: Outline = {
  tree: {
    kind: 'multipart',
    type: 'multipart/mixed',
    children: [0, 1].map((part) => ({ kind: 'part', part })),
  },
  parts: [
    { type: 'text/plain', size: kb },
    { type: 'image/png', size: 100 * kb, disposition: 'attachment' },
  ],
}

const listed: ContentRecord = {
  id: id('content'),
  sizeBytes: 101 * kb,
  outline: encodeOutline(outline),
  envelope: encodeEnvelope({ from: [{ address: 'ann@example.org' }], to: [], cc: [] }),
  held: [],
  whole: false,
  progress: 0,
  upstreamHas: false,
}

const rule = (more: Partial<Rule>, upToBytes = 200 * kb): Rule => ({
  mailboxes: [],
  from: [],
  limits: [{ what: 'images', upToBytes }],
  ...more,
})
const policyOf = (...rules: Rule[]): Policy => ({ ...defaultPolicy, rules })

/** Messages of one content, each in a mailbox of its name. */
async function worldOf(...mailboxes: readonly string[]) {
  const { replica, change } = await open()
  const messages = new Map<string, MessageRecord>()
  for (const name of mailboxes)
    await change(async (act) => {
      await createMailbox(act, { guid: id(name), path: [name] })
      const about = { mailbox: id(name), content: listed.id, flags: [], internalDateMs: 86_400_000 }
      messages.set(name, await addMessage(act, { ...about, guid: id(`m ${name}`) }))
    })
  const of = (name: string): MessageRecord => messages.get(name)!
  return { db: replica.db, change, of }
}

const [small, whole] = [
  [1, undefined, 2],
  [1, 3, 2],
] as const

for (const [what, policy, tiers] of [
  ['without rules the sizes decide', policyOf(), small],
  ['a rule for all messages', policyOf(rule({})), whole],
  ['a rule for its mailbox', policyOf(rule({ mailboxes: ['Work'] })), whole],
  ['a rule for another mailbox', policyOf(rule({ mailboxes: ['Home'] })), small],
  ['a rule for its sender', policyOf(rule({ from: ['ann@*'] })), whole],
  ['a rule for another sender', policyOf(rule({ from: ['bob@*'] })), small],
  ['a rule for what came before a later day', policyOf(rule({ beforeDay: 2 })), whole],
  ['a rule for what came before its day', policyOf(rule({ beforeDay: 1 })), small],
  ['a rule for what is larger than something less', policyOf(rule({ aboveBytes: 101 * kb - 1 })), whole],
  ['a rule for what is larger than it', policyOf(rule({ aboveBytes: 101 * kb })), small],
] as const)
  test(`what comes of a message by itself: ${what}`, async () => {
    const { db, of } = await worldOf('Work')
    assert.deepEqual(await tiersOfMessage(db, listed, of('Work'), policy), tiers)
    assert.deepEqual(await tiersOfContent(db, listed, policy), tiers)
  })

test('a message whose sender is not known is nobody’s, and one in no mailbox is in none', async () => {
  const { db, of } = await worldOf('Work')
  const { envelope: _, ...unsent } = listed
  assert.deepEqual(await tiersOfMessage(db, unsent, of('Work'), policyOf(rule({ from: ['ann@*'] }))), small)
  assert.deepEqual(await tiersOfMessage(db, unsent, of('Work'), policyOf(rule({ from: ['*'] }))), whole)
  const nameless = { ...listed, envelope: encodeEnvelope({ from: [], to: [], cc: [] }) }
  assert.deepEqual(await tiersOfMessage(db, nameless, of('Work'), policyOf(rule({ from: ['?*'] }))), small)
  const nowhere = { ...of('Work'), mailbox: id('nowhere') }
  assert.deepEqual(await tiersOfMessage(db, listed, nowhere, policyOf(rule({ mailboxes: ['Work'] }))), small)
})

test('of a content of which no list has told there are no tiers', async () => {
  const { db, of } = await worldOf('Work')
  const { outline: _, ...unlisted } = listed
  for (const policy of [policyOf(), policyOf(rule({ mailboxes: ['Work'] }))]) {
    assert.equal(await tiersOfMessage(db, unlisted, of('Work'), policy), undefined)
    assert.equal(await tiersOfContent(db, unlisted, policy), undefined)
  }
})

test('a content comes as the best of its live messages does', async () => {
  const { db, of, change } = await worldOf('Home', 'Work', 'Zoo')
  const work = policyOf(rule({ mailboxes: ['Work'] }))
  assert.deepEqual(await tiersOfContent(db, listed, work), whole)
  for (const name of ['Home', 'Zoo'])
    assert.deepEqual(await tiersOfContent(db, listed, policyOf(rule({ mailboxes: [name] }))), whole, name)
  // The text comes later for one of them.
  const never = rule({ mailboxes: ['Work', 'Zoo'], limits: [{ what: 'text', upToBytes: 0 }] })
  assert.deepEqual(await tiersOfContent(db, listed, policyOf(never)), small)
  await change((act) => expungeMessage(act, of('Work'), { base: [] }))
  assert.deepEqual(await tiersOfContent(db, listed, work), small)
  // None is left: the rules for all messages.
  for (const name of ['Home', 'Zoo']) await change((act) => expungeMessage(act, of(name), { base: [] }))
  assert.deepEqual(await tiersOfContent(db, listed, policyOf(never)), small)
  assert.deepEqual(await tiersOfContent(db, listed, policyOf(never, rule({}))), whole)
})

test('what comes late of one message comes as early as it does for another', async () => {
  const { db } = await worldOf('Home', 'Work')
  const picture = (mailbox: string, upToBytes: number, attachmentBytes: number) =>
    tiersOfContent(db, listed, {
      ...policyOf(rule({ mailboxes: [mailbox], limits: [{ what: 'text', upToBytes }] })),
      smallBytes: 2 * kb,
      textBytes: 0,
      attachmentBytes,
    })
  // A text that a rule lets through is in the first tier, without one it is small.
  for (const mailbox of ['Home', 'Work'])
    assert.deepEqual(await picture(mailbox, 2 * kb, 200 * kb), [1, 3, 2], mailbox)
})

test('what the sizes say of a message goes by the bytes: as much as is small comes with the small', () => {
  const tierOf = (size: number) => {
    const file: Outline = { tree: { kind: 'part', part: 0 }, parts: [{ type: 'application/pdf', size }] }
    return tiersOfPieces(file, undefined, { ...defaultPolicy, smallBytes: 10, attachmentBytes: 20 })[0]
  }
  assert.deepEqual([10, 11, 20, 21].map(tierOf), [2, 3, 3, undefined])
})

test('a skeleton that is here tells of its cold fields', async () => {
  const { db, of } = await worldOf('Work')
  const identity = { kind: 'identity' as const }
  const parts = outline.parts.map((part) => ({
    ...part,
    headerSize: 0,
    encodedSize: part.size,
    encoding: identity,
  }))
  const size = 30 + 101 * kb
  const cold = { sizeBytes: 10, runs: [1, 1] }
  const skeleton = encodeSkeleton({ size, structure: [10, 10, 10], cold, parts, tree: outline.tree })
  const policy = { ...policyOf(), coldBytes: 10 }
  assert.deepEqual(await tiersOfMessage(db, { ...listed, skeleton }, of('Work'), policy), [...small, 3])
  assert.deepEqual(await tiersOfContent(db, { ...listed, skeleton }, policy), [...small, 3])
})

test('a first text of up to 128 KiB comes at once, and none that is longer', () => {
  const tierOf = (size: number) => {
    const text: Outline = { tree: { kind: 'part', part: 0 }, parts: [{ type: 'text/plain', size }] }
    return tiersOfPieces(text, undefined, defaultPolicy)[0]
  }
  assert.deepEqual([tierOf(128 * kb), tierOf(128 * kb + 1)], [1, undefined])
})
