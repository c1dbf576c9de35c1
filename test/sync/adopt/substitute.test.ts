import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listConflicts } from '../../../src/replica/merge/conflict-log.js'
import type { MailboxPath } from '../../../src/replica/model.js'
import { listProblems } from '../../../src/replica/problems.js'
import { substituteKeyword } from '../../../src/replica/substitute.js'
import type { Guard } from '../../../src/sync/policy/guard.js'
import { aDate, letter } from '../../world/letter.js'
import { findMessage } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

/** Messages that can't be read where they are kept: devices have a text in their place, and what they do with that is done to the message. */

const inbox = ['INBOX']
const work = ['Work']

const dated = (subject: string): Uint8Array => letter(subject, { id: subject, date: aDate })

async function makeWorld(options: { readonly guard?: Guard } = {}) {
  const { endpoint, client, link, run } = await makePair({ seed: 4, ...options })
  endpoint.mail.person.createMailbox(work)
  for (const subject of ['a', 'b']) endpoint.mail.person.deliver(inbox, dated(subject))
  /** Delivers a message to the endpoint that can't be read there. */
  const poison = (subject: string): string => {
    const locator = endpoint.mail.person.deliver(inbox, dated(subject), ['\\Flagged'])
    endpoint.ailments.unreadable.add(`INBOX/${locator}`)
    return locator
  }
  await run()
  return { endpoint, client, link, run, poison }
}

/** `SUBJECT FLAGS`, and `?` before what only stands in a message's place. */
const shown = (side: Side, path: MailboxPath): string[] =>
  (side.mail.snapshot().get(path.join('/')) ?? [])
    .map(({ bytes, flags }) => {
      const text = new TextDecoder().decode(bytes)
      const mark = text.startsWith('X-Packetboat-Unreadable:') ? '?' : ''
      const names = flags.filter((flag) => flag !== substituteKeyword)
      return [`${mark}${/^Subject: (.*)$/m.exec(text)?.[1]}`, ...names].join(' ')
    })
    .sort()

const inStep = ({ endpoint, client }: { readonly endpoint: Side; readonly client: Side }): void => {
  for (const path of [inbox, work]) assert.deepEqual(shown(client, path), shown(endpoint, path))
}

test('a message that cannot be read at the endpoint: its devices get a text that says so, and the message when it can be', async () => {
  const pair = await makeWorld()
  const locator = pair.poison('bad')
  const report = await pair.run()
  assert.equal(report.problems, 1)
  assert.deepEqual(shown(pair.client, inbox), ['?bad \\Flagged', 'a', 'b'])
  const { bytes, flags } = findMessage(pair.client, 'bad', inbox)
  const text = new TextDecoder().decode(bytes)
  assert.match(text, /^From: Ann <ann@example.org>$/m)
  assert.match(text, /^Date: Mon, 2 Nov 2026 10:00:00 \+0000$/m)
  assert.match(
    text,
    new RegExp(`Mailbox: INBOX\\n\\nMessage: ${locator}\\n\\nWhy: ${locator} can't be read\\.`),
  )
  assert.match(text, /What to do: Cure it\./)
  assert.ok(text.split('\n').every((line) => line.length <= 80))
  assert.deepEqual(flags, [substituteKeyword, '\\Flagged'].sort())
  // It stays as it is, and nothing crosses the line for it.
  const before = { ...pair.link.stats }
  assert.equal((await pair.run()).problems, 1)
  assert.ok(pair.link.stats.down - before.down < 60)
  assert.deepEqual(findMessage(pair.client, 'bad', inbox).bytes, bytes)
  pair.endpoint.ailments.cure()
  assert.equal((await pair.run()).problems, 0)
  assert.deepEqual(shown(pair.client, inbox), ['a', 'b', 'bad \\Flagged'])
  assert.deepEqual(findMessage(pair.client, 'bad', inbox).bytes, dated('bad'))
  inStep(pair)
  for (const side of [pair.client, pair.endpoint]) {
    assert.deepEqual(side.mail.aside, [])
    assert.deepEqual(await listConflicts(side.account.replica.db), [])
    assert.deepEqual(await listProblems(side.account.replica.db), [])
  }
  assert.equal((await pair.run()).written, 0)
})

test('the bytes of the text are the same whenever it is made: an endpoint that loses its database finds it again', async () => {
  const pair = await makeWorld()
  pair.poison('bad')
  await pair.run()
  const { bytes } = findMessage(pair.client, 'bad', inbox)
  await pair.endpoint.loseDatabase()
  for (let round = 0; round < 3; round++) await pair.run()
  assert.deepEqual(shown(pair.client, inbox), ['?bad \\Flagged', 'a', 'b'])
  assert.deepEqual(findMessage(pair.client, 'bad', inbox).bytes, bytes)
  assert.deepEqual(shown(pair.endpoint, inbox), ['a', 'b', 'bad \\Flagged'])
  pair.endpoint.ailments.cure()
  for (let round = 0; round < 2; round++) await pair.run()
  inStep(pair)
})

for (const after of ['can be read', 'is given another reason'] as const)
  test(`an endpoint that loses its database, and then the message ${after}: the text that a device has goes, and never up`, async () => {
    const pair = await makeWorld()
    const locator = pair.poison('bad')
    await pair.run()
    // A copy that the endpoint has never heard of.
    const text = findMessage(pair.client, 'bad', inbox)
    if (after === 'can be read') pair.client.mail.person.copy(inbox, text.locator, work)
    await pair.endpoint.loseDatabase()
    if (after === 'can be read') pair.endpoint.ailments.cure()
    else {
      pair.endpoint.mail.person.move(inbox, locator, work)
      const [name] = [...(pair.endpoint.mail.snapshot().get('Work') ?? [])].map((each) => each.locator)
      pair.endpoint.ailments.unreadable.add(`Work/${name}`)
    }
    for (let round = 0; round < 3; round++) await pair.run()
    if (after === 'can be read') inStep(pair)
    else {
      assert.deepEqual(shown(pair.client, inbox), ['a', 'b'])
      assert.deepEqual(shown(pair.client, work), ['?bad \\Flagged'])
      pair.endpoint.ailments.cure()
      await pair.run()
      inStep(pair)
    }
    assert.ok(
      ![...shown(pair.endpoint, inbox), ...shown(pair.endpoint, work)].some((line) => line.startsWith('?')),
    )
  })

test('what a device does with the text is done to the message: flags at once, the rest at the latest when it can be read', async () => {
  const pair = await makeWorld()
  for (const subject of ['marked', 'moved', 'copied', 'deleted']) pair.poison(subject)
  await pair.run()
  const { person } = pair.client.mail
  const { locator, flags } = findMessage(pair.client, 'marked', inbox)
  person.setFlags(inbox, locator, [...flags, '\\Seen'])
  person.move(inbox, findMessage(pair.client, 'moved', inbox).locator, work)
  person.copy(inbox, findMessage(pair.client, 'copied', inbox).locator, work)
  person.remove(inbox, findMessage(pair.client, 'deleted', inbox).locator)
  for (let round = 0; round < 2; round++) await pair.run()
  assert.deepEqual(findMessage(pair.endpoint, 'marked', inbox).flags, ['\\Flagged', '\\Seen'])
  assert.ok(!shown(pair.endpoint, inbox).some((line) => line.startsWith('deleted')))
  assert.equal(pair.endpoint.mail.aside.length, 1)
  assert.ok(![...shown(pair.endpoint, inbox), ...shown(pair.endpoint, work)].some((line) => /^\?/.test(line)))
  pair.endpoint.ailments.cure()
  for (let round = 0; round < 3; round++) await pair.run()
  assert.deepEqual(shown(pair.endpoint, inbox), ['a', 'b', 'copied \\Flagged', 'marked \\Flagged \\Seen'])
  assert.deepEqual(shown(pair.endpoint, work), ['copied \\Flagged', 'moved \\Flagged'])
  inStep(pair)
  assert.deepEqual(await listProblems(pair.client.account.replica.db), [])
})

test('what a device does with the text while the message has come is done to the message', async () => {
  const pair = await makeWorld()
  for (const subject of ['marked', 'moved', 'copied']) pair.poison(subject)
  await pair.run()
  pair.endpoint.ailments.cure()
  const { person } = pair.client.mail
  const { locator, flags } = findMessage(pair.client, 'marked', inbox)
  person.setFlags(inbox, locator, [...flags, '\\Seen'])
  person.move(inbox, findMessage(pair.client, 'moved', inbox).locator, work)
  person.copy(inbox, findMessage(pair.client, 'copied', inbox).locator, work)
  for (let round = 0; round < 4; round++) await pair.run()
  assert.deepEqual(shown(pair.endpoint, inbox), ['a', 'b', 'copied \\Flagged', 'marked \\Flagged \\Seen'])
  assert.deepEqual(shown(pair.endpoint, work), ['copied \\Flagged', 'moved \\Flagged'])
  inStep(pair)
})

test('a text that a device moves to where it cannot look: the message is not taken for deleted', async () => {
  const pair = await makeWorld()
  const locator = pair.poison('bad')
  await pair.run()
  pair.client.ailments.broken.add('Work')
  const { locator: text } = findMessage(pair.client, 'bad', inbox)
  pair.client.mail.person.move(inbox, text, work)
  await pair.run()
  assert.ok(
    pair.endpoint.mail
      .snapshot()
      .get('INBOX')
      ?.some((each) => each.locator === locator),
  )
  pair.client.ailments.cure()
  pair.endpoint.ailments.cure()
  for (let round = 0; round < 3; round++) await pair.run()
  assert.deepEqual(shown(pair.client, work), ['bad \\Flagged'])
  inStep(pair)
})

test('a message that a person moves or deletes at the mail server while it cannot be read: so goes its text', async () => {
  const pair = await makeWorld()
  const [moved, deleted] = [pair.poison('moved'), pair.poison('deleted')]
  await pair.run()
  const name = pair.endpoint.mail.person.move(inbox, moved, work)
  pair.endpoint.ailments.unreadable.add(`Work/${name}`)
  pair.endpoint.mail.person.remove(inbox, deleted)
  await pair.run()
  assert.deepEqual(shown(pair.client, inbox), ['a', 'b'])
  assert.deepEqual(shown(pair.client, work), ['?moved \\Flagged'])
  pair.endpoint.ailments.cure()
  await pair.run()
  inStep(pair)
})

test('a copy of the text, of which the message goes before anybody could read it, is a mail on every side', async () => {
  const pair = await makeWorld()
  const gone = pair.poison('gone')
  await pair.run()
  pair.client.mail.person.copy(inbox, findMessage(pair.client, 'gone', inbox).locator, work)
  pair.endpoint.mail.person.remove(inbox, gone)
  for (let round = 0; round < 3; round++) await pair.run()
  for (const side of [pair.endpoint, pair.client]) {
    assert.deepEqual(shown(side, inbox), ['a', 'b'], side.name)
    assert.deepEqual(shown(side, work), ['?gone \\Flagged'], side.name)
    assert.deepEqual(findMessage(side, 'gone', work).flags, ['\\Flagged'], side.name)
  }
})

test('many that can be read again at once ask nobody', async () => {
  const pair = await makeWorld({ guard: { share: 0.3, least: 3 } })
  for (let n = 0; n < 12; n++) pair.poison(`bad${n}`)
  await pair.run()
  assert.equal(shown(pair.client, inbox).length, 14)
  pair.endpoint.ailments.cure()
  const report = await pair.run()
  assert.deepEqual(report.heldBack, [])
  inStep(pair)
})

test('a replica that can ask another makes no such text', async () => {
  const pair = await makeWorld()
  const locator = pair.client.mail.person.deliver(inbox, dated('bad'))
  pair.client.ailments.unreadable.add(`INBOX/${locator}`)
  assert.equal((await pair.run()).problems, 1)
  assert.deepEqual(shown(pair.endpoint, inbox), ['a', 'b'])
})
