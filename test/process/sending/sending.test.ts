import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lastEvent } from '../../world/process/program.js'
import { letterTo, makeSender, until } from './sender.js'

/** Mail that is written offline goes out through the endpoint, and its author knows where it is. */

test('what is handed in goes with the next sync, once, and is filed as sent on both sides', async (t) => {
  const sender = await makeSender(t)
  await sender.sync()
  assert.equal(await sender.sendmail(['-t'], letterTo('bob@example.org', 'one')), 0)
  assert.deepEqual(await sender.outbox(), ['queued one'])
  await sender.sync()
  await until(async () => sender.smtp.taken.length === 1)
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

test('an endpoint that is killed while it hands a mail over neither loses it nor sends it unasked', async (t) => {
  let meet: () => void = () => undefined
  const met = new Promise<void>((resolve) => {
    meet = resolve
  })
  let isHeld = true
  const sender = await makeSender(t, {
    // The first that comes to its recipient gets no answer.
    onRcptTo: (_, __, done) => {
      if (!isHeld) return done()
      isHeld = false
      meet()
    },
  })
  await sender.sync()
  assert.equal(await sender.sendmail(['-t'], letterTo('bob@example.org', 'one')), 0)
  await sender.sync()
  await met
  await sender.restart()
  await until(async () => {
    await sender.sync()
    return (await sender.outbox()).join() === 'uncertain one'
  })
  assert.equal(sender.smtp.taken.length, 0)
  const { mail } = lastEvent(await sender.run(['outbox'])) as unknown as { mail: { name: string }[] }
  await sender.run(['outbox', 'retry', mail[0]?.name ?? ''])
  await until(async () => {
    await sender.sync()
    return sender.smtp.taken.length === 1
  })
  assert.match(Buffer.from(sender.smtp.taken[0]?.bytes ?? []).toString(), /^Subject: one\r$/m)
})
