import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PacketboatError } from '../../../src/errors/packetboat-error.js'
import { decodeEnvelope } from '../../../src/mime/headers/envelope-codec.js'
import { getContent } from '../../../src/replica/content/contents.js'
import { listMailboxes } from '../../../src/replica/mailboxes.js'
import { getMessage, liveMessages } from '../../../src/replica/messages.js'
import { listProblems } from '../../../src/replica/problems.js'
import { tables } from '../../../src/replica/tables.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { Slices } from '../../../src/sync/scan/slices.js'
import { letter } from '../../world/letter.js'
import { latin, messagesIn } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { everything, makePair, type Pair } from '../../world/star.js'

const slice = 4

async function worldWith(
  mailboxes: Readonly<Record<string, number>>,
  options: { readonly numbered?: boolean } = {},
): Promise<Pair> {
  const pair = await makePair({ seed: 71, sliceMessages: slice, policy: everything, ...options })
  for (const [name, count] of Object.entries(mailboxes)) {
    if (name !== 'INBOX') pair.endpoint.mail.person.createMailbox([name])
    for (let i = 0; i < count; i++) pair.endpoint.mail.person.deliver([name], letter(`${name} ${i}`))
  }
  return pair
}

const subjects = (side: Side, mailbox: string): string[] =>
  (side.mail.snapshot().get(mailbox) ?? []).map(
    ({ bytes }) => /^Subject: (.*?)\r?$/m.exec(new TextDecoder('latin1').decode(bytes))?.[1] ?? '',
  )

/** What a replica knows of a mailbox, by its own numbers. */
async function known(side: Side, name: string): Promise<{ subject: string; uid: number }[]> {
  const { db } = side.account.replica
  const found: { subject: string; uid: number }[] = []
  for await (const { content, uid } of liveMessages(db, await guidOf(side, name))) {
    const { envelope } = (await getContent(db, content)) ?? {}
    found.push({ subject: envelope ? (decodeEnvelope(envelope).subject ?? '') : '', uid })
  }
  return found
}

async function guidOf({ account }: Side, name: string): Promise<string> {
  const mailboxes = await listMailboxes(account.replica.db)
  return mailboxes.find(({ path }) => path.join('/') === name)?.guid ?? ''
}

const numbersFrom = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${name} ${i}`)

test('the newest of INBOX are shown before the rest of the account has been read, in one exchange', async () => {
  const { endpoint, client, run } = await worldWith({ INBOX: 30, Archive: 25, Work: 3 })
  let atFirst: string[] | undefined
  const report = await run({
    showEveryMs: 0,
    onProgress: () => {
      const shown = subjects(client, 'INBOX')
      if (shown.length >= slice) atFirst ??= shown
    },
  })
  assert.deepEqual(atFirst?.sort(), ['INBOX 26', 'INBOX 27', 'INBOX 28', 'INBOX 29'])
  assert.deepEqual([report.exchanges, report.listed, report.upstreamSettled], [1, 58, true])
  for (const name of ['INBOX', 'Archive', 'Work'])
    assert.deepEqual(subjects(client, name).sort(), subjects(endpoint, name).sort())
  assert.equal(await tables.unread.any(endpoint.account.replica.db), false)
  const again = await run()
  assert.deepEqual([again.exchanges, again.listed, again.changed], [1, 0, 0])
})

for (const numbered of [false, true])
  test(`numbers and UIDs are in the order of the mail${numbered ? ' that a mail server has numbered' : ''}`, async () => {
    const { endpoint, client, run } = await worldWith({ INBOX: 40 }, { numbered })
    await run()
    const there = await known(endpoint, 'INBOX')
    assert.deepEqual(
      there.map(({ subject }) => subject),
      numbersFrom('INBOX', 40),
    )
    assert.deepEqual(
      there.map(({ uid }) => uid),
      Array.from({ length: 40 }, (_, i) => i + 1),
    )
    if (!numbered) return
    const shown = client.mail.snapshot().get('INBOX') ?? []
    assert.deepEqual(
      new Set(shown.map(({ uid }) => uid)),
      new Set(there.map(({ uid }) => uid)),
      'a device with a mail server of its own waits for what is older',
    )
  })

test('mailboxes are listed once while an account is read in slices, and once more at the end', async () => {
  const names = numbersFrom('box', 60)
  const { endpoint, client, run } = await worldWith(Object.fromEntries(names.map((name) => [name, 5])))
  const { mailStore } = endpoint.account
  const { mailboxes } = mailStore
  let listings = 0
  mailStore.mailboxes = (...args) => {
    listings++
    return mailboxes.apply(mailStore, args)
  }
  await run()
  for (const name of names) assert.equal(subjects(client, name).length, 5)
  assert.equal(listings, 2)
})

test('mailboxes are listed anew while an account is read for long: what is made meanwhile is read too', async () => {
  const { endpoint } = await worldWith({ INBOX: 3, Later: 40, Zoo: 40 })
  const { account, mail } = endpoint
  const slices = new Slices()
  await scanMailStore(account, { most: slice, slices })
  mail.person.deliver(['INBOX'], letter('INBOX 3'))
  mail.person.createMailbox(['Made'])
  mail.person.deliver(['Made'], letter('Made 0'))
  await scanMailStore(account, { most: slice, slices })
  assert.deepEqual([(await known(endpoint, 'INBOX')).length, await guidOf(endpoint, 'Made')], [3, ''])
  endpoint.nowMs += 20_000
  await scanMailStore(account, { most: slice, slices })
  assert.equal((await known(endpoint, 'INBOX')).length, 4)
  assert.notEqual(await guidOf(endpoint, 'Made'), '')
  while (!(await scanMailStore(account, { most: slice, slices })).isWhole);
  assert.equal((await known(endpoint, 'Made')).length, 1)
})

test('what comes while older mail is unread goes on from the highest number', async () => {
  const { endpoint, link, run } = await worldWith({ INBOX: 30 })
  link.cutAfter({ down: 300 })
  await assert.rejects(run())
  const before = await known(endpoint, 'INBOX')
  assert.ok(before.length > 0 && before.length < 30, `${before.length} were read`)
  for (let i = 30; i < 50; i++) endpoint.mail.person.deliver(['INBOX'], letter(`INBOX ${i}`))
  await run()
  assert.deepEqual(
    (await known(endpoint, 'INBOX')).map(({ subject }) => subject),
    numbersFrom('INBOX', 50),
  )
})

test('nothing counts as gone while some is unread, and what was moved is found again where it is', async () => {
  const { endpoint } = await worldWith({ INBOX: 3, Later: 40, Zoo: 40 })
  const { account, mail } = endpoint
  const slices = new Slices()
  await scanMailStore(account, { most: slice, slices })
  const locatorOf = (subject: string): string =>
    (mail.snapshot().get('INBOX') ?? []).find(({ bytes }) =>
      new TextDecoder().decode(bytes).includes(`Subject: ${subject}\n`),
    )?.locator ?? ''
  const moved = await tables.file.get(
    account.replica.db,
    await guidOf(endpoint, 'INBOX'),
    locatorOf('INBOX 1'),
  )
  mail.person.remove(['INBOX'], locatorOf('INBOX 0'))
  mail.person.move(['INBOX'], locatorOf('INBOX 1'), ['Later'])
  const { isWhole, heldBack } = await scanMailStore(account, { most: slice, slices })
  assert.deepEqual([isWhole, heldBack], [false, []])
  assert.equal((await known(endpoint, 'INBOX')).length, 3)
  while (!(await scanMailStore(account, { most: slice, slices })).isWhole);
  assert.deepEqual(
    (await known(endpoint, 'INBOX')).map(({ subject }) => subject),
    ['INBOX 2'],
  )
  assert.equal((await known(endpoint, 'Later')).length, 41)
  const tombstone = await getMessage(account.replica.db, moved?.message ?? '')
  assert.deepEqual([tombstone?.expunged, tombstone?.movedTo !== undefined], [true, true])
})

test('a mailbox that is deleted while some is unread is deleted when all has been read', async () => {
  const { endpoint } = await worldWith({ INBOX: 2, Gone: 2, Later: 40 })
  const { account, mail } = endpoint
  const slices = new Slices()
  await scanMailStore(account, { most: slice, slices })
  for (const { locator } of mail.snapshot().get('Gone') ?? []) mail.person.remove(['Gone'], locator)
  mail.person.deleteMailbox(['Gone'])
  await scanMailStore(account, { most: slice, slices })
  assert.equal((await known(endpoint, 'Gone')).length, 2)
  while (!(await scanMailStore(account, { most: slice, slices })).isWhole);
  assert.equal((await known(endpoint, 'Gone')).length, 0)
})

test('mail that a device had before is matched with what is still unread there', async () => {
  const { endpoint, client, run } = await worldWith({ INBOX: 30, Archive: 30 })
  for (let i = 0; i < 30; i++) client.mail.person.deliver(['INBOX'], letter(`INBOX ${i}`))
  await run()
  await run()
  assert.equal(subjects(endpoint, 'INBOX').length, 30)
  assert.equal(subjects(client, 'INBOX').length, 30)
})

test('a mail store that goes away while it is read ends the answer: the device is not told that this was all', async () => {
  const { endpoint, client, run } = await worldWith({ INBOX: 20, Archive: 40 })
  const { mailStore } = endpoint.account
  const { messages, mailboxes } = mailStore
  let state: 'well' | 'failing' | 'away' = 'failing'
  const isAway = (): never => {
    state = 'away'
    throw new PacketboatError('MAILSTORE_AWAY', 'The server is away.', 'Wait.')
  }
  Object.assign(mailStore, {
    mailboxes: (...args: Parameters<typeof mailboxes>) =>
      state === 'away' ? isAway() : mailboxes.apply(mailStore, args),
    messages: (...args: Parameters<typeof messages>) =>
      state === 'failing' && args[0].join('/') === 'Archive' ? isAway() : messages.apply(mailStore, args),
  })
  await assert.rejects(run(), /away/)
  assert.equal(subjects(client, 'INBOX').length, slice)
  const { trouble } = await run()
  assert.match(trouble ?? '', /away/)
  state = 'well'
  await run()
  assert.equal(subjects(client, 'Archive').length, 40)
})

test('a line that breaks anywhere while the mail store is read loses nothing and doubles nothing', async () => {
  for (let cut = 100; cut < 6000; cut += 311) {
    const { endpoint, client, link, run } = await worldWith({ INBOX: 25, Archive: 9 })
    link.cutAfter({ down: cut })
    await run().catch(() => undefined)
    link.cutAfter({})
    await run()
    for (const name of ['INBOX', 'Archive'])
      assert.deepEqual(subjects(client, name).sort(), subjects(endpoint, name).sort(), `cut at ${cut}`)
  }
})

for (const numbered of [false, true])
  test(`a mailbox${numbered ? ' with UIDs' : ''} that fills up later is read in slices, too`, async () => {
    const { endpoint, client, run } = await worldWith({ INBOX: 3 }, { numbered })
    await run()
    for (let i = 3; i < 60; i++) endpoint.mail.person.deliver(['INBOX'], letter(`INBOX ${i}`))
    let first: string[] | undefined
    const report = await run({
      showEveryMs: 0,
      onProgress: () => {
        const shown = subjects(client, 'INBOX')
        if (shown.length > 3) first ??= shown.slice(3)
      },
    })
    await run()
    assert.equal(report.exchanges, 1)
    const there = await known(endpoint, 'INBOX')
    assert.deepEqual(
      there.map(({ subject }) => subject),
      numbersFrom('INBOX', 60),
    )
    assert.deepEqual(
      there.map(({ uid }) => uid),
      Array.from({ length: 60 }, (_, i) => i + 1),
    )
    if (numbered) assert.notEqual(first?.[0], 'INBOX 56', 'a mail server gives UIDs in ascending order only')
    else assert.deepEqual(first?.sort(), ['INBOX 56', 'INBOX 57', 'INBOX 58', 'INBOX 59'])
  })

test('more messages than a slice has can’t be read: each is tried once, and all others come in the same run', async () => {
  const { endpoint, client, run } = await worldWith({ INBOX: 80, Archive: 6 })
  for (const { locator } of (endpoint.mail.snapshot().get('INBOX') ?? []).slice(12))
    endpoint.ailments.unreadable.add(`INBOX/${locator}`)
  const stop = new AbortController()
  let reads = 0
  const { mailStore } = endpoint.account
  const { open } = mailStore
  mailStore.open = async (...args) => {
    if (++reads > 400) stop.abort()
    return open.apply(mailStore, args)
  }
  // A device hears at first of those of the first slice.
  assert.ok((await run({ signal: stop.signal })).problems >= slice)
  assert.equal((await listProblems(endpoint.account.replica.db)).length, 68)
  assert.deepEqual(
    messagesIn(client, ['INBOX']).filter(({ bytes }) => latin(bytes).startsWith('X-Packetboat-Unreadable:'))
      .length,
    68,
  )
  assert.deepEqual(subjects(client, 'Archive').sort(), numbersFrom('Archive', 6))
  assert.ok(numbersFrom('INBOX', 12).every((each) => subjects(client, 'INBOX').includes(each)))
  // The next sync tries them again.
  reads = 0
  assert.equal((await run({ signal: stop.signal })).problems, 68)
  assert.ok(reads >= 68 && reads < 160, String(reads))
  endpoint.ailments.cure()
  await run()
  assert.deepEqual(subjects(client, 'INBOX').sort(), numbersFrom('INBOX', 80).sort())
  assert.equal((await run()).problems, 0)
})
