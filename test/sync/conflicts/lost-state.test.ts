import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declareDeviceLost, listDevices, mistrustDevices } from '../../../src/replica/devices.js'
import { listConflicts } from '../../../src/replica/merge/conflict-log.js'
import { readReplicaRecord } from '../../../src/replica/replica.js'
import { tables } from '../../../src/replica/tables.js'
import { fetchKeyword } from '../../../src/sync/adopt/fetch-keyword.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncOptions, SyncReport } from '../../../src/sync/initiator/sync-options.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { UidHistory } from '../../simulation/uid-history.js'
import { base64Lines, letter } from '../../world/letter.js'
import { type MemoryLink, memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { stateOf } from '../../world/shown.js'
import { makeSide, type Side } from '../../world/side.js'
import { everything, makeStar } from '../../world/star.js'

/** Databases that are deleted, restored or cloned: each ends in agreement, and what is on a disk isn't fetched again. */

const noise = (seed: number, bytes = 3000): string => base64Lines(seed, bytes)

const withPart = (subject: string, seed: number): Uint8Array =>
  letter(subject, { attachments: [{ seed, bytes: 20_000, type: 'application/octet-stream', name: 'x.bin' }] })

interface World {
  readonly endpoint: Side
  readonly one: Side
  readonly two: Side
  readonly link: MemoryLink
  run(side: Side, policy?: Policy): Promise<SyncReport>
  /** Bytes that cross the line both ways while something is done. */
  cost(what: () => Promise<unknown>): Promise<{ up: number; down: number }>
}

async function makeWorld({ numbered = false } = {}): Promise<World> {
  const { devices, run, ...rest } = await makeStar(['one', 'two'], { seed: 7, numbered, policy: everything })
  return { ...rest, ...devices, run: (side, policy = everything) => run(side, { policy }) }
}

/** Twenty messages of 4 kB, two mailboxes, one client in step. */
async function filled(): Promise<World> {
  const world = await makeWorld()
  const { person } = world.endpoint.mail
  person.createMailbox(['Archive'])
  for (let i = 0; i < 20; i++)
    person.deliver(
      i % 2 ? ['INBOX'] : ['Archive'],
      letter(`m${i}`, { text: noise(i) }),
      i % 3 ? ['\\Seen'] : [],
    )
  await world.run(world.one)
  assert.deepEqual(stateOf(world.one), stateOf(world.endpoint))
  return world
}

/** Runs until nothing moves, and asserts that both are equal. */
async function agree(world: World, ...sides: Side[]): Promise<void> {
  for (let round = 0; round < 4; round++) for (const side of sides) await world.run(side)
  for (const side of sides) assert.deepEqual(stateOf(side), stateOf(world.endpoint), side.name)
}

const locate = (side: Side, mailbox: string, subject: string): string =>
  side.mail
    .snapshot()
    .get(mailbox)
    ?.find(({ bytes }) => new TextDecoder().decode(bytes).includes(`Subject: ${subject}\n`))?.locator ?? ''

test("a client's database is deleted: its mail is matched by digest, and nothing of it crosses the line again", async () => {
  const world = await filled()
  await world.one.loseDatabase()
  const before = stateOf(world.endpoint)
  const { up, down } = await world.cost(() => world.run(world.one))
  await agree(world, world.one)
  assert.deepEqual(stateOf(world.endpoint), before)
  assert.ok(up < 3000 && down < 2500, `${up} up, ${down} down`)
})

test("a client's database is deleted when a mailbox of its own has been deleted upstream: that is there again", async () => {
  const world = await makeWorld({ numbered: true })
  await world.run(world.one)
  world.one.mail.person.createMailbox(['Mine'])
  await agree(world, world.one, world.two)
  world.two.mail.person.deleteMailbox(['Mine'])
  await world.run(world.two)
  await world.one.loseDatabase()
  await agree(world, world.one, world.two)
  assert.ok('Mine' in stateOf(world.endpoint))
})

test("a client's database is deleted while stand-ins stand: they are taken for what they stand for", async () => {
  const world = await makeWorld()
  const { person } = world.endpoint.mail
  for (let i = 0; i < 5; i++) person.deliver(['INBOX'], withPart(`p${i}`, i))
  const thrifty = { ...defaultPolicy, attachmentBytes: 100 }
  await world.run(world.one, thrifty)
  assert.match(JSON.stringify(stateOf(world.one)), /stand-in/)
  await world.one.loseDatabase()
  await world.run(world.one, thrifty)
  await world.run(world.one, thrifty)
  assert.equal(stateOf(world.one)['INBOX']?.length, 5)
  await agree(world, world.one)
  assert.equal(stateOf(world.endpoint)['INBOX']?.length, 5)
})

test("a client's database is deleted while stand-ins stand, and a person deletes one before the endpoint has told of it: it comes back", async () => {
  const world = await makeWorld()
  const { person } = world.endpoint.mail
  for (let i = 0; i < 5; i++) person.deliver(['INBOX'], withPart(`p${i}`, i))
  await world.run(world.one, { ...defaultPolicy, attachmentBytes: 100 })
  await world.one.loseDatabase()
  world.link.cutAfter({ up: 10 })
  await assert.rejects(world.run(world.one))
  world.link.cutAfter({})
  world.one.mail.person.remove(['INBOX'], locate(world.one, 'INBOX', 'p3'))
  await agree(world, world.one)
  assert.equal(stateOf(world.one)['INBOX']?.length, 5)
})

test("a client's database is deleted while stand-ins stand and nothing can be written: they are neither put aside nor expunged", async () => {
  const world = await makeWorld()
  const { person } = world.endpoint.mail
  for (let i = 0; i < 5; i++) person.deliver(['INBOX'], withPart(`p${i}`, i))
  await world.run(world.one, { ...defaultPolicy, attachmentBytes: 100 })
  await world.one.loseDatabase()
  world.one.ailments.full.add('INBOX')
  for (let round = 0; round < 3; round++) await world.run(world.one)
  assert.equal(world.one.mail.snapshot().get('INBOX')?.length, 5)
  world.one.ailments.cure()
  await agree(world, world.one)
  assert.equal(stateOf(world.endpoint)['INBOX']?.length, 5)
  assert.deepEqual(await listConflicts(world.one.account.replica.db), [])
})

test("a client's database is deleted while somebody asks for all of a stand-in: it comes, or goes with what it stood for", async () => {
  const world = await makeWorld()
  const { person } = world.endpoint.mail
  for (const subject of ['stays', 'goes']) person.deliver(['INBOX'], withPart(subject, 1))
  const thrifty = { ...defaultPolicy, attachmentBytes: 100 }
  await world.run(world.one, thrifty)
  for (const subject of ['stays', 'goes'])
    world.one.mail.person.setFlags(['INBOX'], locate(world.one, 'INBOX', subject), [fetchKeyword])
  await world.one.loseDatabase()
  person.remove(['INBOX'], locate(world.endpoint, 'INBOX', 'goes'))
  await world.run(world.one, thrifty)
  await world.run(world.one, thrifty)
  assert.deepEqual(stateOf(world.one), stateOf(world.endpoint))
  assert.equal(stateOf(world.one)['INBOX']?.length, 1)
  assert.equal(world.one.mail.aside.length, 1)
})

test("a client's database is deleted, the next sync is cut, and a message is moved here that was removed there: it goes up from its new place", async () => {
  for (let cut = 100; ; cut += 100) {
    const world = await makeWorld()
    const { person } = world.endpoint.mail
    for (const subject of ['a', 'b', 'c']) person.deliver(['INBOX'], letter(subject, { text: noise(1) }))
    await world.run(world.one)
    await world.one.loseDatabase()
    world.link.cutAfter({ down: cut })
    const whole = await world.run(world.one).then(
      () => true,
      () => false,
    )
    world.link.cutAfter({})
    world.one.mail.person.createMailbox(['Elsewhere'])
    world.one.mail.person.move(['INBOX'], locate(world.one, 'INBOX', 'b'), ['Elsewhere'])
    person.remove(['INBOX'], locate(world.endpoint, 'INBOX', 'b'))
    await agree(world, world.one)
    assert.deepEqual(stateOf(world.endpoint)['Elsewhere'], ['b'], `cut after ${cut} bytes`)
    const { found, sent } = await world.run(world.one)
    assert.deepEqual({ found, sent }, { found: 0, sent: 0 }, `cut after ${cut} bytes`)
    if (whole) break
  }
})

test("the endpoint's database is deleted: its clients compare by digest, each once, and send nothing again", async () => {
  const world = await filled()
  await world.run(world.two)
  await world.endpoint.loseDatabase()
  const before = stateOf(world.endpoint)
  for (const side of [world.one, world.two]) {
    const { up, down } = await world.cost(async () => {
      assert.equal((await world.run(side)).healed, 'endpoint')
    })
    assert.ok(up < 6000 && down < 6000, `${up} up, ${down} down`)
  }
  await agree(world, world.one, world.two)
  assert.deepEqual(stateOf(world.endpoint), before)
})

test("the endpoint's database is deleted, and what a client had not sent yet still goes up", async () => {
  const world = await filled()
  await world.endpoint.loseDatabase()
  world.one.mail.person.deliver(['INBOX'], letter('mine'))
  world.one.mail.person.setFlags(['INBOX'], locate(world.one, 'INBOX', 'm1'), ['\\Flagged'])
  world.one.mail.person.remove(['Archive'], locate(world.one, 'Archive', 'm2'))
  await agree(world, world.one)
  const { INBOX, Archive } = stateOf(world.endpoint)
  assert.ok(INBOX?.includes('mine'))
  assert.ok(INBOX?.some((line) => /^m1 .*Flagged/.test(line)))
  assert.equal(INBOX?.length, 11)
  // Its removal speaks of a message that the new database knows by another name: it comes back rather than being lost.
  assert.ok(Archive && Archive.length >= 9)
})

test("the endpoint's database is deleted while a client has parts deferred: what has arrived isn't fetched again", async () => {
  const world = await makeWorld()
  const { person } = world.endpoint.mail
  for (let i = 0; i < 5; i++) person.deliver(['INBOX'], withPart(`p${i}`, i))
  const thrifty = { ...defaultPolicy, attachmentBytes: 100 }
  await world.run(world.one, thrifty)
  await world.endpoint.loseDatabase()
  const { down } = await world.cost(() => world.run(world.one, thrifty))
  assert.ok(down < 2500, `${down} down`)
  assert.equal(stateOf(world.one)['INBOX']?.length, 5)
  await agree(world, world.one)
})

test("the endpoint's database is deleted while a client has no more of a message than its list entry: it is the same one", async () => {
  const { endpoint, one, link, run } = await makeWorld()
  endpoint.mail.person.deliver(['INBOX'], letter('long', { text: noise(1, 20_000) }))
  link.cutAfter({ down: 4000 })
  await assert.rejects(run(one))
  assert.deepEqual(stateOf(one)['INBOX'], ['long (stand-in)'])
  await endpoint.loseDatabase()
  await run(one)
  assert.deepEqual(stateOf(one)['INBOX'], ['long'])
  assert.deepEqual(stateOf(endpoint)['INBOX'], ['long'])
})

test("a client's database is restored from a backup, its mail is not: nothing is doubled, nothing fetched again", async () => {
  const world = await filled()
  const backup = world.one.backUp()
  world.endpoint.mail.person.deliver(['INBOX'], letter('later', { text: noise(99) }))
  world.one.mail.person.deliver(['INBOX'], letter('mine', { text: noise(98) }))
  world.one.mail.person.move(['INBOX'], locate(world.one, 'INBOX', 'm1'), ['Archive'])
  world.one.mail.person.remove(['INBOX'], locate(world.one, 'INBOX', 'm3'))
  await agree(world, world.one)
  const before = stateOf(world.endpoint)
  await world.one.restore(backup)
  // What seemed to be new goes up with the request that finds out that it isn't; nothing comes down again.
  const { down } = await world.cost(async () => {
    assert.ok((await world.run(world.one)).healed)
  })
  assert.ok(down < 3000, `${down} down`)
  await agree(world, world.one)
  assert.deepEqual(stateOf(world.endpoint), before)
})

test("a client's database is restored from a backup, and it has only taken mail since: none of that is doubled", async () => {
  const world = await makeWorld()
  const { endpoint, one } = world
  endpoint.mail.person.deliver(['INBOX'], letter('early'))
  await world.run(one)
  const backup = one.backUp()
  endpoint.mail.person.deliver(['INBOX'], letter('late'))
  await world.run(one)
  await one.restore(backup)
  await agree(world, one)
  assert.deepEqual(stateOf(endpoint)['INBOX'], ['early', 'late'])
})

test("a client's database is lost, and after a sync without it restored from a backup: what came under the new name is not doubled", async () => {
  const { endpoint, devices, run } = await makeStar(['one'], { seed: 7, policy: everything, pairing: 'one' })
  const { one } = devices
  endpoint.mail.person.deliver(['INBOX'], letter('early'))
  await run(one)
  const backup = one.backUp()
  await one.loseDatabase()
  endpoint.mail.person.deliver(['INBOX'], letter('late'))
  await run(one)
  await one.restore(backup)
  one.mail.person.deliver(['INBOX'], letter('mine'))
  for (let round = 0; round < 3; round++) await run(one)
  assert.deepEqual(stateOf(endpoint)['INBOX'], ['early', 'late', 'mine'])
  assert.deepEqual(stateOf(one), stateOf(endpoint))
})

test("a client's database is restored from a backup that was made while a message went up: it goes up under the new name", async () => {
  let unfinished = 0
  for (let budget = 500; budget < 4000; budget += 500) {
    const world = await makeWorld()
    const { endpoint, one, link } = world
    await world.run(one)
    one.mail.person.deliver(['INBOX'], letter('mine', { text: noise(1, 20_000) }))
    const before = link.stats.up + link.stats.down
    const bytesLeft = () => budget - (link.stats.up + link.stats.down - before)
    await sync(one.account, { link, policy: everything, bytesLeft })
    const backup = one.backUp()
    const { journal } = await readReplicaRecord(one.account.replica.db)
    one.mail.person.createMailbox(['Made since'])
    link.cutAfter({ up: 1000 })
    await world.run(one).catch(() => undefined)
    link.cutAfter({})
    if (journal > 1 && !stateOf(endpoint)['INBOX']?.includes('mine')) unfinished++
    await one.restore(backup)
    await agree(world, one)
    assert.deepEqual(stateOf(endpoint)['INBOX'], ['mine'], `a budget of ${budget} bytes`)
  }
  assert.ok(unfinished > 0)
})

/** The client has the database that it had when its first sync had gone up and it hadn't heard what came of that. */
async function restoredFromFirstSync(): Promise<World> {
  const world = await makeWorld()
  const { endpoint, one, link } = world
  endpoint.mail.person.deliver(['INBOX'], letter('theirs'))
  one.mail.person.deliver(['INBOX'], letter('mine'))
  link.cutAfter({ down: 1 })
  await assert.rejects(() => world.run(one))
  const backup = one.backUp()
  await agree(world, one)
  await one.restore(backup)
  return world
}

test("a client's database is restored from a backup that was made before it heard of its first sync's results: one INBOX", async () => {
  const world = await restoredFromFirstSync()
  const { endpoint, one } = world
  await agree(world, one)
  assert.deepEqual(stateOf(endpoint), { INBOX: ['mine', 'theirs'] })
})

for (const [how, first] of [
  ['in mailboxes that had taken no part', { only: ['INBOX'] }],
  [
    'from before its window',
    { policy: { ...everything, windows: [{ mailboxes: [], keep: { messages: 2 } }] } },
  ],
] as const)
  test(`a client's database is restored from a backup, and has since been told of mail ${how}: nothing is doubled`, async () => {
    const world = await makeWorld()
    const { endpoint, one, link } = world
    endpoint.mail.person.createMailbox(['Lists'])
    await world.run(one)
    for (let i = 0; i < 8; i++)
      endpoint.mail.person.deliver([i % 2 ? 'INBOX' : 'Lists'], letter(`m${i}`, { text: noise(i) }), [
        '\\Seen',
      ])
    for (let run = 0; run < 2; run++)
      await sync(one.account, { link, policy: everything, ...first }).catch(() => undefined)
    const backup = one.backUp()
    assert.notDeepEqual(stateOf(one), stateOf(endpoint))
    await world.run(one)
    const before = stateOf(endpoint)
    assert.deepEqual(stateOf(one), before)
    await one.restore(backup)
    await agree(world, one)
    assert.deepEqual(stateOf(endpoint), before)
  })

test("a client's database is restored from a backup of its first sync, and mail of its own is removed there before it hears: it goes here", async () => {
  const world = await restoredFromFirstSync()
  const { endpoint, one, link } = world
  let exchanges = 0
  // The exchange that finds the loss is heard of, the one after it isn't.
  for (let at = 1; exchanges < 2 && at < 2000; at += 40) {
    const before = link.exchanges
    link.cutAfter({ down: at })
    await world.run(one).catch(() => undefined)
    exchanges = link.exchanges - before
  }
  link.cutAfter({})
  endpoint.mail.person.remove(['INBOX'], locate(endpoint, 'INBOX', 'mine'))
  await agree(world, one)
  assert.deepEqual(stateOf(endpoint), { INBOX: ['theirs'] })
})

test("a client's database is restored from before a mailbox that it had deleted came back: it is one mailbox, and nothing is doubled", async () => {
  const world = await makeWorld()
  const { endpoint, one, two } = world
  endpoint.mail.person.createMailbox(['Alpha'])
  await agree(world, one, two)
  one.mail.person.deliver(['Alpha'], letter('mine'))
  two.mail.person.deleteMailbox(['Alpha'])
  await world.run(two)
  await world.run(one)
  const backup = two.backUp()
  await agree(world, one, two)
  assert.deepEqual(stateOf(endpoint), { INBOX: [], Alpha: ['mine'] })
  await two.restore(backup)
  await agree(world, one, two)
  assert.deepEqual(stateOf(endpoint), { INBOX: [], Alpha: ['mine'] })
})

test("the endpoint's database is restored from a backup, its mail is not: nothing is doubled", async () => {
  const world = await filled()
  const backup = world.endpoint.backUp()
  world.endpoint.mail.person.deliver(['INBOX'], letter('later', { text: noise(99) }))
  world.one.mail.person.deliver(['INBOX'], letter('mine', { text: noise(98) }))
  world.one.mail.person.move(['INBOX'], locate(world.one, 'INBOX', 'm1'), ['Archive'])
  await agree(world, world.one)
  const before = stateOf(world.endpoint)
  await world.endpoint.restore(backup)
  const { up, down } = await world.cost(async () => {
    assert.ok((await world.run(world.one)).healed)
  })
  assert.ok(up < 6000 && down < 6000, `${up} up, ${down} down`)
  await agree(world, world.one)
  assert.deepEqual(stateOf(world.endpoint), before)
})

test('a client directory is cloned and both copies are used: both end in agreement, with what each of them did', async () => {
  const world = await filled()
  const random = seededRandom(11)
  const clone = await makeSide('clone', { hasUpstream: true, random, copyOf: world.one })
  world.one.mail.person.deliver(['INBOX'], letter('of one'))
  clone.mail.person.deliver(['INBOX'], letter('of the clone'))
  clone.mail.person.setFlags(['INBOX'], locate(clone, 'INBOX', 'm1'), ['\\Flagged'])
  world.link.cutAfter({ up: 200 })
  await world.run(clone).catch(() => undefined)
  await agree(world, world.one, clone)
  const inbox = stateOf(world.endpoint)['INBOX'] ?? []
  assert.equal(inbox.length, 12)
  assert.ok(inbox.includes('of one') && inbox.includes('of the clone') && inbox.includes('m1 \\Flagged'))
  const ids = await Promise.all(
    [world.one, clone].map(({ account }) => readReplicaRecord(account.replica.db)),
  )
  assert.notEqual(ids[0]?.device, ids[1]?.device)
})

test('a device that was declared lost comes back: it brings nothing back from the dead, and what it alone has goes up', async () => {
  const world = await filled()
  await world.run(world.two)
  const { person } = world.endpoint.mail
  for (const subject of ['m1', 'm3', 'm5']) person.remove(['INBOX'], locate(world.endpoint, 'INBOX', subject))
  person.deliver(['INBOX'], letter('new'))
  world.two.mail.person.deliver(['INBOX'], letter('written at sea'))
  world.two.mail.person.setFlags(['INBOX'], locate(world.two, 'INBOX', 'm3'), ['\\Flagged'])
  const { db } = world.endpoint.account.replica
  await declareLost(world, world.two)
  // Now nobody is waited for, and the tombstones go.
  await world.run(world.one)
  await world.run(world.one)
  assert.ok((await readReplicaRecord(db)).horizon > 0)
  assert.equal((await world.run(world.two)).healed, 'forgotten')
  await agree(world, world.one, world.two)
  const inbox = stateOf(world.endpoint)['INBOX'] ?? []
  assert.ok(inbox.includes('written at sea') && inbox.includes('new'))
  assert.ok(!inbox.some((line) => /^m[15]\b/.test(line)))
  assert.ok(
    inbox.some((line) => line.startsWith('m3 \\Flagged')),
    'somebody marked it important meanwhile: it stays',
  )
  assert.equal(world.two.mail.aside.length, 2, 'what was expunged on suspicion can be had back')
  assert.ok((await listConflicts(world.two.account.replica.db)).some(({ kind }) => kind === 'recalled'))
})

async function declareLost(world: World, side: Side): Promise<void> {
  const { device } = await readReplicaRecord(side.account.replica.db)
  await world.endpoint.account.replica.db.transact((tx) => declareDeviceLost(tx, device))
}

/** Nobody waits for it, and what was expunged since it asked is forgotten. */
async function leaveBehind(world: World, side: Side): Promise<void> {
  await declareLost(world, side)
  world.endpoint.mail.person.remove(['INBOX'], locate(world.endpoint, 'INBOX', 'gone'))
  for (let run = 0; run < 3; run++) await world.run(world.two)
  assert.ok((await readReplicaRecord(world.endpoint.account.replica.db)).horizon > 0)
}

test('a device is declared lost in its first sync, and a message was copied meanwhile: it gets both, wherever it was cut', async () => {
  for (let at = 200; at < 8000; at += 200) {
    const world = await makeWorld()
    const { endpoint, one } = world
    const { person } = endpoint.mail
    for (const [i, subject] of ['p0', 'p1', 'p2', 'p3', 'gone'].entries())
      person.deliver(['INBOX'], letter(subject, { text: noise(i, 1000) }))
    world.link.cutAfter({ down: at })
    await world.run(one).catch(() => undefined)
    world.link.cutAfter({})
    person.copy(['INBOX'], locate(endpoint, 'INBOX', 'p0'), ['INBOX'])
    await leaveBehind(world, one)
    await agree(world, one)
    assert.deepEqual(stateOf(one)['INBOX'], ['p0', 'p0', 'p1', 'p2', 'p3'], `cut at ${at}`)
  }
})

test('a device that has lost its database is declared lost in the sync that compares, and mail of it is removed meanwhile: both agree, wherever it was cut', async () => {
  let cuts = 0
  for (let at = 20; at < 700; at += 20) {
    const world = await makeWorld()
    const { endpoint, one } = world
    for (const subject of ['stays', 'gone']) endpoint.mail.person.deliver(['INBOX'], letter(subject))
    await agree(world, one, world.two)
    await one.loseDatabase()
    world.link.cutAfter({ down: at })
    await world.run(one).catch(() => cuts++)
    world.link.cutAfter({})
    // Under both names.
    const { db } = endpoint.account.replica
    for (const { id } of await listDevices(db)) await db.transact((tx) => declareDeviceLost(tx, id))
    await leaveBehind(world, one)
    // It goes here, or comes back there where this device hadn't heard that it was known.
    await agree(world, one)
  }
  assert.ok(cuts > 0)
})

for (const [what, forget] of [
  ['is declared lost', leaveBehind],
  ['loses its database', (_: World, side: Side) => side.loseDatabase()],
] as const)
  test(`a client ${what} while its message is on its way up: it is there once, wherever the line was cut`, async () => {
    let half = 0
    for (let at = 200; at < 4000; at += 100) {
      const world = await makeWorld()
      const { endpoint, one } = world
      endpoint.mail.person.deliver(['INBOX'], letter('gone'))
      await world.run(one)
      one.mail.person.deliver(['INBOX'], letter('mine', { text: noise(1) }))
      // Twice: then it has heard that its journal was applied.
      for (let run = 0; run < 2; run++) {
        world.link.cutAfter({ up: at })
        await world.run(one).catch(() => undefined)
        world.link.cutAfter({})
      }
      if (!stateOf(endpoint)['INBOX']?.includes('mine')) half++
      await forget(world, one)
      await agree(world, one)
      assert.deepEqual(
        stateOf(endpoint)['INBOX']?.filter((line) => line !== 'gone'),
        ['mine'],
        `cut at ${at}`,
      )
    }
    assert.ok(half > 10)
  })

test('a client loses its database while its message is on its way up, and the mailbox of that is deleted there: both are there once', async () => {
  const world = await makeWorld()
  const { endpoint, one, two } = world
  endpoint.mail.person.createMailbox(['Mine'])
  for (const side of [one, two]) await world.run(side)
  one.mail.person.deliver(['Mine'], letter('mine', { text: noise(1) }))
  world.link.cutAfter({ up: 500 })
  await assert.rejects(world.run(one))
  world.link.cutAfter({})
  await one.loseDatabase()
  two.mail.person.deleteMailbox(['Mine'])
  await world.run(two)
  await agree(world, one, two)
  assert.deepEqual(stateOf(endpoint), { INBOX: [], Mine: ['mine'] })
})

for (const what of ['removes', 'deletes the mailbox of'] as const)
  test(`a client ${what} mail that it has in common with another's, whose content is on its way up: the other's, marked, stays`, async () => {
    const world = await makeWorld()
    const { endpoint, one, two } = world
    endpoint.mail.person.createMailbox(['Mine'])
    await world.run(one)
    const mine = letter('mine', { text: noise(1) })
    one.mail.person.deliver(['Mine'], mine, ['\\Flagged'])
    two.mail.person.createMailbox(['Mine'])
    two.mail.person.deliver(['Mine'], mine)
    // The journal goes up, and no more; the second time what was found before the first sync is taken for it.
    for (const side of [one, two, two]) {
      world.link.cutAfter({ up: 500 })
      await assert.rejects(world.run(side))
    }
    world.link.cutAfter({})
    if (what === 'removes') two.mail.person.remove(['Mine'], locate(two, 'Mine', 'mine'))
    else two.mail.person.deleteMailbox(['Mine'])
    await agree(world, two, one)
    assert.deepEqual(stateOf(endpoint)['Mine'], ['mine \\Flagged'])
    assert.deepEqual(stateOf(two), stateOf(endpoint))
  })

test('tombstones go when every device has acknowledged them, and not before', async () => {
  const world = await filled()
  await world.run(world.two)
  const { db } = world.endpoint.account.replica
  const tombstones = async (): Promise<number> => {
    return tables.tombstone.count(db)
  }
  world.endpoint.mail.person.remove(['INBOX'], locate(world.endpoint, 'INBOX', 'm1'))
  await world.run(world.one)
  await world.run(world.one)
  assert.equal(await tombstones(), 1)
  const behind = (await listDevices(db)).sort((a, b) => a.acknowledged - b.acknowledged)[0]
  assert.equal(behind?.id, (await readReplicaRecord(world.two.account.replica.db)).device)
  await world.run(world.two)
  await world.run(world.two)
  await world.run(world.one)
  assert.equal(await tombstones(), 0)
})

test('bytes that were lost here come back in another mailbox, after a cut anywhere: all that waited for them appears', async () => {
  let waited = 0
  for (let at = 1; ; at += 40) {
    const world = await makeWorld()
    world.endpoint.mail.person.createMailbox(['Gamma'])
    world.endpoint.mail.person.deliver(['INBOX'], letter('m0', { text: noise(1) }))
    await world.run(world.one)
    world.endpoint.mail.person.copy(['INBOX'], locate(world.endpoint, 'INBOX', 'm0'), ['INBOX'])
    world.one.mail.person.remove(['INBOX'], locate(world.one, 'INBOX', 'm0'))
    world.link.cutAfter({ down: at })
    const cut = await world.run(world.one).then(
      () => false,
      () => true,
    )
    world.link.cutAfter({})
    if (!stateOf(world.one)['INBOX']?.includes('m0')) waited++
    world.one.mail.person.deliver(['Gamma'], letter('m0', { text: noise(1) }))
    await agree(world, world.one)
    if (!cut) break
  }
  assert.ok(waited > 0)
})

test('what a device made and another removed, before its answer was cut and it compares everything, is gone there too', async () => {
  const world = await filled()
  const { endpoint, one, two } = world
  one.mail.person.deliver(['INBOX'], letter('new'))
  one.mail.person.copy(['INBOX'], locate(one, 'INBOX', 'm1'), ['Archive'])
  world.link.cutAfter({ down: 1 })
  await assert.rejects(world.run(one))
  await world.run(two)
  // All of it went up, and nobody told the device.
  assert.notEqual(locate(two, 'Archive', 'm1'), '')
  endpoint.mail.person.remove(['INBOX'], locate(endpoint, 'INBOX', 'new'))
  two.mail.person.remove(['Archive'], locate(two, 'Archive', 'm1'))
  await world.run(two)
  await endpoint.account.replica.db.transact(mistrustDevices)
  await agree(world, one, two)
  assert.equal(locate(one, 'INBOX', 'new'), '')
  assert.equal(locate(one, 'Archive', 'm1'), '')
  assert.equal(stateOf(one)['INBOX']?.length, 10)
})

test('a mailbox is renamed while the endpoint loses its database, and another device makes one of that name: two mailboxes', async () => {
  const world = await makeWorld()
  const { endpoint, one, two } = world
  endpoint.mail.person.createMailbox(['Gamma'])
  endpoint.mail.person.deliver(['Gamma'], letter('m0'))
  await agree(world, one, two)
  await endpoint.loseDatabase()
  one.mail.person.renameMailbox(['Gamma'], ['Alpha'])
  await world.run(one)
  two.mail.person.createMailbox(['Alpha'])
  two.mail.person.deliver(['Alpha'], letter('mine'))
  two.mail.person.deliver(['Gamma'], letter('late'))
  await agree(world, two, one)
  assert.deepEqual(stateOf(endpoint), { INBOX: [], Alpha: ['late', 'm0'], 'Alpha (2)': ['mine'] })
})

test('a mailbox is renamed at an endpoint whose database is lost before anybody has heard of it: both names stay, with their mail', async () => {
  const world = await makeWorld()
  const { endpoint, one, two } = world
  endpoint.mail.person.createMailbox(['Gamma'])
  endpoint.mail.person.deliver(['Gamma'], letter('m0'))
  await agree(world, one, two)
  endpoint.mail.person.renameMailbox(['Gamma'], ['Alpha'])
  await endpoint.loseDatabase()
  await agree(world, one, two)
  assert.deepEqual(stateOf(endpoint), { INBOX: [], Alpha: ['m0'], Gamma: ['m0'] })
})

test('a device renames a mailbox at an endpoint whose database is lost before another has heard of it: both names stay, with their mail', async () => {
  const world = await makeWorld()
  const { endpoint, one, two } = world
  endpoint.mail.person.createMailbox(['Gamma'])
  endpoint.mail.person.deliver(['Gamma'], letter('m0'))
  await agree(world, one, two)
  one.mail.person.renameMailbox(['Gamma'], ['Alpha'])
  await world.run(one)
  await endpoint.loseDatabase()
  await agree(world, two, one)
  assert.deepEqual(stateOf(endpoint), { INBOX: [], Alpha: ['m0'], Gamma: ['m0'] })
})

test('a mailbox of an old name is made anew while the endpoint loses its database: devices that knew the old one keep it', async () => {
  const world = await makeWorld()
  const { endpoint, one, two } = world
  endpoint.mail.person.createMailbox(['Gamma'])
  endpoint.mail.person.deliver(['Gamma'], letter('m0'))
  await agree(world, one, two)
  await endpoint.loseDatabase()
  one.mail.person.renameMailbox(['Gamma'], ['Alpha'])
  await world.run(one)
  one.mail.person.createMailbox(['Gamma'])
  one.mail.person.deliver(['Gamma'], letter('new'))
  await world.run(one)
  two.mail.person.deliver(['Gamma'], letter('late'))
  await agree(world, two, one)
  assert.deepEqual(stateOf(endpoint), { INBOX: [], Alpha: ['late', 'm0'], Gamma: ['new'] })
})

test('a device that has not asked for half a year is declared lost, and the one that asks is not', async () => {
  const world = await filled()
  await world.run(world.two)
  const lost = async (): Promise<boolean[]> =>
    (await listDevices(world.endpoint.account.replica.db)).map((device) => device.lost ?? false).sort()
  world.endpoint.nowMs += 100 * 86_400_000
  await world.run(world.one)
  assert.deepEqual(await lost(), [false, false])
  world.endpoint.nowMs += 100 * 86_400_000
  await world.run(world.one)
  assert.deepEqual(await lost(), [false, true])
})

test("a client's database from before its stand-ins became whole is restored: nothing is lost, wherever its first sync was cut", async () => {
  let standIns = 0
  for (let at = 500; at < 20_000; at += 500) {
    const world = await makeWorld()
    const { endpoint, one } = world
    for (let i = 0; i < 5; i++)
      endpoint.mail.person.deliver(['INBOX'], letter(`p${i}`, { text: noise(i, 1000 * (i + 1)) }))
    world.link.cutAfter({ down: at })
    await world.run(one).catch(() => undefined)
    world.link.cutAfter({})
    if (/stand-in/.test(JSON.stringify(stateOf(one)))) standIns++
    const backup = one.backUp()
    await world.run(one)
    // Expunged by the device, and forgotten by all: its old database has missed that, and its journal is behind.
    one.mail.person.remove(['INBOX'], locate(one, 'INBOX', 'p0'))
    for (let run = 0; run < 3; run++) await world.run(one)
    await one.restore(backup)
    await agree(world, one)
    assert.deepEqual(stateOf(endpoint)['INBOX'], ['p1', 'p2', 'p3', 'p4'], `cut at ${at}`)
  }
  assert.ok(standIns > 0)
})

/** INBOX and Lists, both in step; then runs of INBOX alone, while mail is expunged in Lists. */
async function narrowed(expunge: (world: World) => void): Promise<World> {
  const world = await makeWorld()
  const { person } = world.endpoint.mail
  person.createMailbox(['Lists'])
  for (let i = 0; i < 6; i++) person.deliver(i % 2 ? ['INBOX'] : ['Lists'], letter(`m${i}`))
  await world.run(world.one)
  expunge(world)
  for (let run = 0; run < 3; run++) await onlyInbox(world)
  return world
}

const onlyInbox = ({ one, link }: World): Promise<SyncReport> =>
  sync(one.account, { link, policy: everything, only: ['INBOX'] })

test('runs that are narrowed acknowledge nothing of the mailboxes that they leave aside', async () => {
  const world = await narrowed(({ endpoint }) =>
    endpoint.mail.person.remove(['Lists'], locate(endpoint, 'Lists', 'm2')),
  )
  assert.equal((await world.run(world.one)).healed, undefined)
  assert.deepEqual(stateOf(world.one), stateOf(world.endpoint))
  // And when it has heard, nobody waits any more.
  await world.run(world.one)
  const { db } = world.endpoint.account.replica
  for await (const { key } of tables.tombstone.list(db)) assert.fail(`${key} is still there`)
})

test('a device that only ever syncs INBOX holds back no expunges of mailboxes that it has never been shown', async () => {
  const world = await makeWorld()
  const { person } = world.endpoint.mail
  person.createMailbox(['Lists'])
  for (let i = 0; i < 4; i++) person.deliver(i % 2 ? ['INBOX'] : ['Lists'], letter(`m${i}`))
  await onlyInbox(world)
  person.remove(['Lists'], locate(world.endpoint, 'Lists', 'm2'))
  for (let run = 0; run < 3; run++) await onlyInbox(world)
  const { db } = world.endpoint.account.replica
  for await (const { key } of tables.tombstone.list(db)) assert.fail(`${key} is still there`)
  assert.equal((await world.run(world.one)).healed, undefined)
  assert.deepEqual(stateOf(world.one), stateOf(world.endpoint))
})

test('one UID that was given to two messages is seen by a narrowed run that leaves their mailbox aside', async () => {
  const world = await makeWorld({ numbered: true })
  const { endpoint, one } = world
  endpoint.mail.person.createMailbox(['Lists'])
  endpoint.mail.person.deliver(['Lists'], letter('old'))
  await world.run(one)
  const uids = new UidHistory()
  endpoint.mail.person.deliver(['Lists'], letter('theirs'))
  endpoint.mail.person.deliver(['INBOX'], letter('of the inbox'))
  await onlyInbox(world)
  one.mail.person.deliver(['Lists'], letter('ours'))
  for (const side of [endpoint, one]) uids.look(side, assert.fail)
  await onlyInbox(world)
  uids.look(endpoint, assert.fail)
  await uids.compare([endpoint], assert.fail)
  await agree(world, one)
  for (const side of [endpoint, one]) uids.look(side, assert.fail)
  await uids.compare([endpoint, one], assert.fail)
})

test('a loss that a narrowed run finds out leaves what it does not compare as it is', async () => {
  for (const lose of ['endpoint', 'device'] as const) {
    const world = await narrowed(() => undefined)
    const { db } = world.endpoint.account.replica
    if (lose === 'endpoint') await world.endpoint.loseDatabase()
    else {
      const { device: id } = await readReplicaRecord(world.one.account.replica.db)
      await db.transact((tx) => declareDeviceLost(tx, id))
      const { person } = world.endpoint.mail
      for (const name of ['INBOX', 'Lists'])
        person.remove([name], locate(world.endpoint, name, name === 'INBOX' ? 'm1' : 'm2'))
      for (let run = 0; run < 2; run++) await world.run(world.two)
    }
    const before = stateOf(world.endpoint)
    const lists = stateOf(world.one)['Lists']
    assert.ok((await onlyInbox(world)).healed, lose)
    assert.deepEqual(stateOf(world.one)['Lists'], lists, lose)
    assert.deepEqual(stateOf(world.endpoint), before, lose)
    await agree(world, world.one)
    assert.deepEqual(stateOf(world.endpoint), before, lose)
  }
})

/** A relay with two devices, and above it an endpoint that another client is at. All have a mailbox Beta with two messages. */
async function chained(): Promise<{
  readonly relay: Side
  readonly all: readonly Side[]
  /** Between the relay and the endpoint. */
  readonly up: MemoryLink
  /** Between the devices and the relay. */
  readonly down: MemoryLink
  run(side: Side, options?: Partial<SyncOptions>): Promise<SyncReport>
  settle(): Promise<void>
}> {
  const random = seededRandom(11)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const relay = await makeSide('relay', { hasUpstream: true, random })
  const [one, two] = [
    await makeSide('one', { hasUpstream: true, random }),
    await makeSide('two', { hasUpstream: true, random }),
  ]
  const up = memoryLink(() => endpoint.account)
  const down = memoryLink(() => relay.account)
  const run = (side: Side, options: Partial<SyncOptions> = {}): Promise<SyncReport> =>
    sync(side.account, { link: side === relay ? up : down, policy: everything, ...options })
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 4; round++) for (const side of [relay, one, two]) await run(side)
  }
  endpoint.mail.person.createMailbox(['Beta'])
  for (const subject of ['b1', 'b2']) endpoint.mail.person.deliver(['Beta'], letter(subject))
  endpoint.mail.person.deliver(['INBOX'], letter('i1'))
  await settle()
  return { relay, all: [endpoint, relay, one, two], up, down, run, settle }
}

test('a relay that has lost its database hears from its endpoint how mail is called before a device does, cut anywhere: nothing is doubled', async () => {
  let cuts = 0
  for (let at = 1; at < 400; at += 20) {
    const { relay, all, down, run, settle } = await chained()
    const [endpoint, , one] = all
    assert(endpoint && one)
    const before = stateOf(endpoint)
    await relay.loseDatabase()
    down.cutAfter({ down: at })
    await run(one).catch(() => cuts++)
    down.cutAfter({})
    await settle()
    for (const side of all) assert.deepEqual(stateOf(side), before, `${side.name}, cut after byte ${at}`)
  }
  assert.ok(cuts > 0)
})

for (const what of ['deleted', 'renamed'] as const)
  test(`a mailbox is ${what} at a relay that has lost its database, and a device brings it back first: it is one mailbox`, async () => {
    const { relay, all, run, settle } = await chained()
    const [endpoint, , one, two] = all
    assert(endpoint && one && two)
    await relay.loseDatabase()
    await run(two)
    if (what === 'deleted') relay.mail.person.deleteMailbox(['Beta'])
    else relay.mail.person.renameMailbox(['Beta'], ['Gamma'])
    one.mail.person.deliver(['Beta'], letter('b3'))
    await run(one)
    await settle()
    for (const side of all) {
      assert.deepEqual(stateOf(side), stateOf(endpoint), side.name)
      const { INBOX, ...others } = stateOf(side)
      assert.deepEqual(INBOX, ['i1'], side.name)
      assert(Object.values(others).flat().includes('b3'), `${side.name}: ${JSON.stringify(others)}`)
      if (what === 'renamed') assert.deepEqual(others, { Gamma: ['b1', 'b2', 'b3'] }, side.name)
    }
    const { listed, changed, found, sent, written } = await run(relay)
    assert.deepEqual(
      { listed, changed, found, sent, written },
      { listed: 0, changed: 0, found: 0, sent: 0, written: 0 },
    )
  })

test('a relay has mail of a device that it cannot write, and its endpoint loses its database: the mail goes up all the same', async () => {
  const { relay, all, run, settle } = await chained()
  const [endpoint, , one] = all
  assert(endpoint && one)
  relay.ailments.readOnly.add('INBOX')
  one.mail.person.deliver(['INBOX'], letter('new'))
  await run(one)
  await run(relay)
  await endpoint.loseDatabase()
  await settle()
  for (const side of [endpoint, one]) assert.deepEqual(stateOf(side)['INBOX'], ['i1', 'new'], side.name)
  relay.ailments.cure()
  await settle()
  for (const side of all) assert.deepEqual(stateOf(side)['INBOX'], ['i1', 'new'], side.name)
})

test('a device deletes a mailbox with mail that has not gone up, which its relay has merged with another: that mail is gone, and no other', async () => {
  const { relay, all, up, run, settle } = await chained()
  const [endpoint, , one] = all
  assert(endpoint && one)
  relay.mail.person.createMailbox(['Gamma'])
  up.cutAfter({ down: 1 })
  await assert.rejects(run(relay))
  await run(one)
  endpoint.mail.person.renameMailbox(['Gamma'], ['Delta'])
  one.mail.person.createMailbox(['Delta'])
  await run(one)
  one.mail.person.deliver(['Delta'], letter('own'))
  // The device scans it, and sends none of it up.
  assert.ok((await run(one, { bytesLeft: () => 0 })).paused)
  one.mail.person.deleteMailbox(['Delta'])
  relay.mail.person.deliver(['Delta'], letter('new'))
  await settle()
  for (const side of all) assert.deepEqual(stateOf(side), stateOf(endpoint), side.name)
  assert.deepEqual(stateOf(endpoint), { INBOX: ['i1'], Beta: ['b1', 'b2'], Delta: ['new'] })
})

test('two devices of a relay make, delete and bring back a mailbox that the endpoint has made too, in one journal: one mailbox', async () => {
  const { all, run, settle } = await chained()
  const [endpoint, , one, two] = all
  assert(endpoint && one && two)
  endpoint.mail.person.createMailbox(['New'])
  one.mail.person.createMailbox(['New'])
  await run(one)
  await run(two)
  one.mail.person.deliver(['New'], letter('new'))
  two.mail.person.deleteMailbox(['New'])
  await run(two)
  await run(one)
  await settle()
  for (const side of all) assert.deepEqual(stateOf(side), { ...stateOf(endpoint), New: ['new'] }, side.name)
})

for (const deleted of ['Gamma', 'Delta'])
  test(`a device deletes ${deleted}, which its relay has made one with another, and has new mail in that: the mail is there`, async () => {
    const { relay, all, up, run, settle } = await chained()
    const [endpoint, , one, two] = all
    assert(endpoint && one && two)
    relay.mail.person.createMailbox(['Gamma'])
    up.cutAfter({ down: 1 })
    await assert.rejects(run(relay))
    await run(one)
    endpoint.mail.person.renameMailbox(['Gamma'], ['Delta'])
    one.mail.person.createMailbox(['Delta'])
    await run(one)
    await run(two)
    two.mail.person.deliver([deleted === 'Gamma' ? 'Delta' : 'Gamma'], letter('new'))
    two.mail.person.deleteMailbox([deleted])
    await run(relay)
    // Not only since so much would go at once.
    assert.deepEqual((await run(two)).heldBack, [])
    await settle()
    for (const side of all) assert.deepEqual(stateOf(side), stateOf(endpoint), side.name)
    assert.deepEqual(stateOf(endpoint), { INBOX: ['i1'], Beta: ['b1', 'b2'], Delta: ['new'] })
  })

test('a move that an endpoint has forgotten is undone at a device that had not heard of the UID: it hears of that now', async () => {
  const { relay, all, run, settle } = await chained()
  const [endpoint, , one] = all
  assert(endpoint && one)
  relay.mail.person.deliver(['INBOX'], letter('new'))
  await run(one)
  await run(relay)
  const backup = endpoint.backUp()
  one.mail.person.move(['INBOX'], locate(one, 'INBOX', 'new'), ['Beta'])
  // It has heard of everything, and stops before it forgets what is gone.
  await assert.rejects(run(one, { onSettled: () => Promise.reject(new Error('killed')) }))
  for (const name of ['INBOX', 'Beta']) endpoint.ailments.readOnly.add(name)
  await run(relay)
  await endpoint.restore(backup)
  endpoint.ailments.cure()
  await settle()
  const uids = await Promise.all(
    all.map(async ({ account: { replica } }) => {
      const found: string[] = []
      for await (const { value } of tables.message.list(replica.db))
        if (!value.expunged) found.push(`${value.guid} ${value.uid}`)
      return found.sort()
    }),
  )
  for (const each of uids) assert.deepEqual(each, uids[0])
})

test('an endpoint beside a mail server has lost its database, and a mailbox goes before a device compares: that device hears that it has gone, though all others know it', async () => {
  const { endpoint, devices, run } = await makeStar(['one', 'two'], { seed: 12, numbered: true })
  const { one, two } = devices
  endpoint.mail.person.createMailbox(['Box'])
  for (const side of [one, two]) await run(side)
  await endpoint.loseDatabase()
  await run(one)
  endpoint.mail.person.deleteMailbox(['Box'])
  for (let round = 0; round < 3; round++) await run(one)
  assert.equal((await run(two)).healed, 'endpoint')
  for (const side of [two, one, two]) await run(side)
  for (const side of [endpoint, one, two]) assert.deepEqual(stateOf(side), { INBOX: [] }, side.name)
})
