import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { SMTPServerOptions } from 'smtp-server'
import { startServer, type TestServer } from '../../submit/servers.js'
import { lastEvent } from '../../world/process/program.js'
import { makeWorld, type World } from '../../world/process/world.js'

/** Mail that is written offline goes out through the endpoint, and its author knows where it is. */

interface Sender extends World {
  readonly smtp: TestServer
  sendmail(args: readonly string[], text: string): Promise<number | undefined>
  /** State and subject of all mail on its way. */
  outbox(): Promise<string[]>
}

async function makeSender(t: TestContext, options: SMTPServerOptions = {}): Promise<Sender> {
  const smtp = await startServer(t, options)
  const world = await makeWorld(t, { mail: [] })
  const settings = join(world.server.data, 'endpoint.toml')
  const text = readFileSync(settings, 'utf8')
  const table = `{ mailstore = "maildir:${world.server.maildir}", submit = { via = "smtp", host = "127.0.0.1", port = ${smtp.port}, tls = "none", identities = ["Ann <ann@example.org>"] } }`
  writeFileSync(settings, text.replace(/"maildir:[^"]*"/, table))
  await world.restart()
  return {
    ...world,
    smtp,
    sendmail: async (args, input) =>
      (await world.command(['sendmail', '--data', world.data, ...args], { stdin: input })).code,
    outbox: async () => {
      const { mail } = lastEvent(await world.run(['outbox'])) as unknown as {
        mail: readonly { readonly state: string; readonly subject: string }[]
      }
      return mail.map(({ state, subject }) => `${state} ${subject}`)
    },
  }
}

const letterTo = (to: string, subject: string): string =>
  `From: ann@example.org\nTo: ${to}\nBcc: eve@example.org\nSubject: ${subject}\n\nHello.\n`

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

/** The endpoint hands mail over by itself, after the sync. */
async function until(done: () => Promise<boolean>): Promise<void> {
  while (!(await done())) await setTimeout(50)
}
