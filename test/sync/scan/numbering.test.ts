import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listMailboxes } from '../../../src/replica/mailboxes.js'
import { liveMessages, renumberMessage } from '../../../src/replica/messages.js'
import { tables } from '../../../src/replica/tables.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { writeMailStore } from '../../../src/sync/write/write-mail-store.js'
import { UidHistory } from '../../simulation/uid-history.js'
import { letter } from '../../world/letter.js'
import { type MemoryLink, memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { stateOf } from '../../world/shown.js'
import { makeSide, type Side } from '../../world/side.js'
import { everything, makeStar } from '../../world/star.js'

/** What a side's mail server shows under each UID of INBOX. */
function shownBy({ mail }: Side): Map<string, string> {
  const { uidValidity } = mail.numberingOf(['INBOX']) ?? {}
  return new Map(
    (mail.snapshot().get('INBOX') ?? []).map(({ uid, bytes }) => [
      `${uidValidity} ${uid}`,
      new TextDecoder().decode(bytes),
    ]),
  )
}

test('a mail server loses its numbering while what it had given is taken over, wherever that stopped: no UID means two messages', async () => {
  for (let step = 1; ; step++) {
    const side = await makeSide('endpoint', {
      hasUpstream: false,
      random: seededRandom(5),
      numbered: true,
    })
    for (const subject of ['a', 'b', 'c']) side.mail.person.deliver(['INBOX'], letter(subject))
    const before = shownBy(side)
    side.crashAt(step)
    const whole = await scanMailStore(side.account).then(
      () => true,
      () => false,
    )
    await side.restart()
    side.mail.person.rebuild(['INBOX'])
    const [, second] = side.mail.snapshot().get('INBOX') ?? []
    side.mail.person.move(['INBOX'], second?.locator ?? '', ['INBOX'])
    for (let run = 0; run < 2; run++) {
      await scanMailStore(side.account)
      await writeMailStore(side.account, { allow: [], allArrived: true })
    }
    for (const [uid, text] of shownBy(side))
      assert.equal(before.get(uid) ?? text, text, `step ${step}: UID ${uid}`)
    if (whole) break
  }
})

test('a relay has another UIDVALIDITY until it has asked its endpoint again, and mail comes meanwhile: no UID means two messages', async () => {
  const random = seededRandom(6)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const relay = await makeSide('relay', { hasUpstream: true, random })
  const device = await makeSide('device', { hasUpstream: true, random, numbered: true })
  const uids = new UidHistory()
  const run = async (side: Side): Promise<void> => {
    const link = memoryLink(() => (side === relay ? endpoint : relay).account)
    await sync(side.account, { link, policy: everything, showEveryMs: 0 })
    uids.look(device, assert.fail)
  }
  for (const subject of ['1', '2', '3']) endpoint.mail.person.deliver(['INBOX'], letter(subject))
  for (const side of [relay, device]) await run(side)
  await relay.loseDatabase()
  // The device brings it back, and so tells of all that it has.
  const [first] = relay.mail.snapshot().get('INBOX') ?? []
  relay.mail.person.remove(['INBOX'], first?.locator ?? '')
  for (const { locator } of device.mail.snapshot().get('INBOX') ?? [])
    device.mail.person.setFlags(['INBOX'], locator, ['\\Seen'])
  await run(device)
  relay.mail.person.deliver(['INBOX'], letter('4'))
  await run(device)
  endpoint.mail.person.deliver(['INBOX'], letter('5'))
  for (let round = 0; round < 3; round++) for (const side of [relay, device]) await run(side)
  await uids.compare([endpoint, relay, device], assert.fail)
  for (const side of [relay, device]) assert.deepEqual(stateOf(side), stateOf(endpoint))
})

for (const kind of ['a copy', 'a message that is all here', 'a message of which the rest is to come'])
  test(`a relay passes on which UID a mail server gave behind it with ${kind}, though the answer was lost`, async () => {
    const random = seededRandom(8)
    const top = await makeSide('top', { hasUpstream: false, random, numbered: true })
    const relay = await makeSide('relay', { hasUpstream: true, random })
    const device = await makeSide('device', { hasUpstream: true, random, numbered: true })
    const run = async (side: Side, cut: Parameters<MemoryLink['cutAfter']>[0] = {}): Promise<void> => {
      const link = memoryLink(() => (side === relay ? top : relay).account)
      link.cutAfter(cut)
      const end = sync(side.account, { link, policy: everything, showEveryMs: 0 })
      if (cut.up === undefined && cut.down === undefined) await end
      else await assert.rejects(end, { code: 'LINK_FAILED' })
    }
    const box = ['Box']
    top.mail.person.createMailbox(box)
    top.mail.person.deliver(['INBOX'], letter('first'))
    for (const side of [relay, device, device]) await run(side)
    const [first] = device.mail.snapshot().get('INBOX') ?? []
    if (kind === 'a copy') device.mail.person.copy(['INBOX'], first?.locator ?? '', box)
    else device.mail.person.deliver(box, letter('by the device'))
    await run(device, kind === 'a message of which the rest is to come' ? { up: 330 } : { down: 1 })
    const told: number[] = []
    for await (const { value } of tables.journal.list(relay.account.replica.db)) {
      if (value.op === 'uid-next') told.push(value.uidNext - 1)
      else if ('uid' in value && value.uid !== undefined) told.push(value.uid)
    }
    assert.deepEqual(told, [1])
  })

test('a UID that a relay gave to what came and went before it told of that is not given again, though the mailbox went too', async () => {
  const random = seededRandom(9)
  const top = await makeSide('top', { hasUpstream: false, random })
  const relay = await makeSide('relay', { hasUpstream: true, random, numbered: true })
  const device = await makeSide('device', { hasUpstream: true, random })
  const uids = new UidHistory()
  const run = async (side: Side): Promise<void> => {
    const link = memoryLink(() => (side === relay ? top : relay).account)
    await sync(side.account, { link, policy: everything, showEveryMs: 0 })
    uids.look(relay, assert.fail)
  }
  const box = ['Box']
  top.mail.person.createMailbox(box)
  top.mail.person.deliver(box, letter('old'))
  for (const side of [relay, device, relay, device]) await run(side)
  const shortLived = device.mail.person.deliver(box, letter('short-lived'))
  await run(device)
  device.mail.person.remove(box, shortLived)
  await run(device)
  device.mail.person.deleteMailbox(box)
  await run(device)
  top.mail.person.deliver(box, letter('new'))
  for (let round = 0; round < 3; round++) for (const side of [relay, device]) await run(side)
  await uids.compare([top, relay, device], assert.fail)
  for (const side of [top, relay, device]) assert.deepEqual(stateOf(side)['Box'], ['new'])
})

test('a mail server gets its numbering back and says nothing of that, after a message was given another UID: all have one UID for each message', async () => {
  const { endpoint, devices, run } = await makeStar(['one'], { seed: 7, numbered: true, policy: everything })
  const { one } = devices
  const { replica } = endpoint.account
  for (const subject of ['a', 'b']) endpoint.mail.person.deliver(['INBOX'], letter(subject))
  await run(one)
  endpoint.mail.person.rebuild(['INBOX'])
  await scanMailStore(endpoint.account)
  const [inbox] = await listMailboxes(replica.db)
  for await (const message of liveMessages(replica.db, inbox?.guid ?? ''))
    if (message.uid === 2)
      await replica.db.transact(async (tx) => {
        // A device has given its UID to mail of its own.
        await renumberMessage({ tx, replica, origin: { kind: 'local' } }, message, 3)
      })
  endpoint.ailments.unheard = 1
  await writeMailStore(endpoint.account, { allow: [], allArrived: true }).catch(() => undefined)
  assert.equal(endpoint.ailments.unheard, 0)
  for (let round = 0; round < 3; round++) await run(one)
  await new UidHistory().compare([endpoint, one], assert.fail)
  assert.deepEqual([...shownBy(endpoint)].sort(), [...shownBy(one)].sort())
})
