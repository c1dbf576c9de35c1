import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PacketboatError } from '../../../src/errors/packetboat-error.js'
import type { MailboxPath } from '../../../src/replica/model.js'
import { listProblems } from '../../../src/replica/problems.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { letter } from '../../world/letter.js'
import { locatorOf, messagesIn, subjectOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { makePair, type Pair } from '../../world/star.js'

const inbox = ['INBOX']
const work = ['Work']

/** Both sides hold a, b and c in INBOX, and w and x in Work. */
async function makeWorld(): Promise<Pair> {
  const pair = await makePair({ seed: 4 })
  const { person } = pair.endpoint.mail
  person.createMailbox(work)
  for (const subject of ['a', 'b', 'c']) person.deliver(inbox, letter(subject))
  for (const subject of ['w', 'x']) person.deliver(work, letter(subject))
  await pair.run()
  return pair
}

const subjects = (side: Side, path: MailboxPath): string =>
  messagesIn(side, path)
    .map(({ bytes }) => subjectOf(bytes))
    .sort()
    .join('')

const problemsOf = async (side: Side): Promise<string[]> =>
  (await listProblems(side.account.replica.db)).map(
    ({ side: where, record: { mailbox, item, code } }) =>
      `${where} ${mailbox}${item === undefined ? '' : '/*'} ${code}`,
  )

for (const which of ['client', 'endpoint'] as const) {
  const other = which === 'client' ? 'endpoint' : 'client'
  const toldAs = which === 'client' ? 'read' : 'upstream'

  for (const ailment of ['closed', 'broken', 'hidden', 'partial'] as const)
    test(`a mailbox that is ${ailment} at the ${which}: nothing of it goes, all else is synced, it is named until it is cured`, async () => {
      const pair = await makeWorld()
      const ill = pair[which]
      ill.ailments[ailment].add('Work')
      // So that somebody looks into it.
      ill.mail.person.deliver(work, letter('y'))
      pair.client.mail.person.deliver(inbox, letter('d'))
      pair.endpoint.mail.person.deliver(inbox, letter('e'))
      const report = await pair.run()
      assert.equal(subjects(pair[other], work).replace('y', ''), 'wx')
      assert.equal(subjects(pair.client, inbox), 'abcde')
      assert.equal(subjects(pair.endpoint, inbox), 'abcde')
      assert.equal(report.problems, 1)
      assert.deepEqual(await problemsOf(pair.client), [`${toldAs} Work MAILBOX_UNREADABLE`])
      ill.ailments.cure()
      const cured = await pair.run()
      assert.equal(cured.problems, 0)
      assert.deepEqual([...(await problemsOf(pair.client)), ...(await problemsOf(pair.endpoint))], [])
      assert.equal(subjects(pair.client, work), 'wxy')
      assert.equal(subjects(pair.endpoint, work), 'wxy')
    })

  for (const ailment of ['unreadable', 'passedOver', 'short'] as const)
    test(`a new message that is ${ailment} at the ${which} waits alone, and comes when it can be read`, async () => {
      const pair = await makeWorld()
      const ill = pair[which]
      const bad = ill.mail.person.deliver(inbox, letter('d'))
      ill.mail.person.deliver(inbox, letter('e'))
      ill.ailments[ailment].add(`INBOX/${bad}`)
      const report = await pair.run()
      // Who asks the endpoint has a text in its place.
      const hasSubstitute = which === 'endpoint' && ailment !== 'passedOver'
      assert.equal(subjects(pair[other], inbox), hasSubstitute ? 'abcde' : 'abce')
      assert.equal(report.problems, 1)
      assert.deepEqual(await problemsOf(pair.client), [`${toldAs} INBOX/* MESSAGE_UNREADABLE`])
      // Nothing changes in the mailbox when it is cured.
      ill.ailments.cure()
      assert.equal((await pair.run()).problems, 0)
      assert.equal(subjects(pair[other], inbox), 'abcde')
      assert.deepEqual(await problemsOf(pair.client), [])
    })

  test(`new mail at the ${which} needs nothing of what stood there before and can't be read now`, async () => {
    const pair = await makeWorld()
    const ill = pair[which]
    for (const subject of ['a', 'b', 'c']) ill.ailments.short.add(`INBOX/${locatorOf(ill, subject, inbox)}`)
    ill.mail.person.deliver(inbox, letter('d'))
    await pair.run()
    assert.equal(subjects(pair[other], inbox), 'abcd')
  })

  test(`a known message that is passed over at the ${which} has not gone`, async () => {
    const pair = await makeWorld()
    const ill = pair[which]
    ill.ailments.passedOver.add(`INBOX/${locatorOf(ill, 'b', inbox)}`)
    ill.mail.person.deliver(inbox, letter('d'))
    await pair.run()
    assert.equal(subjects(pair[other], inbox), 'abcd')
    ill.ailments.cure()
    assert.equal((await pair.run()).problems, 0)
    assert.equal(subjects(pair[other], inbox), 'abcd')
  })

  test(`a disk at the ${which} that is too full to look under a lock for what is missing: that waits, and all else is synced`, async () => {
    const pair = await makeWorld()
    const { account, mail } = pair[which]
    const sound = account.mailStore
    const full = new PacketboatError('DISK_FULL', 'No space left.', 'Make room.')
    Object.assign(account, { mailStore: { ...sound, confirmGone: () => Promise.reject(full) } })
    mail.person.remove(inbox, locatorOf(pair[which], 'a'))
    pair.client.mail.person.deliver(inbox, letter('d'))
    pair.endpoint.mail.person.deliver(inbox, letter('e'))
    assert.equal((await pair.run()).problems, 1)
    assert.deepEqual(
      [pair.client, pair.endpoint].map((side) => subjects(side, inbox).replace('a', '')),
      ['bcde', 'bcde'],
    )
    assert.equal(subjects(pair[other], inbox), 'abcde')
    assert.deepEqual(await problemsOf(pair.client), [`${toldAs} INBOX DISK_FULL`])
    Object.assign(account, { mailStore: sound })
    assert.equal((await pair.run()).problems, 0)
    assert.equal(subjects(pair[other], inbox), 'bcde')
  })

  test(`a mailbox that can't be written at the ${which} stops no other, in either direction`, async () => {
    const pair = await makeWorld()
    const ill = pair[which]
    ill.ailments.readOnly.add('Work')
    pair[other].mail.person.deliver(work, letter('y'))
    pair[other].mail.person.setFlags(work, locatorOf(pair[other], 'w', work), ['\\Seen'])
    pair[other].mail.person.deliver(inbox, letter('d'))
    ill.mail.person.deliver(inbox, letter('e'))
    ill.mail.person.deliver(work, letter('z'))
    const report = await pair.run()
    assert.equal(subjects(pair.client, inbox), 'abcde')
    assert.equal(subjects(pair.endpoint, inbox), 'abcde')
    assert.equal(subjects(pair[other], work), 'wxyz')
    assert.equal(report.problems, 1)
    assert.deepEqual(await problemsOf(pair.client), [
      `${which === 'client' ? 'write' : 'upstream'} Work READ_ONLY`,
    ])
    ill.ailments.cure()
    assert.equal((await pair.run()).problems, 0)
    assert.equal(subjects(ill, work), 'wxyz')
  })

  test(`what was out of sight at the ${which} and is gone when all can be seen goes only when somebody says so`, async () => {
    const pair = await makeWorld()
    const ill = pair[which]
    ill.account = { ...ill.account, guard: { share: 0.5, least: 10 } }
    ill.ailments.partial.add('INBOX')
    ill.mail.person.deliver(inbox, letter('d'))
    await pair.run()
    ill.ailments.cure()
    for (const subject of ['a', 'b', 'c']) ill.mail.person.remove(inbox, locatorOf(ill, subject, inbox))
    const report = await pair.run()
    assert.equal(subjects(pair[other], inbox), 'abcd')
    assert.deepEqual(
      report.heldBack.map(({ gone }) => gone),
      [3],
    )
  })
}

test('what the endpoint says of its problems costs its words once', async () => {
  const { endpoint, client, link } = await makePair({ seed: 5 })
  const cost = async (): Promise<number> => {
    const before = link.stats.down
    await sync(client.account, { link, policy: defaultPolicy })
    return link.stats.down - before
  }
  for (const subject of ['a', 'b', 'c']) endpoint.mail.person.deliver(inbox, letter(subject))
  await cost()
  const quiet = await cost()
  for (let i = 0; i < 30; i++)
    endpoint.ailments.unreadable.add(`INBOX/${endpoint.mail.person.deliver(inbox, letter(`bad${i}`))}`)
  assert.ok((await cost()) > quiet + 50)
  const told = await listProblems(client.account.replica.db)
  assert.equal(told.length, 20)
  assert.ok((await cost()) <= quiet + 12)
})

test('a message that was taken over and then reads short stays named until it reads whole', async () => {
  const { client, endpoint, link, run } = await makeWorld()
  const bad = client.mail.person.deliver(inbox, letter('d'))
  link.cutAfter({ up: 1 })
  await assert.rejects(run(), { code: 'LINK_FAILED' })
  client.ailments.short.add(`INBOX/${bad}`)
  for (let time = 0; time < 3; time++) {
    await run()
    assert.deepEqual(await problemsOf(client), ['read INBOX/* MESSAGE_UNREADABLE'])
    // Looking again, as a run does that has nothing else to do, doesn't take it for cured.
    await scanMailStore(client.account)
    assert.deepEqual(await problemsOf(client), ['read INBOX/* MESSAGE_UNREADABLE'])
  }
  assert.equal(subjects(endpoint, inbox), 'abc')
  client.ailments.cure()
  assert.equal((await run()).problems, 0)
  assert.equal(subjects(endpoint, inbox), 'abcd')
})

test('a new message that is passed over comes, although its mailbox was made on both sides', async () => {
  const { client, endpoint, run } = await makeWorld()
  const path: MailboxPath = ['Both']
  client.mail.person.createMailbox(path)
  const bad = client.mail.person.deliver(path, letter('n'))
  client.ailments.passedOver.add(`Both/${bad}`)
  endpoint.mail.person.createMailbox(path)
  for (let time = 0; time < 3; time++) {
    await run()
    assert.deepEqual(await problemsOf(client), ['read Both/* MESSAGE_UNREADABLE'])
  }
  client.ailments.cure()
  assert.equal((await run()).problems, 0)
  assert.equal(subjects(endpoint, path), 'n')
})

test("a mailbox that is in the way of one to be made, and isn't shown, is named until it is shown", async () => {
  const { client, endpoint, run } = await makeWorld()
  const path: MailboxPath = ['Both']
  endpoint.mail.person.createMailbox(path)
  endpoint.mail.person.deliver(path, letter('there'))
  endpoint.ailments.hidden.add('Both')
  client.mail.person.createMailbox(path)
  client.mail.person.deliver(path, letter('here'))
  for (let time = 0; time < 3; time++) {
    await run()
    assert.deepEqual(await problemsOf(client), ['upstream Both MAILBOX_UNREADABLE'])
  }
  endpoint.ailments.cure()
  await run()
  assert.equal((await run()).problems, 0)
  for (const side of [client, endpoint])
    assert.deepEqual(
      messagesIn(side, path)
        .map(({ bytes }) => subjectOf(bytes))
        .sort(),
      ['here', 'there'],
    )
})

test("a mailbox that is in the way of another's new name, and isn't shown, is named until it is shown", async () => {
  const { client, endpoint, run } = await makeWorld()
  const was: MailboxPath = ['Was']
  const both: MailboxPath = ['Both']
  client.mail.person.createMailbox(was)
  client.mail.person.deliver(was, letter('here'))
  await run()
  endpoint.mail.person.createMailbox(both)
  endpoint.mail.person.deliver(both, letter('there'))
  endpoint.ailments.hidden.add('Both')
  client.mail.person.renameMailbox(was, both)
  for (let time = 0; time < 3; time++) {
    await run()
    assert.deepEqual(await problemsOf(client), ['upstream Both MAILBOX_UNREADABLE'])
  }
  endpoint.ailments.cure()
  for (let time = 0; time < 3; time++) await run()
  assert.equal((await run()).problems, 0)
  const names = [...client.mail.snapshot().keys()]
  assert.deepEqual([...endpoint.mail.snapshot().keys()].sort(), names.sort())
  for (const side of [client, endpoint]) {
    const found = names.flatMap((name) => messagesIn(side, [name]).map(({ bytes }) => subjectOf(bytes)))
    for (const one of ['here', 'there']) assert.equal(found.filter((each) => each === one).length, 1)
  }
})

test('a message that can be read again, and was marked meanwhile, is had from where it lies', async () => {
  const { client, endpoint, run } = await makeWorld()
  const bad = endpoint.mail.person.deliver(inbox, letter('d'))
  endpoint.ailments.short.add(`INBOX/${bad}`)
  await run()
  assert.equal((await listProblems(client.account.replica.db)).length, 1)
  endpoint.ailments.cure()
  endpoint.mail.person.setFlags(inbox, bad, ['\\Flagged'])
  await run()
  assert.equal((await run()).problems, 0)
  const here = messagesIn(client, inbox).find(({ bytes }) => subjectOf(bytes) === 'd')
  const there = messagesIn(endpoint, inbox).find(({ bytes }) => subjectOf(bytes) === 'd')
  assert.deepEqual(here?.bytes, there?.bytes)
  assert.deepEqual(here?.flags, ['\\Flagged'])
})
