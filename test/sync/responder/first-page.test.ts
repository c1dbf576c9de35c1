import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readReplicaRecord } from '../../../src/replica/replica.js'
import { tables } from '../../../src/replica/tables.js'
import type { Window } from '../../../src/sync/policy/window.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { base64Lines, letter } from '../../world/letter.js'
import { messagesIn, subjectOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { everything, makePair, type Pair, type StarOptions } from '../../world/star.js'

const dayMs = 86_400_000

/** Of an account of more than 20 messages: the newest four of a mailbox, until five come. */
const smallPage = { from: 20, ofEach: 4, messages: 5, mailboxes: 9 }

const windowOf = (keep: Window['keep']): Window[] => [{ mailboxes: [], keep }]

const idOf = (subject: string): string => subject.replace(' ', '-')

/** An endpoint that has read its mail: one message a day in each mailbox, of which the last number is the newest. */
async function worldWith(
  mailboxes: Readonly<Record<string, number>>,
  options: Partial<StarOptions> = {},
): Promise<
  Pair & { readonly deliver: (name: string, subject: string, daysOld: number, answers?: string) => string }
> {
  const pair = await makePair({ seed: 83, policy: everything, page: smallPage, ...options })
  const { person } = pair.endpoint.mail
  const deliver = (name: string, subject: string, daysOld: number, answers?: string): string => {
    const bytes = letter(subject, {
      id: idOf(subject),
      ...(answers !== undefined && { answers: idOf(answers) }),
    })
    return person.deliver([name], bytes, ['\\Seen'], pair.endpoint.nowMs - daysOld * dayMs)
  }
  for (const [name, count] of Object.entries(mailboxes)) {
    if (name !== 'INBOX') person.createMailbox([name])
    for (let i = 0; i < count; i++) deliver(name, `${name} ${i}`, count - i - 0.5)
  }
  await scanMailStore(pair.endpoint.account)
  return { ...pair, deliver }
}

const subjects = (side: Side, name: string): string[] =>
  messagesIn(side, [name])
    .map(({ bytes }) => subjectOf(bytes))
    .sort()

const uidsOf = (side: Side, name: string): Record<string, number | undefined> =>
  Object.fromEntries(messagesIn(side, [name]).map(({ bytes, uid }) => [subjectOf(bytes), uid]))

const namesOf = (name: string, from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `${name} ${from + i}`).sort()

/** What is shown when the endpoint begins to look at what it hasn't told of. */
async function runUntilPage({ client, endpoint, run }: Pair, policy = everything) {
  const { db } = endpoint.account.replica
  const page = new Map<string, string[]>()
  let isApart = false
  const report = await run({
    policy,
    showEveryMs: 0,
    onProgress: ({ working }) => {
      isApart ||= working !== undefined
      if (page.size === 0 && subjects(client, 'INBOX').length > 0)
        for (const name of client.mail.snapshot().keys()) page.set(name, subjects(client, name))
    },
  })
  assert.equal(await tables.unread.any(db), false)
  return { page, isApart, report }
}

test('the newest of a large account are shown before all of it has been looked at, in one exchange', async () => {
  const world = await worldWith({ INBOX: 30, Archive: 25, Work: 3 })
  const { page, isApart, report } = await runUntilPage(world)
  assert.deepEqual(page.get('INBOX'), namesOf('INBOX', 26, 30))
  assert.deepEqual(page.get('Archive'), namesOf('Archive', 21, 25))
  assert.deepEqual(page.get('Work') ?? [], [])
  assert.deepEqual([isApart, report.exchanges, report.listed, report.upstreamSettled], [true, 1, 58, true])
  for (const name of ['INBOX', 'Archive', 'Work'])
    assert.deepEqual(subjects(world.client, name), subjects(world.endpoint, name))
  const quiet = await world.run({ policy: everything })
  assert.deepEqual([quiet.exchanges, quiet.listed, quiet.changed], [1, 0, 0])
})

test('what the page lists can be read before the rest is looked at, and its texts come once', async () => {
  const world = await worldWith({ INBOX: 30, Archive: 25 })
  let ofPage: number | undefined
  let all = 0
  await world.run({
    policy: everything,
    onProgress: ({ working, texts }) => {
      if (working !== undefined) ofPage ??= texts
      all = texts
    },
  })
  assert.deepEqual([ofPage, all], [8, 55])
})

test('an account that is looked at in a moment is told at once', async () => {
  const world = await worldWith({ INBOX: 20 })
  const { isApart, report } = await runUntilPage(world)
  assert.deepEqual([isApart, report.listed], [false, 20])
})

test('mail of which a window leaves most outside comes from several mailboxes, and no more than it holds', async () => {
  const world = await worldWith({ INBOX: 30, Archive: 30, Work: 30 })
  const policy = { ...everything, windows: windowOf({ days: 2 }) }
  const { page, report } = await runUntilPage(world, policy)
  assert.deepEqual(
    [...page].filter(([, shown]) => shown.length > 0),
    ['INBOX', 'Archive', 'Work'].map((name) => [name, namesOf(name, 28, 30)]),
  )
  assert.equal(report.listed, 6)
  let ashore = 0
  for await (const { value } of tables.shore.list(world.client.account.replica.db)) ashore += value.messages
  assert.equal(ashore, 84)
  const wider = await world.run({ policy: { ...everything, windows: windowOf({ days: 10 }) } })
  assert.equal(wider.listed, 24)
})

test('what an answer of the page belongs to comes, wherever it is: older in its mailbox, or in one that is looked at later', async () => {
  const world = await worldWith({ INBOX: 20, Archive: 20, Work: 9 })
  world.deliver('Work', 'question', 300)
  world.deliver('INBOX', 'answer', 0, 'question')
  world.deliver('INBOX', 'again', 0, 'INBOX 3')
  world.deliver('Work', 'reply', 0, 'Archive 1')
  await scanMailStore(world.endpoint.account)
  await runUntilPage(world, { ...everything, windows: windowOf({ days: 1 }) })
  assert.deepEqual(subjects(world.client, 'INBOX'), ['INBOX 19', 'INBOX 3', 'again', 'answer'])
  assert.deepEqual(subjects(world.client, 'Work'), ['Work 8', 'question', 'reply'])
  assert.deepEqual(subjects(world.client, 'Archive'), ['Archive 1', 'Archive 19'])
})

test('one that is deleted or moved while the rest is looked at goes, and copies of what the page brought are no second message', async () => {
  const world = await worldWith({ INBOX: 30, Archive: 5, Work: 1 })
  const { mail, account } = world.endpoint
  const large = letter('large', { text: base64Lines(5, 20_000) })
  for (const name of ['INBOX', 'Work']) mail.person.deliver([name], large, ['\\Seen'])
  await scanMailStore(account)
  let isDone = false
  let texts = 0
  await world.run({
    showEveryMs: 0,
    onProgress: async ({ working, texts: come }) => {
      texts = come
      if (working === undefined || isDone) return
      isDone = true
      for (const { bytes, locator } of mail.snapshot().get('INBOX') ?? [])
        if (subjectOf(bytes) === 'INBOX 28') mail.person.remove(['INBOX'], locator)
    },
  })
  assert.equal(texts, 37)
  assert.ok(world.link.stats.down < 30_000, `${world.link.stats.down} came`)
  await world.run()
  await world.run()
  assert.deepEqual(subjects(world.client, 'INBOX'), subjects(world.endpoint, 'INBOX'))
  assert.deepEqual(subjects(world.client, 'Work'), ['Work 0', 'large'])
  assert.equal(subjects(world.client, 'INBOX').includes('INBOX 28'), false)
})

test('the first page waits for the names of no other mailboxes', async () => {
  const others = Array.from({ length: 60 }, (_, i) => `Other ${i}`)
  const world = await worldWith({ INBOX: 30, ...Object.fromEntries(others.map((name) => [name, 1])) })
  const { page } = await runUntilPage(world)
  assert.deepEqual([...page.keys()], ['INBOX', 'Other 0'])
  assert.deepEqual([...world.client.mail.snapshot().keys()].sort(), ['INBOX', ...others].sort())
})

test('mailboxes of the page that get another name or go while the rest is looked at do so on the device', async () => {
  const world = await worldWith({ INBOX: 3, Aims: 1, Bills: 3, Zeal: 20 })
  const { mail, account } = world.endpoint
  let isDone = false
  const cursor = async () => (await readReplicaRecord(world.client.account.replica.db)).cursor
  await world.run({
    showEveryMs: 0,
    onProgress: async ({ working }) => {
      if (working === undefined || isDone) return
      isDone = true
      assert.equal((await cursor()).structure, 0)
      mail.person.renameMailbox(['Aims'], ['Goals'])
      for (const { locator } of mail.snapshot().get('Bills') ?? []) mail.person.remove(['Bills'], locator)
      mail.person.deleteMailbox(['Bills'])
      await scanMailStore(account)
    },
  })
  assert.ok(isDone)
  await world.run()
  assert.deepEqual([...world.client.mail.snapshot().keys()].sort(), ['Goals', 'INBOX', 'Zeal'])
  assert.ok((await cursor()).structure > 0)
  for (const name of ['Goals', 'INBOX', 'Zeal'])
    assert.deepEqual(subjects(world.client, name), subjects(world.endpoint, name))
})

for (const numbered of [false, true])
  test(`a line that breaks anywhere loses nothing and doubles nothing${numbered ? ', between mail servers with UIDs, too' : ''}`, async () => {
    for (let cut = 100; cut < 6000; cut += numbered ? 613 : 307) {
      const world = await worldWith({ INBOX: 25, Archive: 9 }, { numbered })
      world.link.cutAfter({ down: cut })
      await world.run({ showEveryMs: 0 }).catch(() => undefined)
      world.link.cutAfter({})
      const report = await world.run()
      assert.equal(report.upstreamSettled, true)
      for (const name of ['INBOX', 'Archive']) {
        assert.deepEqual(subjects(world.client, name), subjects(world.endpoint, name), `cut at ${cut}`)
      }
      if (numbered) assert.deepEqual(uidsOf(world.client, 'INBOX'), uidsOf(world.endpoint, 'INBOX'))
    }
  })

test('a device that brings mail of its own hears all at once', async () => {
  const world = await worldWith({ INBOX: 30 })
  for (let i = 0; i < 30; i += 3)
    world.client.mail.person.deliver(['INBOX'], letter(`INBOX ${i}`, { id: idOf(`INBOX ${i}`) }))
  const { isApart } = await runUntilPage(world)
  assert.equal(isApart, false)
  await world.run()
  assert.equal(subjects(world.endpoint, 'INBOX').length, 30)
  assert.equal(subjects(world.client, 'INBOX').length, 30)
})
