import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memorySource } from '../../../src/bytes/source.js'
import { PacketboatError } from '../../../src/errors/packetboat-error.js'
import { decodeEnvelope } from '../../../src/mime/headers/envelope-codec.js'
import { splitMessage } from '../../../src/mime/split.js'
import { getContent } from '../../../src/replica/content/contents.js'
import { pathText } from '../../../src/replica/model.js'
import { tables } from '../../../src/replica/tables.js'
import { wantParts } from '../../../src/replica/wishes.js'
import type { MailStore } from '../../../src/sync/mail-store.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { letter } from '../../world/letter.js'
import { latin } from '../../world/shown.js'
import { type Side, sha256 } from '../../world/side.js'
import { makeStar } from '../../world/star.js'

/** Big mail in a mail store where reading costs, and which can tell how a message is made: it is read when somebody wants it. */

const everything: Policy = { ...defaultPolicy, attachmentBytes: 1e9 }

/** A mail with pictures of 300 kB and more. */
const mailWith = (subject: string, pictures: number, seed = 1): string =>
  latin(
    letter(subject, {
      id: subject,
      text: `See ${subject}.`,
      attachments: Array.from({ length: pictures }, (_, n) => ({
        seed: seed * 10 + n,
        bytes: 300_001 + n,
        name: `${n}.png`,
      })),
    }),
  )

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

interface Costly {
  /** Bytes that were read from it. */
  bytesRead: number
  /** Nothing can be read. */
  away: boolean
  /** Nothing can be read in this mailbox. */
  awayFor?: string | undefined
  /** What it says of the sizes of a message's parts. */
  tell: (sizes: readonly number[]) => readonly number[] | undefined
}

/** The endpoint's mail store becomes one where reading costs. */
function makeCostly(endpoint: Side): Costly {
  const costly: Costly = { bytesRead: 0, away: false, tell: (sizes) => sizes }
  const { mail } = endpoint
  const mailStore: MailStore = {
    ...mail,
    open: async (path, locator) => {
      if (costly.away || costly.awayFor === pathText(path))
        throw new PacketboatError('MAILSTORE_AWAY', 'The server is away.', 'Sync again.')
      const open = await mail.open(path, locator)
      const bytes = await open.read(0, open.size)
      return {
        ...open,
        read: async (offset, length) => {
          const read = await open.read(offset, length)
          costly.bytesRead += read.length
          return read
        },
        bodySizes: async () => {
          const { parts } = await splitMessage(memorySource(bytes), { createHash: sha256 })
          return costly.tell(parts.map(({ encodedSize }) => encodedSize))
        },
      }
    },
  }
  endpoint.account = { ...endpoint.account, mailStore }
  return costly
}

async function makeWorld() {
  const { endpoint, devices, link, run: runWith } = await makeStar(['one', 'two'], { seed: 4 })
  const { one, two } = devices
  const costly = makeCostly(endpoint)
  const run = (side: Side, policy = defaultPolicy) => runWith(side, { policy })
  /** What was read there meanwhile. */
  const readIn = async (work: () => Promise<unknown>): Promise<number> => {
    const before = costly.bytesRead
    await work()
    return costly.bytesRead - before
  }
  return { endpoint, costly, one, two, link, run, readIn }
}

async function want(side: Side, parts: readonly number[], subject = 'ship'): Promise<void> {
  const { db } = side.account.replica
  for await (const { key } of tables.content.list(db)) {
    const content = await getContent(db, key[0])
    await db.transact(async (tx) => {
      if (content?.envelope && decodeEnvelope(content.envelope).subject === subject)
        wantParts(tx, content, parts)
    })
  }
}

function textsOf(side: Side, mailbox = 'INBOX'): string[] {
  return (side.mail.snapshot().get(mailbox) ?? []).map(({ bytes }) => Buffer.from(bytes).toString('latin1'))
}

/** Of each message whether all of it is here, and its flags. */
const shown = (side: Side, mailbox = 'INBOX'): string[] =>
  (side.mail.snapshot().get(mailbox) ?? [])
    .map(({ bytes, flags }) => {
      const text = Buffer.from(bytes).toString('latin1')
      const subject = /^Subject: (.*?)\r?$/m.exec(text)?.[1]
      return [subject, /^X-Packetboat-Partial/m.test(text) ? 'in part' : 'whole', ...flags].join(' ')
    })
    .sort()

const small = 200_000

test('a big message is listed and read from without being read, and read once when its part is wanted', async () => {
  const { endpoint, one, run, readIn } = await makeWorld()
  const mail = mailWith('ship', 1)
  endpoint.mail.person.deliver(['INBOX'], bytesOf(mail))
  const listing = await readIn(() => run(one))
  assert.ok(listing < small, `${listing} bytes were read for a list entry`)
  assert.deepEqual(shown(one), ['ship in part'])
  const { exchanges } = await run(one)
  assert.equal(exchanges, 1)
  await want(one, [1])
  assert.equal((await run(one)).exchanges, 1)
  assert.deepEqual(textsOf(one), [mail])
  const { listed, written } = await run(one)
  assert.equal(`${listed} ${written}`, '0 0')
})

test('what the policy lets through comes whole with the first sync', async () => {
  const { endpoint, one, two, run } = await makeWorld()
  const mails = [mailWith('ship', 1, 1), mailWith('sea', 2, 2)]
  for (const mail of mails) endpoint.mail.person.deliver(['INBOX'], bytesOf(mail))
  for (const side of [one, two]) {
    assert.equal((await run(side, everything)).exchanges, 1)
    assert.deepEqual(textsOf(side).sort(), mails.sort())
  }
})

test('of several big parts only what is wanted is read, and all prove the message when they have come', async () => {
  const { endpoint, one, two, run, readIn } = await makeWorld()
  const mail = mailWith('ship', 3)
  endpoint.mail.person.deliver(['INBOX'], bytesOf(mail))
  await run(one)
  await want(one, [2])
  const second = await readIn(() => run(one))
  // Each byte is read for the check and for the line; a real store has it in memory the second time.
  assert.ok(second < 2 * 410_000 + small, `${second} bytes were read`)
  assert.deepEqual(shown(one), ['ship in part'])
  await want(one, [1])
  await run(one)
  // Another device reads the rest: then the digest is known there, and the first one has to ask for it.
  await run(two, everything)
  assert.deepEqual(textsOf(two), [mail])
  await want(one, [3])
  await run(one)
  await run(one)
  assert.deepEqual(textsOf(one), [mail])
})

test('a line that breaks anywhere leaves nothing that the next runs don’t mend', async () => {
  const mail = mailWith('ship', 1)
  const { endpoint, one, link, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], bytesOf(mail))
  await run(one)
  const before = await makeCopies(endpoint, one)
  await want(one, [1])
  const start = link.stats.down
  await run(one)
  const cost = link.stats.down - start
  // Around the end, where part and digest come one behind the other, each byte.
  const cuts = [1000, cost >> 1, ...Array.from({ length: 150 }, (_, n) => cost - n)]
  for (const cut of cuts) {
    await before()
    await want(one, [1])
    link.cutAfter({ down: cut })
    await run(one).catch(() => undefined)
    await run(one)
    assert.deepEqual(textsOf(one), [mail], `cut after ${cut} of ${cost} bytes`)
  }
})

test('a line that breaks again and again has a part read once, and not from its start each time', async () => {
  const { endpoint, costly, one, link, run } = await makeWorld()
  const mail = mailWith('ship', 1)
  endpoint.mail.person.deliver(['INBOX'], bytesOf(mail))
  await run(one)
  await want(one, [1])
  const before = costly.bytesRead
  let runs = 0
  for (let whole = false; !whole; runs++) {
    link.cutAfter({ down: 20_000 })
    await run(one).catch(() => undefined)
    whole = textsOf(one)[0] === mail
  }
  assert.ok(runs > 10, `${runs} runs`)
  // Once for the check, once for the line, and a look at the message's beginning in each run.
  const read = costly.bytesRead - before
  assert.ok(read < 2 * mail.length + runs * 60_000, `${read} bytes were read in ${runs} runs`)
})

/** Both sides as they are now, to go back to. */
async function makeCopies(endpoint: Side, client: Side): Promise<() => Promise<void>> {
  const [there, here] = [endpoint.backUp(), client.backUp()]
  const standIn = (client.mail.snapshot().get('INBOX') ?? []).map(({ bytes }) => bytes)
  return async () => {
    await endpoint.restore(there)
    makeCostly(endpoint)
    await client.restore(here)
    for (const { locator } of client.mail.snapshot().get('INBOX') ?? [])
      client.mail.person.remove(['INBOX'], locator)
    for (const bytes of standIn) client.mail.person.deliver(['INBOX'], bytes)
  }
}

test('mail that a device had before its first sync is known by its digest, though nobody had read it', async () => {
  const { endpoint, one, link, run } = await makeWorld()
  const mail = mailWith('ship', 1)
  endpoint.mail.person.deliver(['INBOX'], bytesOf(mail), ['\\Seen'])
  endpoint.mail.person.deliver(['INBOX'], bytesOf(mailWith('other', 1, 2)))
  one.mail.person.deliver(['INBOX'], bytesOf(mail), ['\\Flagged'])
  const { matched } = await run(one)
  assert.equal(matched, 1)
  assert.ok(link.stats.up < 2000, `${link.stats.up} bytes went up`)
  assert.deepEqual(shown(one), ['other in part', 'ship whole \\Flagged \\Seen'])
  await run(one)
  assert.deepEqual(shown(endpoint), ['other whole', 'ship whole \\Flagged \\Seen'])
})

test('mail that a device had before its first sync, while the server that has it unread is away: two', async () => {
  const { endpoint, costly, one, two, run } = await makeWorld()
  const mail = mailWith('ship', 1)
  endpoint.mail.person.deliver(['INBOX'], bytesOf(mail))
  await run(two)
  one.mail.person.deliver(['INBOX'], bytesOf(mail))
  costly.away = true
  await run(one)
  costly.away = false
  await run(one, everything)
  assert.deepEqual(shown(one), ['ship whole', 'ship whole'])
  assert.deepEqual(shown(endpoint), ['ship whole', 'ship whole'])
})

test('after the endpoint has lost its database, what a device holds is not fetched again', async () => {
  const { endpoint, one, link, run } = await makeWorld()
  const mail = mailWith('ship', 1)
  endpoint.mail.person.deliver(['INBOX'], bytesOf(mail))
  endpoint.mail.person.deliver(['INBOX'], bytesOf(mailWith('other', 1, 2)))
  await run(one)
  await want(one, [1])
  await run(one)
  await endpoint.loseDatabase()
  makeCostly(endpoint)
  const before = { ...link.stats }
  await run(one)
  await run(one)
  assert.deepEqual(shown(one), ['other in part', 'ship whole'])
  assert.deepEqual(shown(endpoint), ['other whole', 'ship whole'])
  assert.ok(link.stats.down - before.down < 5000 && link.stats.up - before.up < 5000)
})

test('a big message that was moved before anybody had read it is the same one', async () => {
  const { endpoint, one, run, readIn } = await makeWorld()
  const { person } = endpoint.mail
  person.createMailbox(['Box'])
  const mail = mailWith('ship', 1)
  const locator = person.deliver(['INBOX'], bytesOf(mail))
  await run(one)
  const [before] = one.mail.snapshot().get('INBOX') ?? []
  one.mail.person.setFlags(['INBOX'], before?.locator ?? '', ['\\Flagged'])
  person.move(['INBOX'], locator, ['Box'])
  const cost = await readIn(() => run(one))
  assert.ok(cost < small, `${cost} bytes were read`)
  await run(one)
  assert.deepEqual(shown(one), [])
  assert.deepEqual(shown(one, 'Box'), ['ship in part \\Flagged'])
  assert.deepEqual(shown(endpoint, 'Box'), ['ship whole \\Flagged'])
  await want(one, [1])
  await run(one)
  assert.deepEqual(textsOf(one, 'Box'), [mail])
})

test('one that comes while the server is away for those of its size waits until it can be compared', async () => {
  const { endpoint, costly, one, run } = await makeWorld()
  const { person } = endpoint.mail
  person.createMailbox(['Box'])
  const mail = mailWith('ship', 1)
  const at = mail.indexOf('\n', 200_000)
  const twin = `${mail.slice(0, at - 4)}AAAA${mail.slice(at)}`
  person.deliver(['INBOX'], bytesOf(mail))
  await run(one)
  person.deliver(['Box'], bytesOf(twin))
  costly.awayFor = 'INBOX'
  assert.match((await run(one)).trouble ?? '', /away/)
  assert.deepEqual(shown(one, 'Box'), [])
  costly.awayFor = undefined
  await run(one, everything)
  await run(one, everything)
  assert.deepEqual(textsOf(one), [mail])
  assert.deepEqual(textsOf(one, 'Box'), [twin])
})

test('copies of a big message are one content, whenever they come', async () => {
  const { endpoint, one, link, run } = await makeWorld()
  const { person } = endpoint.mail
  person.createMailbox(['Box'])
  const mail = bytesOf(mailWith('ship', 1))
  const locator = person.deliver(['INBOX'], mail)
  person.deliver(['INBOX'], mail)
  await run(one, everything)
  person.copy(['INBOX'], locator, ['Box'])
  await run(one, everything)
  assert.deepEqual(shown(one), ['ship whole', 'ship whole'])
  assert.deepEqual(shown(one, 'Box'), ['ship whole'])
  assert.ok(link.stats.down < 350_000, `${link.stats.down} bytes came for 300 kB`)
})

test('a store that is wrong about the sizes of parts has the message read as a whole', async () => {
  for (const lie of [
    (sizes: readonly number[]) => sizes.map((size) => size - 2),
    (sizes: readonly number[]) => sizes.slice(1),
    () => undefined,
  ]) {
    const { endpoint, costly, one, run, readIn } = await makeWorld()
    costly.tell = lie
    const mail = mailWith('ship', 1)
    endpoint.mail.person.deliver(['INBOX'], bytesOf(mail))
    assert.ok((await readIn(() => run(one))) > mail.length)
    await want(one, [1])
    await run(one)
    assert.deepEqual(textsOf(one), [mail])
  }
})

test('a message that is made otherwise inside than at both ends comes again as it is, with its flags', async () => {
  for (const told of [true, false]) {
    const { endpoint, one, two, run } = await makeWorld()
    const mail = mailWith('ship', 1)
    const at = mail.indexOf('\n', 200_000)
    // A line that is a character longer, and one that is shorter.
    const odd = `${mail.slice(0, at)}A\n${mail.slice(at + 2)}`
    assert.equal(odd.length, mail.length)
    endpoint.mail.person.deliver(['INBOX'], bytesOf(odd), ['\\Seen'])
    await run(one)
    await run(two)
    const [standIn] = one.mail.snapshot().get('INBOX') ?? []
    one.mail.person.setFlags(['INBOX'], standIn?.locator ?? '', ['\\Flagged', '\\Seen'])
    // Whether the endpoint has heard of it before.
    if (told) await run(one)
    await want(two, [1])
    await run(two)
    for (const side of [one, two, one, two]) await run(side, everything)
    assert.deepEqual(shown(endpoint), ['ship whole \\Flagged \\Seen'])
    for (const side of [one, two, endpoint]) {
      assert.deepEqual(textsOf(side), [odd], side.name)
      assert.deepEqual(shown(side), ['ship whole \\Flagged \\Seen'], side.name)
    }
  }
})

test('a device’s mail that was written here and not noted before a crash is found by its digest', async () => {
  const { endpoint, one, run } = await makeWorld()
  await run(one)
  one.mail.person.deliver(['INBOX'], bytesOf(mailWith('ship', 1)))
  for (let step = 1; step < 60; step++) {
    endpoint.crashAt(step)
    const ended = await run(one, everything).then(
      () => true,
      () => false,
    )
    await endpoint.restart()
    makeCostly(endpoint)
    if (ended) break
  }
  await run(one, everything)
  await run(one, everything)
  assert.deepEqual(shown(endpoint), ['ship whole'])
  assert.deepEqual(shown(one), ['ship whole'])
})

for (const [gone, stays] of [
  ['INBOX', 'Box'],
  ['Box', 'INBOX'],
] as const)
  test(`one that is made otherwise inside comes again as it is, though its copy in ${gone} is gone by then`, async () => {
    const { endpoint, one, two, run } = await makeWorld()
    const mail = mailWith('ship', 1)
    const at = mail.indexOf('\n', 200_000)
    const odd = `${mail.slice(0, at)}A\n${mail.slice(at + 2)}`
    const { person } = endpoint.mail
    person.createMailbox(['Box'])
    person.deliver(['INBOX'], bytesOf(odd))
    await run(one)
    const [standIn] = one.mail.snapshot().get('INBOX') ?? []
    one.mail.person.copy(['INBOX'], standIn?.locator ?? '', ['Box'])
    await run(one)
    await run(two)
    assert.deepEqual(shown(endpoint, 'Box'), ['ship whole'])
    const { mailStore } = endpoint.account
    const open: MailStore['open'] = async (path, locator) => {
      if (path[0] === gone) throw new PacketboatError('MESSAGE_GONE', 'It has just gone.', 'Sync again.')
      return mailStore.open(path, locator)
    }
    endpoint.account = { ...endpoint.account, mailStore: { ...mailStore, open } }
    await want(two, [1])
    for (let round = 0; round < 3; round++) await run(two, everything)
    assert.deepEqual(textsOf(two, stays), [odd])
  })
