import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailboxPath } from '../../../src/replica/model.js'
import { listProblems } from '../../../src/replica/problems.js'
import { letter } from '../../world/letter.js'
import { latin, messagesIn, subjectOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { makeStar } from '../../world/star.js'

/** Mail that is moved while a mailbox can't be looked into: what is seen of it looks like a deletion. */

const inbox: MailboxPath = ['INBOX']
const alpha: MailboxPath = ['Alpha']
const beta: MailboxPath = ['Beta']

const subjects = (side: Side, path: MailboxPath): string[] =>
  messagesIn(side, path).map(({ bytes }) => subjectOf(bytes))

const locatorOf = (side: Side, path: MailboxPath): string => messagesIn(side, path)[0]?.locator ?? ''

test('a message that is moved out of sight on one side and back on another is not lost', async () => {
  const { endpoint, devices, run } = await makeStar(['one', 'two'], { seed: 8 })
  const { one, two } = devices
  for (const path of [alpha]) endpoint.mail.person.createMailbox(path)
  endpoint.mail.person.deliver(inbox, letter('a'))
  endpoint.mail.person.deliver(inbox, letter('moved'))
  await run(one)
  two.ailments.broken.add('INBOX')
  await run(two)
  endpoint.ailments.partial.add('INBOX')
  const [, second] = messagesIn(endpoint, inbox)
  endpoint.mail.person.move(inbox, second?.locator ?? '', alpha)
  await run(two)
  assert.deepEqual(subjects(two, alpha), ['moved'])
  two.mail.person.move(alpha, locatorOf(two, alpha), inbox)
  for (let round = 0; round < 3; round++) for (const side of [one, two]) await run(side)
  for (const { ailments } of [endpoint, two]) ailments.cure()
  // What was held back meanwhile, since not all could be seen, may go.
  for (let round = 0; round < 3; round++) for (const side of [one, two]) await run(side, { allow: ['*'] })
  for (const side of [endpoint, one, two]) {
    assert.deepEqual(subjects(side, inbox).sort(), ['a', 'moved'], side.name)
    assert.deepEqual(subjects(side, alpha), [], side.name)
  }
})

test('a stand-in that is moved out of sight to where its twin is expected is not lost with that', async () => {
  const { endpoint, devices, run } = await makeStar(['one', 'two'], { seed: 10 })
  const { two } = devices
  endpoint.mail.person.createMailbox(alpha)
  const large = letter('moved', { attachments: [{ bytes: 300_000, name: 'a.bin', type: 'application/zip' }] })
  const twin = endpoint.mail.person.deliver(inbox, large)
  endpoint.mail.person.copy(inbox, twin, alpha)
  two.ailments.broken.add('INBOX')
  await run(two)
  assert.deepEqual(subjects(two, alpha), ['moved'])
  two.mail.person.move(alpha, locatorOf(two, alpha), inbox)
  await run(two)
  endpoint.mail.person.remove(inbox, twin)
  two.ailments.cure()
  for (let round = 0; round < 3; round++) await run(two, { allow: ['*'] })
  for (const side of [endpoint, two]) {
    assert.deepEqual(subjects(side, inbox), ['moved'], side.name)
    assert.deepEqual(subjects(side, alpha), [], side.name)
  }
})

test('what stands for a message and is moved out of sight, with the end of its mailbox, is not taken for deleted', async () => {
  for (const kind of ['stand-in', 'text'] as const)
    for (const ailment of ['broken', 'closed', 'partial'] as const) {
      const { endpoint, devices, run } = await makeStar(['two'], { seed: 11 })
      const { two } = devices
      for (const path of [alpha, beta]) endpoint.mail.person.createMailbox(path)
      const large = letter('moved', {
        attachments: [{ bytes: 300_000, name: 'a.bin', type: 'application/zip' }],
      })
      const there = endpoint.mail.person.deliver(alpha, kind === 'text' ? letter('moved') : large)
      if (kind === 'text') endpoint.ailments.unreadable.add(`Alpha/${there}`)
      await run(two)
      two.ailments[ailment].add('Beta')
      two.mail.person.move(alpha, locatorOf(two, alpha), beta)
      two.mail.person.deleteMailbox(alpha)
      await run(two)
      const what = `${kind}, ${ailment}`
      assert.equal(messagesIn(endpoint, alpha)[0]?.locator, there, what)
      for (const { ailments } of [endpoint, two]) ailments.cure()
      for (let round = 0; round < 3; round++) await run(two, { allow: ['*'] })
      for (const side of [endpoint, two])
        assert.deepEqual(subjects(side, beta), ['moved'], `${what}: ${side.name}`)
      assert.equal(endpoint.mail.snapshot().has('Alpha'), false, what)
    }
})

test('what another side deletes can be had back, where the file of its twin may have gone too', async () => {
  const { endpoint, devices, run } = await makeStar(['one', 'two'], { seed: 9 })
  const { one, two } = devices
  endpoint.mail.person.createMailbox(alpha)
  for (const subject of ['a', 'moved', 'c']) endpoint.mail.person.deliver(inbox, letter(subject))
  for (const side of [one, two]) await run(side)
  two.ailments.partial.add('INBOX')
  const moved = messagesIn(two, inbox).find(({ bytes }) => subjectOf(bytes) === 'moved')
  two.mail.person.move(inbox, moved?.locator ?? '', alpha)
  await run(two)
  two.ailments.cure()
  await run(two)
  await run(one)
  assert.deepEqual(subjects(one, alpha), ['moved'])
  one.mail.person.remove(alpha, locatorOf(one, alpha))
  for (const side of [one, two]) await run(side)
  assert.deepEqual(subjects(two, alpha), [])
  assert.deepEqual(
    two.mail.aside.map((bytes) => /^Subject: (.*)$/m.exec(latin(bytes))?.[1]),
    ['moved'],
  )
})

test('a mailbox that another side deleted while it could not be looked into is still that one, though a new one has its name', async () => {
  const { endpoint, devices, run } = await makeStar(['one', 'two'], { seed: 13 })
  const { one, two } = devices
  endpoint.mail.person.createMailbox(alpha)
  endpoint.mail.person.deliver(alpha, letter('deleted'))
  for (const side of [one, two]) await run(side)
  endpoint.ailments.closed.add('Alpha')
  two.mail.person.deleteMailbox(alpha)
  await run(two, { allow: ['*'] })
  one.mail.person.deleteMailbox(alpha)
  await run(one, { allow: ['*'] })
  one.mail.person.createMailbox(alpha)
  one.mail.person.deliver(alpha, letter('new'))
  for (let round = 0; round < 2; round++) for (const side of [one, two]) await run(side)
  endpoint.ailments.cure()
  for (let round = 0; round < 3; round++) for (const side of [one, two]) await run(side, { allow: ['*'] })
  for (const side of [endpoint, one, two]) assert.deepEqual(subjects(side, alpha), ['new'], side.name)
  assert.deepEqual(endpoint.mail.aside.map(subjectOf), ['deleted'])
})

test('a mailbox that is deleted elsewhere, and is not shown here, stays to be removed: a stand-in that was moved into it is not taken for deleted', async () => {
  const { endpoint, devices, run } = await makeStar(['one', 'two'], { seed: 12 })
  const { one, two } = devices
  endpoint.mail.person.createMailbox(beta)
  const large = letter('moved', { attachments: [{ bytes: 300_000, name: 'a.bin', type: 'application/zip' }] })
  endpoint.mail.person.deliver(inbox, large)
  for (const side of [one, two]) await run(side)
  two.mail.person.move(inbox, locatorOf(two, inbox), beta)
  two.ailments.hidden.add('Beta')
  endpoint.mail.person.deleteMailbox(beta)
  for (let round = 0; round < 3; round++) for (const side of [two, one]) await run(side)
  const named = await listProblems(two.account.replica.db)
  assert.deepEqual([...new Set(named.map(({ record }) => record.mailbox))], ['Beta'])
  assert.deepEqual(subjects(endpoint, inbox), ['moved'])
  two.ailments.cure()
  for (let round = 0; round < 3; round++) for (const side of [two, one]) await run(side)
  for (const side of [endpoint, one, two]) assert.deepEqual(subjects(side, beta), ['moved'], side.name)
  assert.deepEqual(await listProblems(two.account.replica.db), [])
})

test('a mailbox that went while another could not be looked into is named, and is not tried for each of its messages', async () => {
  const { endpoint, devices, run } = await makeStar(['two'], { seed: 14 })
  const { two } = devices
  for (const path of [alpha, beta]) endpoint.mail.person.createMailbox(path)
  const large = letter('large', { attachments: [{ bytes: 300_000, name: 'a.bin', type: 'application/zip' }] })
  endpoint.mail.person.deliver(alpha, large)
  await run(two)
  two.ailments.broken.add('Beta')
  two.mail.person.deleteMailbox(alpha)
  for (let number = 0; number < 20; number++) endpoint.mail.person.deliver(alpha, letter(`later ${number}`))
  const { mailStore } = two.account
  const put = mailStore.put
  let puts = 0
  mailStore.put = (...message) => {
    puts++
    return put(...message)
  }
  await run(two)
  const { record } =
    (await listProblems(two.account.replica.db)).find((each) => each.record.mailbox === 'Alpha') ?? {}
  assert.deepEqual([record?.code, record?.item], ['MAILBOX_MISSING', undefined])
  assert.equal(puts, 2)
  two.ailments.cure()
  for (let round = 0; round < 2; round++) await run(two, { allow: ['*'] })
  assert.deepEqual(await listProblems(two.account.replica.db), [])
})

test('a copy of a stand-in, whose last whole file is removed before the endpoint could make it, is named until somebody lets it go', async () => {
  for (const outcome of ['deleted', 'copied'] as const) {
    const { endpoint, devices, run } = await makeStar(['one'], { seed: 14 })
    const { one } = devices
    endpoint.mail.person.createMailbox(alpha)
    const large = letter('big', { attachments: [{ bytes: 300_000, name: 'a.bin', type: 'application/zip' }] })
    const original = endpoint.mail.person.deliver(inbox, large)
    await run(one)
    one.mail.person.copy(inbox, locatorOf(one, inbox), alpha)
    one.mail.person.createMailbox(beta)
    endpoint.ailments.closed.add('INBOX')
    await run(one)
    endpoint.mail.person.remove(inbox, original)
    endpoint.ailments.cure()
    for (let round = 0; round < 3; round++) await run(one, { allow: ['*'] })
    const [named, ...others] = await listProblems(endpoint.account.replica.db)
    assert.deepEqual(others, [])
    assert.equal(named?.record.code, 'MESSAGE_GONE')
    assert.equal(named?.record.mailbox, 'Alpha')
    assert.equal(named?.record.item, 'big')
    assert.match(named?.record.reason ?? '', /last complete copy has been removed/)
    assert.deepEqual(subjects(one, alpha), ['big'])

    if (outcome === 'copied') one.mail.person.copy(alpha, locatorOf(one, alpha), beta)
    one.mail.person.remove(alpha, locatorOf(one, alpha))
    for (let round = 0; round < 3; round++) await run(one, { allow: ['*'] })
    assert.deepEqual(await listProblems(endpoint.account.replica.db), [])
    for (const side of [endpoint, one]) {
      assert.deepEqual(subjects(side, alpha), [], side.name)
      assert.deepEqual(subjects(side, beta), outcome === 'copied' ? ['big'] : [], side.name)
    }
  }
})

for (const ailment of ['broken', 'closed'] as const)
  test(`a copy that a person makes where the same message waits to be moved from out of sight is not lost with that (${ailment})`, async () => {
    const { endpoint, devices, run } = await makeStar(['one', 'two'], { seed: 11 })
    const { one, two } = devices
    endpoint.mail.person.createMailbox(alpha)
    endpoint.mail.person.deliver(inbox, letter('moved'))
    for (const side of [one, two]) await run(side)
    endpoint.ailments[ailment].add('INBOX')
    two.mail.person.move(inbox, locatorOf(two, inbox), alpha)
    await run(two)
    endpoint.mail.person.copy(inbox, locatorOf(endpoint, inbox), alpha)
    two.mail.person.deleteMailbox(alpha)
    for (const side of [one, two]) await run(side)
    endpoint.ailments.cure()
    for (let round = 0; round < 3; round++) for (const side of [one, two]) await run(side, { allow: ['*'] })
    for (const side of [endpoint, one, two]) {
      assert.deepEqual(subjects(side, inbox), [], side.name)
      assert.deepEqual(subjects(side, alpha), ['moved'], side.name)
    }
  })
