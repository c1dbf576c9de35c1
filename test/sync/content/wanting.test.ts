import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeEnvelope } from '../../../src/mime/headers/envelope-codec.js'
import { decodeOutline } from '../../../src/mime/outline.js'
import { getContent } from '../../../src/replica/content/contents.js'
import type { ContentRecord } from '../../../src/replica/records.js'
import { tables } from '../../../src/replica/tables.js'
import {
  type Declined,
  declineParts,
  isDeclined,
  sayWishes,
  wantParts,
  wishesWaiting,
} from '../../../src/replica/wishes.js'
import { fetchKeyword } from '../../../src/sync/adopt/fetch-keyword.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncOptions } from '../../../src/sync/initiator/sync-options.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

const tight: Policy = { ...defaultPolicy, smallBytes: 100, attachmentBytes: 500 }
const wide: Policy = { ...tight, attachmentBytes: 1e6 }

const mailWith = (subject: string, sizes: readonly number[], text = `See ${subject}.`): Uint8Array =>
  letter(subject, {
    to: 'bob@example.org',
    text,
    attachments: sizes.map((bytes, at) => ({
      seed: 1000 * bytes + at + subject.length,
      bytes,
      name: `${subject}-${at}.png`,
    })),
  })

async function makeWorld() {
  const { endpoint, client, link } = await makePair({ seed: 3 })
  const run = (policy: Policy = tight, options: Partial<SyncOptions> = {}) =>
    sync(client.account, { link, policy, ...options })
  /** Bytes that came down in a run. */
  const cost = async (policy: Policy = tight, options: Partial<SyncOptions> = {}) => {
    const before = link.stats.down
    await run(policy, options)
    return link.stats.down - before
  }
  return { endpoint, client, link, run, cost }
}

const messages = (side: Side, mailbox = 'INBOX') => side.mail.snapshot().get(mailbox) ?? []
const latin = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)
const locatorOf = (side: Side, subject: string): string =>
  messages(side).find(({ bytes }) => latin(bytes).includes(`Subject: ${subject}\n`))?.locator ?? ''
const isWhole = (side: Side, subject: string): boolean =>
  messages(side).some(({ bytes }) => {
    const text = latin(bytes)
    return text.includes(`Subject: ${subject}\n`) && !text.includes('X-Packetboat-Partial')
  })

async function contentOf({ account }: Side, subject: string): Promise<ContentRecord> {
  const { db } = account.replica
  for await (const { key } of tables.content.list(db)) {
    const content = await getContent(db, key[0])
    if (content?.envelope && decodeEnvelope(content.envelope).subject === subject) return content
  }
  throw new Error(`nothing is known of ${subject}`)
}

async function say(
  side: Side,
  subject: string,
  parts: readonly number[],
  how: Declined | 'now',
): Promise<void> {
  const content = await contentOf(side, subject)
  await side.account.replica.db.transact(async (tx) => {
    if (how === 'now') wantParts(tx, content, parts)
    else declineParts(tx, content, parts, how)
  })
}

for (const how of ['later', 'never'] as const) {
  test(`a part that is declined (${how}) is not taken by a changed policy, all else is`, async () => {
    const { endpoint, client, run } = await makeWorld()
    endpoint.mail.person.deliver(['INBOX'], mailWith('chart', [3000, 2000]))
    endpoint.mail.person.deliver(['INBOX'], mailWith('other', [3000]))
    await run()
    await say(client, 'chart', [1], how)
    await run(wide)
    assert.equal(isWhole(client, 'other'), true)
    const { held } = await contentOf(client, 'chart')
    assert.deepEqual(held, [0, 2, 3])
    // Nothing is owed: the next run has nothing to ask.
    const again = await run(wide)
    assert.equal(`${again.exchanges} ${again.written}`, '1 0')
    await say(client, 'chart', [1], 'now')
    await run(wide)
    assert.equal(isWhole(client, 'chart'), true)
    assert.equal((await contentOf(client, 'chart')).declined, undefined)
  })

  test(`a part that is declined (${how}) while nothing but its message's list entry is here stays away`, async () => {
    const { endpoint, client, link, run } = await makeWorld()
    const text = Buffer.from(seededRandom(9).bytes(6000)).toString('base64')
    endpoint.mail.person.deliver(['INBOX'], mailWith('chart', [30_000, 2000], text))
    // The line is cut in the text, before the structure has come.
    link.cutAfter({ down: 4000 })
    await assert.rejects(run(wide))
    const { outline, skeleton } = await contentOf(client, 'chart')
    assert.equal(`${outline !== undefined} ${skeleton}`, 'true undefined')
    await say(client, 'chart', [1], how)
    await run(wide)
    assert.deepEqual((await contentOf(client, 'chart')).held, [0, 2, 3])
    assert.ok(link.stats.down < 15_000, `${link.stats.down} bytes`)
  })
}

test('a message that becomes whole by itself has nothing declined any more', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], mailWith('chart', [3000]))
  await run()
  await say(client, 'chart', [1], 'never')
  // Somebody puts the whole message there himself.
  client.mail.person.deliver(['INBOX'], mailWith('chart', [3000]))
  await run()
  const content = await contentOf(client, 'chart')
  assert.equal(`${content.whole} ${content.declined}`, 'true undefined')
})

test('a declined part that arrives all the same is not declined any more', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], mailWith('chart', [3000, 2000]))
  await run()
  await say(client, 'chart', [1, 2], 'later')
  const { id } = await contentOf(client, 'chart')
  // As a relay does for a device that wants it.
  await client.account.replica.db.transact(async (tx) => tables.wanted.put(tx, id, 1, true))
  await run()
  const { held, declined } = await contentOf(client, 'chart')
  assert.deepEqual({ held, declined }, { held: [0, 1, 3], declined: { 2: 'later' } })
})

test('what was said last of a part counts', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], mailWith('chart', [3000]))
  await run()
  const wanted = async () =>
    (await tables.wanted.get(client.account.replica.db, (await contentOf(client, 'chart')).id, 1)) !==
    undefined
  await say(client, 'chart', [1], 'now')
  assert.equal(await wanted(), true)
  await say(client, 'chart', [1], 'later')
  assert.equal(await wanted(), false)
  await say(client, 'chart', [1], 'never')
  assert.equal(isDeclined(await contentOf(client, 'chart'), 1), true)
  await say(client, 'chart', [1], 'now')
  assert.equal(`${await wanted()} ${isDeclined(await contentOf(client, 'chart'), 1)}`, 'true false')
})

test('parts that are wanted can wait for another run', async () => {
  const { endpoint, client, run, cost } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], mailWith('chart', [30_000]))
  await run()
  await say(client, 'chart', [1], 'now')
  assert.ok((await cost(tight, { withoutWanted: true })) < 1000)
  assert.ok((await cost()) > 30_000)
  assert.equal(isWhole(client, 'chart'), true)
})

test('wanted parts come flagged first, then unread, newest first, small before big', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  const add = (subject: string, size: number, flags: string[]) =>
    endpoint.mail.person.deliver(['INBOX'], mailWith(subject, [size]), flags)
  add('huge new', 400_000, [])
  add('read old', 5000, ['\\Seen'])
  add('flagged', 6000, ['\\Flagged', '\\Seen'])
  add('flagged big', 100_000, ['\\Flagged', '\\Seen'])
  add('unread', 7000, [])
  add('read new', 8000, ['\\Seen'])
  await run()
  const subjects = ['huge new', 'read old', 'flagged', 'flagged big', 'unread', 'read new']
  for (const subject of subjects) await say(client, subject, [1], 'now')
  const order: string[] = []
  for (let at = 1000; order.length < subjects.length; at = 3000) {
    link.cutAfter({ down: at })
    await run().catch(() => undefined)
    for (const subject of subjects)
      if (!order.includes(subject) && (await contentOf(client, subject)).whole) order.push(subject)
  }
  // Of more than 64 kB there is more than new mail should wait for: those go behind it.
  assert.deepEqual(order, ['flagged', 'unread', 'read new', 'read old', 'flagged big', 'huge new'])
})

test('texts and attachments of a first sync come in the same order, and any cut goes on', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  const add = (subject: string, size: number, flags: string[]) =>
    endpoint.mail.person.deliver(['INBOX'], mailWith(subject, [size]), flags)
  add('unread old', 20_000, [])
  add('flagged', 20_000, ['\\Flagged', '\\Seen'])
  add('read new', 20_000, ['\\Seen'])
  add('big new', 300_000, [])
  const order: string[] = []
  while (order.length < 4) {
    link.cutAfter({ down: 5000 })
    await run(wide).catch(() => undefined)
    for (const subject of ['unread old', 'flagged', 'read new', 'big new']) {
      const content = await contentOf(client, subject).catch(() => undefined)
      if (content?.whole && !order.includes(subject)) order.push(subject)
    }
  }
  assert.deepEqual(order, ['flagged', 'unread old', 'read new', 'big new'])
  assert.ok(link.stats.down < 500_000, `${link.stats.down} bytes`)
})

test('the keyword asks for all of a message, goes off again, and says nothing to the other side', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], mailWith('chart', [3000, 2000]), ['\\Seen'])
  endpoint.mail.person.deliver(['INBOX'], mailWith('other', [3000]))
  await run()
  await say(client, 'chart', [2], 'never')
  client.mail.person.setFlags(['INBOX'], locatorOf(client, 'chart'), ['\\Seen', fetchKeyword, 'work'])
  const report = await run()
  assert.equal(report.exchanges, 1)
  assert.equal(isWhole(client, 'chart'), true)
  assert.equal(isWhole(client, 'other'), false)
  for (const side of [client, endpoint]) {
    const flags = messages(side).map((message) => message.flags.join(' '))
    assert.deepEqual(flags.sort(), ['', '\\Seen work'])
  }
  await run()
  assert.deepEqual(
    messages(client)
      .map(({ flags }) => flags.join(' '))
      .sort(),
    ['', '\\Seen work'],
  )
})

test('the keyword is found on a stand-in that was moved, and in either case of letters', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.createMailbox(['Archive'])
  endpoint.mail.person.deliver(['INBOX'], mailWith('chart', [3000]))
  await run()
  const locator = locatorOf(client, 'chart')
  client.mail.person.setFlags(['INBOX'], locator, [fetchKeyword.toLowerCase()])
  client.mail.person.move(['INBOX'], locator, ['Archive'])
  await run()
  await run()
  for (const side of [client, endpoint]) {
    const [message] = messages(side, 'Archive')
    assert.deepEqual(message?.flags, [])
    assert.doesNotMatch(latin(message?.bytes ?? new Uint8Array()), /X-Packetboat-Partial/)
  }
})

test('the keyword on a message that is whole just goes off', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], mailWith('small', [10]))
  await run()
  assert.equal(isWhole(client, 'small'), true)
  client.mail.person.setFlags(['INBOX'], locatorOf(client, 'small'), [fetchKeyword])
  await run()
  for (const side of [client, endpoint]) assert.deepEqual(messages(side)[0]?.flags, [])
})

test('the keyword set at the mail server is an order to the device, and goes off there too', async () => {
  const { endpoint, client, run } = await makeWorld()
  const there = endpoint.mail.person.deliver(['INBOX'], mailWith('chart', [3000]))
  await run()
  endpoint.mail.person.setFlags(['INBOX'], there, ['\\Seen', fetchKeyword])
  await run()
  await run()
  assert.equal(isWhole(client, 'chart'), true)
  await run()
  for (const side of [client, endpoint]) assert.deepEqual(messages(side)[0]?.flags, ['\\Seen'])
})

test('a crash at any step between the keyword and the file that has lost it leaves no keyword and loses no wish', async () => {
  for (let step = 1; ; step++) {
    const { endpoint, client, run } = await makeWorld()
    endpoint.mail.person.deliver(['INBOX'], mailWith('chart', [3000]))
    await run()
    client.mail.person.setFlags(['INBOX'], locatorOf(client, 'chart'), [fetchKeyword])
    client.crashAt(step)
    const died = await run().then(
      () => false,
      () => true,
    )
    client.crashAt(undefined)
    if (died) await client.restart()
    await run()
    await run()
    assert.equal(isWhole(client, 'chart'), true, `step ${step}`)
    assert.deepEqual(messages(client)[0]?.flags, [], `step ${step}`)
    assert.deepEqual(messages(endpoint)[0]?.flags, [], `step ${step}`)
    if (!died) break
  }
})

test('the outline names what is wanted, whatever a record said before', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], mailWith('chart', [3000]))
  await run()
  const content = await contentOf(client, 'chart')
  assert.equal(decodeOutline(content.outline ?? new Uint8Array()).parts.length, 2)
  await say(client, 'chart', [0], 'now')
  assert.equal(await tables.wanted.get(client.account.replica.db, content.id, 0), undefined)
})

test('what is asked for while a sync runs comes before it ends', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], mailWith('old', [3000]))
  await run()
  const { id } = await contentOf(client, 'old')
  const { db } = client.account.replica
  endpoint.mail.person.deliver(['INBOX'], mailWith('news', [400]))
  const report = await run(tight, {
    onProgress: () => void sayWishes(db, [{ content: id, parts: [1], word: 'now' }]),
  })
  assert.equal(report.exchanges, 2)
  assert.equal(isWhole(client, 'old'), true)
  assert.equal((await wishesWaiting(db)).size, 0)
})

test('what is refused while a sync runs takes no exchange of its own', async () => {
  const { endpoint, client, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], mailWith('old', [3000]))
  await run()
  const { id } = await contentOf(client, 'old')
  endpoint.mail.person.deliver(['INBOX'], mailWith('news', [400]))
  const report = await run(tight, {
    onProgress: () => void sayWishes(client.account.replica.db, [{ content: id, parts: [1], word: 'never' }]),
  })
  assert.equal(report.exchanges, 1)
  assert.deepEqual((await contentOf(client, 'old')).declined, { 1: 'never' })
})

test('somebody who asks for more and more does not look like an endpoint that comes to no end', async () => {
  const { endpoint, client, run } = await makeWorld()
  const subjects = Array.from({ length: 12 }, (_, at) => `old${at}`)
  for (const subject of subjects) endpoint.mail.person.deliver(['INBOX'], mailWith(subject, [3000]))
  await run()
  const wishes = await Promise.all(
    subjects.map(async (subject) => ({
      content: (await contentOf(client, subject)).id,
      parts: [1],
      word: 'now' as const,
    })),
  )
  const { db } = client.account.replica
  await sayWishes(db, wishes.splice(0, 1))
  await run(tight, { onProgress: () => void sayWishes(db, wishes.splice(0, 1)) })
  await run()
  for (const subject of subjects) assert.equal(isWhole(client, subject), true, subject)
})

test('a wish that waits when the line is cut is heeded by the next run, the last word of several', async () => {
  const { endpoint, client, link, run } = await makeWorld()
  for (const subject of ['one', 'two']) endpoint.mail.person.deliver(['INBOX'], mailWith(subject, [3000]))
  await run()
  const { db } = client.account.replica
  const [one, two] = [(await contentOf(client, 'one')).id, (await contentOf(client, 'two')).id]
  await sayWishes(db, [{ content: one, parts: [1], word: 'now' }])
  // Two that speak at once, and something that is no longer known.
  await Promise.all([
    sayWishes(db, [{ content: two, parts: [1], word: 'now' }]),
    sayWishes(db, [
      { content: '0'.repeat(32), parts: [1], word: 'now' },
      { content: one, parts: [1], word: 'later' },
    ]),
  ])
  link.cutAfter({ down: 5 })
  await assert.rejects(run())
  await run()
  assert.deepEqual([isWhole(client, 'one'), isWhole(client, 'two')], [false, true])
})
