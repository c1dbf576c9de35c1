import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { aDate, letter } from '../../world/letter.js'
import { lastEvent } from '../../world/process/program.js'
import { latin } from '../../world/shown.js'
import { until } from '../../world/until.js'
import { letterTo, makeSender } from './sender.js'

/** Mail that is written offline goes out through the endpoint, and its author knows where it is. */

test('what is handed in goes with the next sync, once, and is filed as sent on both sides', async (t) => {
  const sender = await makeSender(t)
  await sender.sync()
  assert.equal(await sender.sendmail(['-t'], letterTo('bob@example.org', 'one')), 0)
  assert.deepEqual(await sender.outbox(), ['queued one'])
  await sender.sync()
  await until(async () => sender.smtp.taken.length >= 1)
  const [mail] = sender.smtp.taken
  assert.deepEqual(mail?.recipients.toSorted(), ['bob@example.org', 'eve@example.org'])
  assert.equal(mail?.from, 'ann@example.org')
  const sent = Buffer.from(mail?.bytes ?? []).toString()
  assert.match(sent, /^Subject: one\r$/m)
  assert.doesNotMatch(sent, /eve@/)
  await until(async () => {
    await sender.sync()
    return (await sender.outbox()).join() === 'sent one'
  })
  await sender.sync()
  const copies = sender.person.list(['Sent'])
  assert.equal(copies.length, 1)
  sender.assertInStep()
  assert.equal(sender.smtp.taken.length, 1)
})

test('a draft that is handed in as it lies leaves Drafts on both sides once it is sent', async (t) => {
  const sender = await makeSender(t)
  const draft = latin(
    letter('one', { from: 'ann@example.org', to: 'bob@example.org', id: 'one', date: aDate }),
  )
  sender.person.makeMailbox(['Drafts'])
  sender.person.deliver(['Drafts'], draft)
  await sender.sync()
  assert.equal(sender.server.person.list(['Drafts']).length, 1)
  assert.equal(await sender.sendmail(['-t'], draft), 0)
  await sender.sync()
  await until(async () => sender.server.person.list(['Drafts']).length === 0)
  await sender.sync()
  assert.deepEqual([sender.person.list(['Drafts']).length, sender.person.list(['Sent']).length], [0, 1])
  assert.equal(sender.smtp.taken.length, 1)
})

test('what is whole ashore is handed over while something large still comes up behind it', async (t) => {
  const sender = await makeSender(t)
  await sender.sync()
  sender.person.deliver(['INBOX'], letter('large', { attachments: [{ seed: 3, bytes: 10_000_000 }] }))
  const bytes = letter('one', { from: 'ann@example.org', attachments: [{ seed: 4, bytes: 100_000 }] })
  assert.equal(await sender.sendmail(['bob@example.org'], latin(bytes)), 0)
  // Almost ten minutes for all of it, and it is killed before.
  const run = sender.startSync(['--limit-rate', '150 kbit/s'])
  await until(async () => sender.smtp.taken.length === 1)
  assert.deepEqual(sender.server.person.list(['INBOX']), [])
  await run.kill('SIGKILL')
})

test('of what is more than a device may hand in within a day the rest waits here, and goes when it may', async (t) => {
  const sender = await makeSender(t)
  const settings = join(sender.server.data, 'endpoint.toml')
  const allow = async (mails: number): Promise<void> => {
    const text = readFileSync(settings, 'utf8').replace(/^deviceMails = .*\n/m, '')
    writeFileSync(settings, `deviceMails = ${mails}\n${text}`)
    await sender.restart()
  }
  await allow(2)
  await sender.sync()
  for (const subject of ['one', 'two', 'three'])
    assert.equal(await sender.sendmail(['-t'], letterTo('bob@example.org', subject)), 0)
  for (let i = 0; i < 2; i++) {
    const ended = await sender.sync([], { code: 14 })
    assert.match(JSON.stringify(ended), /handed in 2 mails to be sent within a day.*raise deviceMails/)
  }
  await until(async () => sender.smtp.taken.length === 2)
  await until(async () => {
    await sender.sync([], { code: 14 })
    return (await sender.outbox()).sort().join() === 'queued three,sent one,sent two'
  })
  await allow(3)
  await until(async () => {
    await sender.sync()
    return (await sender.outbox()).every((each) => each.startsWith('sent '))
  })
  assert.equal(sender.smtp.taken.length, 3)
})

test('an outbox of which not all can be read shows what waits, and ends as what was in the way', async (t) => {
  const sender = await makeSender(t)
  await sender.sync()
  writeFileSync(join(sender.data, 'replica.db'), 'no database at all '.repeat(500))
  const nothing = await sender.command(['outbox', '--data', sender.data])
  assert.equal(nothing.code, 9)
  assert.doesNotMatch(nothing.stdout, /No mail/)
  assert.equal(await sender.sendmail(['-t'], letterTo('bob@example.org', 'one')), 0)
  const waiting = await sender.command(['outbox', '--data', sender.data])
  assert.equal(waiting.code, 9)
  assert.match(waiting.stdout, /bob@example.org .*one/)
})

/** A server that leaves the first mail without an answer there, and takes all others. */
async function makeWaiting(t: TestContext, at: 'recipient' | 'final dot') {
  let meet: () => void = () => undefined
  const met = new Promise<void>((resolve) => {
    meet = resolve
  })
  let isFirst = true
  const answer = (goOn: () => void): void => {
    if (isFirst) meet()
    else goOn()
    isFirst = false
  }
  const sender = await makeSender(
    t,
    at === 'recipient' ? { onRcptTo: (_, __, done) => answer(done) } : { onTaken: answer },
  )
  await sender.sync()
  assert.equal(await sender.sendmail(['-t'], letterTo('bob@example.org', 'one')), 0)
  await sender.sync()
  await met
  await sender.restart()
  return sender
}

test('an endpoint that is killed before a message goes hands it over when it is back, once', async (t) => {
  const sender = await makeWaiting(t, 'recipient')
  await until(async () => {
    await sender.sync()
    return (await sender.outbox()).join() === 'sent one'
  })
  assert.equal(sender.smtp.taken.length, 1)
  assert.deepEqual(lastEvent(await sender.run(['conflicts']))['conflicts'], [])
})

test('an endpoint that is killed behind a message neither loses it nor sends it unasked', async (t) => {
  const sender = await makeWaiting(t, 'final dot')
  await until(async () => {
    await sender.sync()
    return (await sender.outbox()).join() === 'uncertain one'
  })
  assert.equal(sender.smtp.taken.length, 1)
  const { conflicts } = lastEvent(await sender.run(['conflicts'])) as unknown as {
    conflicts: readonly { readonly kind: string; readonly here: string }[]
  }
  assert.deepEqual(
    conflicts.map(({ kind }) => kind),
    ['in-doubt'],
  )
  assert.match(conflicts[0]?.here ?? '', /^"one" \(in the outbox: .*, uncertain\)$/)
  const { mail } = lastEvent(await sender.run(['outbox'])) as unknown as { mail: { name: string }[] }
  await sender.run(['outbox', 'retry', mail[0]?.name ?? ''])
  await until(async () => {
    await sender.sync()
    return sender.smtp.taken.length >= 2
  })
})
