import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Outline } from '../../../src/mime/outline.js'
import { tables } from '../../../src/replica/tables.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import {
  decodePolicy,
  defaultPolicy,
  encodePolicy,
  type Policy,
  rememberedPolicies,
  type Tiers,
  tiersOfPieces,
} from '../../../src/sync/policy/policy.js'
import { dayOf, type Limit, partKinds, type Rule, type RuledMessage } from '../../../src/sync/policy/rules.js'
import { letter } from '../../world/letter.js'
import { makePair } from '../../world/star.js'

const always = Number.POSITIVE_INFINITY
const kB = 1024

/** A letter in plain text and HTML, with a picture, an invitation and a document of 100 kB. */
const outline: Outline = {
  tree: {
    kind: 'multipart',
    type: 'multipart/mixed',
    children: [
      {
        kind: 'multipart',
        type: 'multipart/alternative',
        children: [
          { kind: 'part', part: 0 },
          { kind: 'part', part: 1 },
        ],
      },
      { kind: 'part', part: 2 },
      { kind: 'part', part: 3 },
      { kind: 'part', part: 4 },
    ],
  },
  parts: [
    { type: 'text/plain', size: 2 * kB },
    { type: 'text/html', size: 20 * kB },
    { type: 'image/jpeg', size: 10 * kB, disposition: 'attachment' },
    { type: 'text/calendar', size: 1 * kB, disposition: 'attachment' },
    { type: 'application/pdf', size: 100 * kB, disposition: 'attachment' },
  ],
}

const message: RuledMessage = {
  mailbox: { path: ['Lists', 'sailing'] },
  from: 'Ann@Example.org',
  internalDateMs: Date.UTC(2026, 0, 10, 12),
  sizeBytes: 133 * kB,
}
const january = (day: number): number => dayOf(Date.UTC(2026, 0, day))

const rule = (limits: readonly Limit[], when: Partial<Rule> = {}): Rule => ({
  mailboxes: [],
  from: [],
  ...when,
  limits,
})
const upTo = (what: string, upToBytes: number): Limit => ({ what, upToBytes })
const none = [upTo('*', 0)]

const cases: { name: string; rules: Rule[]; tiers: Tiers }[] = [
  { name: 'no rules', rules: [], tiers: [1, 3, 3, 2, undefined] },
  {
    name: 'HTML waits beside plain text',
    rules: [rule([upTo('html', 0)])],
    tiers: [1, undefined, 3, 2, undefined],
  },
  {
    name: 'attachments up to a size',
    rules: [rule([upTo('attachments', 5 * kB)])],
    tiers: [1, 3, undefined, 2, undefined],
  },
  { name: 'attachments always', rules: [rule([upTo('attachments', always)])], tiers: [1, 3, 3, 2, 3] },
  {
    name: 'never, small or not, and one kind always: the last that fits decides',
    rules: [rule([upTo('attachments', 0), upTo('calendar', always)])],
    tiers: [1, 3, undefined, 2, undefined],
  },
  {
    name: 'a media type',
    rules: [rule([upTo('application/*', always), upTo('image/*', 0)])],
    tiers: [1, 3, undefined, 2, 3],
  },
  {
    name: 'no more of a text than this',
    rules: [rule([upTo('text', kB)])],
    tiers: [undefined, 3, 3, 2, undefined],
  },
  {
    name: 'of the mailbox',
    rules: [rule(none, { mailboxes: ['Lists/*'] })],
    tiers: Array(5).fill(undefined),
  },
  {
    name: 'of another mailbox',
    rules: [rule(none, { mailboxes: ['Lists/*', '!Lists/s*'] })],
    tiers: [1, 3, 3, 2, undefined],
  },
  {
    name: 'of the sender',
    rules: [rule(none, { from: ['*@example.ORG'] })],
    tiers: Array(5).fill(undefined),
  },
  { name: 'of somebody else', rules: [rule(none, { from: ['bob@*'] })], tiers: [1, 3, 3, 2, undefined] },
  {
    name: 'of one that is old',
    rules: [rule(none, { beforeDay: january(11) })],
    tiers: Array(5).fill(undefined),
  },
  {
    name: 'of one that is not older than that',
    rules: [rule(none, { beforeDay: january(10) })],
    tiers: [1, 3, 3, 2, undefined],
  },
  {
    name: 'of one that is big',
    rules: [rule(none, { aboveBytes: 132 * kB })],
    tiers: Array(5).fill(undefined),
  },
  {
    name: 'of one that is not above that',
    rules: [rule(none, { aboveBytes: 133 * kB })],
    tiers: [1, 3, 3, 2, undefined],
  },
  {
    name: 'all that a rule asks has to fit',
    rules: [rule(none, { from: ['*@example.org'], mailboxes: ['INBOX'] })],
    tiers: [1, 3, 3, 2, undefined],
  },
  {
    name: 'of rules the last one decides too',
    rules: [rule(none), rule([upTo('text', always), upTo('application/pdf', always)], { from: ['ann@*'] })],
    tiers: [1, undefined, undefined, undefined, 3],
  },
]

for (const { name, rules, tiers } of cases)
  test(`what comes at once: ${name}`, () => {
    assert.deepEqual(tiersOfPieces(outline, undefined, { ...defaultPolicy, rules }, message), [...tiers, 2])
  })

/** Parts that are no text, of these sizes. */
const attached = (sizes: readonly number[]): Outline => ({
  tree: {
    kind: 'multipart',
    type: 'multipart/mixed',
    children: sizes.map((_, part) => ({ kind: 'part', part })),
  },
  parts: sizes.map((size) => ({ type: 'image/png', size })),
})

test('of many parts, each small enough to come, as many come as a message may bring, the small ones first', () => {
  const come = (sizes: readonly number[], policy: Partial<Policy>) =>
    tiersOfPieces(attached(sizes), undefined, { ...defaultPolicy, ...policy }).slice(0, -1)
  const usual = { smallBytes: 1000, attachmentBytes: 5000, messageBytes: 10_000 }
  assert.deepEqual(come([5000, 900, 4000, 900, 4100], usual), [undefined, 2, 3, 2, 3])
  // A larger limit for attachments lets that part through.
  assert.deepEqual(come([20_000, 900], { ...usual, attachmentBytes: 30_000 }), [3, 2])
  assert.deepEqual(come([20_000, 20_000], { ...usual, attachmentBytes: 30_000 }), [3, undefined])
  const rules = (upToBytes: number) => [rule([upTo('images', upToBytes)])]
  assert.deepEqual(come([20_000, 20_000], { ...usual, rules: rules(20_000) }), [3, undefined])
  // "always" has no bound, and says so.
  assert.deepEqual(come([20_000, 20_000], { ...usual, rules: rules(always) }), [3, 3])
  const small = come(Array(1000).fill(4000), { ...defaultPolicy, attachmentBytes: 0 })
  assert.equal(small.filter((tier) => tier === 2).length, Math.floor(defaultPolicy.messageBytes / 4000))
})

test('no message brings more by itself than the rules say, whatever it is made of', () => {
  const size = fc.oneof(fc.nat(5000), fc.nat(200_000), fc.nat(5_000_000))
  const kind = fc.constantFrom('text/plain', 'text/html', 'image/png', 'text/calendar')
  const limits = fc.array(
    fc.record({ what: fc.constantFrom(...partKinds, 'image/*'), upToBytes: size }, { noNullPrototype: true }),
    { maxLength: 4 },
  )
  fc.assert(
    fc.property(
      fc.array(fc.tuple(kind, size), { minLength: 1, maxLength: 200 }),
      limits,
      fc.array(size, { minLength: 5, maxLength: 5 }),
      (parts, some, sizes) => {
        const [textBytes = 0, smallBytes = 0, attachmentBytes = 0, messageBytes = 0, cold = 0] = sizes
        const outline: Outline = {
          tree: {
            kind: 'multipart',
            type: 'multipart/mixed',
            children: parts.map((_, part) => ({ kind: 'part', part })),
          },
          parts: parts.map(([type, size]) => ({ type, size })),
        }
        const policy: Policy = {
          ...defaultPolicy,
          textBytes,
          smallBytes,
          attachmentBytes,
          messageBytes,
          rules: [rule(some)],
        }
        const skeleton = { structure: [50_000], cold: { sizeBytes: cold, runs: [] }, restBytes: 46_000 }
        const tiers = tiersOfPieces(outline, skeleton, policy)
        const sum = parts.reduce((bytes, [, size], part) => bytes + (tiers[part] === undefined ? 0 : size), 0)
        const largest = Math.max(textBytes, attachmentBytes, ...some.map(({ upToBytes }) => upToBytes))
        assert.ok(sum <= Math.max(messageBytes, largest))
        assert.equal(tiers[parts.length], 2)
        assert.equal(tiers[parts.length + 1], cold <= policy.coldBytes ? 3 : undefined)
      },
    ),
    { seed: Number(process.env['PACKETBOAT_SEED'] ?? 1) },
  )
})

test('a policy with rules is the same after the line', () => {
  const patterns = fc.array(fc.string({ maxLength: 20 }), { maxLength: 4 })
  const size = fc.oneof(fc.nat(), fc.constant(always))
  const limits = fc.array(
    fc.record(
      {
        what: fc.oneof(fc.constantFrom(...partKinds), fc.string({ maxLength: 20 })),
        upToBytes: size,
      },
      { noNullPrototype: true },
    ),
    { maxLength: 5 },
  )
  const rules = fc.array(
    fc.record(
      { mailboxes: patterns, from: patterns, beforeDay: fc.nat(), aboveBytes: fc.nat(), limits },
      { requiredKeys: ['mailboxes', 'from', 'limits'], noNullPrototype: true },
    ),
    { maxLength: 5 },
  )
  fc.assert(
    fc.property(rules, (some) => {
      const policy = { ...defaultPolicy, rules: some }
      assert.deepEqual(decodePolicy(encodePolicy(policy)), policy)
    }),
  )
})

test('a policy with more rules than a person would write is refused', () => {
  for (const rules of [
    Array(101).fill(rule(none)),
    [rule(Array(51).fill(upTo('text', 0)))],
    [rule(none, { from: Array(101).fill('*') })],
    [rule(none, { from: ['a'.repeat(1001)] })],
    [rule([upTo('a'.repeat(101), 0)])],
  ])
    assert.throws(() => decodePolicy(encodePolicy({ ...defaultPolicy, rules })), { code: 'PROTOCOL' })
})

const mail = (serial: number, from: string): Uint8Array =>
  letter(`${serial}`, {
    from,
    to: 'me@example.org',
    text: `Here it is, number ${serial}.`,
    attachments: [{ seed: serial, bytes: 3000, type: 'application/pdf' }],
  })

async function world() {
  const { endpoint, client, link } = await makePair({ seed: 5 })
  endpoint.mail.person.createMailbox(['Lists'])
  endpoint.mail.person.deliver(['INBOX'], mail(1, 'ann@example.org'), [])
  endpoint.mail.person.deliver(['INBOX'], mail(2, 'bob@example.org'), [])
  endpoint.mail.person.deliver(['Lists'], mail(3, 'ann@example.org'), [])
  const run = (rules: readonly Rule[]) => {
    const policy: Policy = { ...defaultPolicy, smallBytes: 100, attachmentBytes: 0, rules }
    return sync(client.account, { link, policy })
  }
  const whole = () =>
    [...client.mail.snapshot()].flatMap(([mailbox, messages]) =>
      messages
        .map(({ bytes }) => new TextDecoder('latin1').decode(bytes))
        .filter((text) => !text.includes('X-Packetboat-Partial'))
        .map((text) => `${mailbox} ${/^Subject: (\d)/m.exec(text)?.[1]}`),
    )
  return { endpoint, client, link, run, whole }
}

test('both sides go by the same rules, and a change of them brings what is new in them', async () => {
  const { client, link, run, whole } = await world()
  const annInInbox = rule([upTo('attachments', always)], { from: ['ann@*'], mailboxes: ['INBOX'] })
  const first = await run([annInInbox])
  assert.equal(first.exchanges, 1)
  assert.deepEqual(whole(), ['INBOX 1'])
  const before = link.stats.down
  assert.equal((await run([annInInbox])).exchanges, 1)
  assert.ok(link.stats.down - before < 100, 'nothing is expected that the endpoint would not send')
  await run([annInInbox, rule([upTo('application/pdf', always)], { mailboxes: ['Lists'] })])
  assert.deepEqual(whole(), ['INBOX 1', 'Lists 3'])
  const expected = []
  for await (const { key } of tables.expected.list(client.account.replica.db)) expected.push(key)
  assert.deepEqual(expected, [])
})

test('a content in two mailboxes comes when the rules let it through in one of them', async () => {
  const { endpoint, run, whole } = await world()
  endpoint.mail.person.copy(['INBOX'], endpoint.mail.snapshot().get('INBOX')![1]!.locator, ['Lists'])
  await run([rule([upTo('attachments', always)], { mailboxes: ['Lists'] })])
  assert.deepEqual(whole().sort(), ['INBOX 2', 'Lists 2', 'Lists 3'])
})

test('going from link to link and back says each policy once', async () => {
  const { client, run } = await world()
  const links = Array.from({ length: rememberedPolicies }, (_, i) => [rule([upTo('text', 1000 + i)])])
  for (const rules of [...links, ...links, links[0]!]) {
    const { exchanges } = await run(rules)
    assert.equal(exchanges, 1)
  }
  const { policiesThere } = (await tables.replica.get(client.account.replica.db))!
  assert.equal(policiesThere?.length, rememberedPolicies)
  const fifth = [rule([upTo('text', 1)])]
  for (const rules of [fifth, links[0]!, links[1]!, fifth]) assert.equal((await run(rules)).exchanges, 1)
})
