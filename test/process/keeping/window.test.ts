import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FixtureMessage } from '../../../fixtures/make-mail.js'
import { makeWorld } from '../../world/process/world.js'

/** `keep`: what it leaves ashore, how that is said, and that it comes when it is wanted. */

const dayMs = 86_400_000

function letter(subject: string, mailbox: string, daysOld: number): FixtureMessage {
  const text = `From: ann@example.org\nSubject: ${subject}\nMessage-ID: <${subject}@example.org>\n\nHello.\n`
  return {
    mailbox: [mailbox],
    flags: ['\\Seen'],
    internalDateMs: Date.now() - daysOld * dayMs,
    bytes: new TextEncoder().encode(text),
  }
}

const account = ['INBOX', 'Work'].flatMap((mailbox) =>
  [1, 2, 3, 200, 400, 800].map((daysOld) => letter(`${mailbox}-${daysOld}`, mailbox, daysOld)),
)

test('keep leaves older mail ashore, says how much, and fetches it when it is more', async (t) => {
  const world = await makeWorld(t, { mail: account })
  const run = (...words: string[]) => world.command([...words, '--data', world.data])
  for (const [name, keep] of [
    ['keep', '90 days'],
    ['mailbox.Work.keep', '2 messages'],
  ] as const)
    assert.equal((await run('config', 'set', name, keep)).code, 0)
  await world.sync()
  const status = await run('status')
  assert.match(status.stdout, /^5 messages in 2 mailboxes\.\n7 messages more \(\d+ B\) ashore/m)
  const mailboxes = await run('mailboxes')
  assert.match(mailboxes.stdout, /mailbox +messages +unseen +ashore +why/)
  assert.match(mailboxes.stdout, /INBOX +3 +0 +3/)
  assert.match(mailboxes.stdout, /Work +2 +0 +4/)
  const wrong = await run('config', 'set', 'keep', 'ninety days')
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /"90 days"/)
  for (const name of ['keep', 'mailbox.Work.keep']) assert.equal((await run('config', 'unset', name)).code, 0)
  assert.equal((await world.sync())['listed'], 7)
  world.assertInStep()
  assert.doesNotMatch((await run('status')).stdout, /ashore/)
})
