import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createMailbox, mailboxAt } from '../../../src/replica/mailboxes.js'
import { liveMessages } from '../../../src/replica/messages.js'
import type { MessageRecord } from '../../../src/replica/records.js'
import { nameOfCopy } from '../../../src/replica/submission/submission.js'
import {
  cancelSubmission,
  forgetSubmission,
  listSubmissions,
} from '../../../src/replica/submission/submissions.js'
import { tables } from '../../../src/replica/tables.js'
import { sendDue } from '../../../src/sync/submission/send-due.js'
import { shortNameOf } from '../../../src/wire/response/given-numbers.js'
import { memorySpool } from '../../world/memory-spool.js'
import { messagesIn, stateOf } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { makeStar } from '../../world/star.js'
import { mailing, memoryServer, sendSettings } from './sending.js'

const text =
  'From: ann@example.org\r\nTo: bob@example.org\r\nSubject: one\r\nMessage-ID: <one@example.org>\r\n\r\nHello.\r\n'

async function makeSender() {
  const star = await makeStar(['a', 'b'], { seed: 21 })
  const { endpoint, devices } = star
  endpoint.account = { ...endpoint.account, mailing }
  const spool = memorySpool()
  const server = memoryServer()
  const run = () => star.run(devices.a, { spool })
  const send = () => sendDue(endpoint.account, sendSettings(server), new AbortController().signal)
  for (const mailbox of ['Sent', 'Sent Items']) devices.a.mail.person.createMailbox([mailbox])
  for (let i = 0; i < 3; i++) await run()
  const runOther = () => star.run(devices.b)
  await runOther()
  const file = (mailbox = 'Sent', flags = ['\\Seen']) =>
    devices.a.mail.person.deliver([mailbox], new TextEncoder().encode(text), flags)
  return { ...star, ...devices, spool, server, run, runOther, send, file }
}

async function copiesIn({ account: { replica } }: Side, path = 'Sent'): Promise<MessageRecord[]> {
  const mailbox = await mailboxAt(replica.db, [path])
  const found: MessageRecord[] = []
  for await (const message of liveMessages(replica.db, mailbox?.guid ?? '')) found.push(message)
  return found
}

/** The only copy in a mailbox of the endpoint, which the device knows by the same name, number and UID. */
async function onlyCopy(endpoint: Side, device: Side, path = 'Sent'): Promise<MessageRecord> {
  const [there, here] = [await copiesIn(endpoint, path), await copiesIn(device, path)]
  assert.deepEqual([there.length, here.length], [1, 1])
  const [copy] = there
  assert.ok(copy)
  assert.deepEqual(
    here.map(({ guid, upstream, uid }) => ({ guid, number: upstream, uid })),
    [{ guid: copy.guid, number: copy.number, uid: copy.uid }],
  )
  return copy
}

const submissionOf = async ({ account: { replica } }: Side): Promise<string> =>
  (await listSubmissions(replica.db))[0]?.guid ?? ''

describe('a copy of sent mail, known by its submission', () => {
  it('gets its number by its entry, where the mail program has filed it', async () => {
    const { a, endpoint, spool, run, file } = await makeSender()
    spool.put(text)
    file()
    await run()
    const copy = await onlyCopy(endpoint, a)
    assert.equal(copy.guid, nameOfCopy(await submissionOf(a)))
  })

  for (const [act, what] of [
    ['moved', 'moved the one that the mail program has filed elsewhere'],
    ['renamed', 'renamed the mailbox of the one that the mail program has filed'],
  ] as const)
    it(`is the only one where somebody has ${what} before the mail went`, async () => {
      const { a, b, endpoint, spool, run, runOther, send, file } = await makeSender()
      spool.put(text)
      file()
      await run()
      await runOther()
      const { person } = b.mail
      const [filed] = messagesIn(b, ['Sent'])
      if (act === 'renamed') person.renameMailbox(['Sent'], ['Alpha'])
      else {
        person.createMailbox(['Alpha'])
        person.move(['Sent'], filed?.locator ?? '', ['Alpha'])
      }
      await runOther()
      await send()
      await run()
      await runOther()
      const placed = ['Alpha', 'Sent', 'Sent Items'].map((name) => messagesIn(endpoint, [name]).length)
      assert.deepEqual(placed, [1, 0, 0])
      for (const side of [a, b]) assert.deepEqual(stateOf(side), stateOf(endpoint))
    })

  it('gets it with the news that the mail has gone, where the endpoint has filed it', async () => {
    const { a, endpoint, spool, run, send } = await makeSender()
    spool.put(text)
    await run()
    await send()
    await run()
    assert.equal((await onlyCopy(endpoint, a)).guid, nameOfCopy(await submissionOf(a)))
    assert.equal(messagesIn(a, ['Sent']).length, 1)
  })

  it('is told with the GUID of its mailbox, where another one has the same short name', async () => {
    const { a, endpoint, spool, run, send } = await makeSender()
    const { replica } = endpoint.account
    const sent = await mailboxAt(replica.db, ['Sent'])
    assert.ok(sent)
    const words = sent.guid.match(/.{8}/g) ?? []
    const guid = [words[1], words[0], words[3], words[2]].join('')
    assert.equal(shortNameOf(guid), shortNameOf(sent.guid))
    await replica.db.transact((tx) =>
      createMailbox({ tx, replica, origin: { kind: 'local' } }, { path: ['Other'], guid }),
    )
    spool.put(text)
    await run()
    await send()
    await run()
    await onlyCopy(endpoint, a)
  })

  it('is told with its mailbox, where that was deleted and has come back', async () => {
    const { a, b, endpoint, spool, run, runOther, send } = await makeSender()
    for (const mailbox of ['Sent', 'Sent Items']) endpoint.mail.person.deleteMailbox([mailbox])
    spool.put(text)
    await run()
    b.mail.person.deliver(['Sent'], new TextEncoder().encode(text.replaceAll('one', 'two')))
    await runOther()
    await send()
    await run()
    assert.equal(messagesIn(a, ['Sent']).length, 2)
    assert.deepEqual(stateOf(a), stateOf(endpoint))
  })

  it('is one message where both have filed it, with the flags of both', async () => {
    const { a, endpoint, spool, run, send, file } = await makeSender()
    spool.put(text)
    await run()
    await send()
    file('Sent', ['\\Seen', '\\Flagged'])
    await run()
    await run()
    assert.deepEqual((await onlyCopy(endpoint, a)).flags.toSorted(), ['\\Flagged', '\\Seen'])
    assert.deepEqual(
      [stateOf(a)['Sent'], stateOf(endpoint)['Sent']],
      [['one \\Flagged \\Seen'], ['one \\Flagged \\Seen']],
    )
  })

  it('is another message than the one that the endpoint has filed elsewhere, which goes', async () => {
    const { a, endpoint, spool, run, send, file } = await makeSender()
    spool.put(text)
    await run()
    await send()
    file('Sent Items')
    for (let i = 0; i < 2; i++) {
      await run()
      await send()
    }
    await run()
    await onlyCopy(endpoint, a, 'Sent Items')
    assert.deepEqual([await copiesIn(endpoint), await copiesIn(a)], [[], []])
  })

  it('stays where the one that the endpoint has filed was expunged meanwhile', async () => {
    const { a, b, endpoint, run, runOther, send, spool, file } = await makeSender()
    spool.put(text)
    await run()
    await send()
    await runOther()
    const [copy] = messagesIn(b, ['Sent'])
    b.mail.person.remove(['Sent'], copy?.locator ?? '')
    await runOther()
    file()
    await run()
    await run()
    assert.notEqual((await onlyCopy(endpoint, a)).guid, nameOfCopy(await submissionOf(a)))
  })

  it('is a message like any other for an endpoint that has forgotten its mail', async () => {
    const { a, endpoint, spool, run, file } = await makeSender()
    spool.put(text)
    await run()
    const { db } = endpoint.account.replica
    await db.transact(async (tx) => {
      for (const submission of await listSubmissions(tx)) await forgetSubmission(tx, submission)
    })
    file()
    await run()
    await run()
    await onlyCopy(endpoint, a)
  })

  it('goes with its own bytes where its mail was taken back before it had gone up', async () => {
    const { a, endpoint, spool, run, file, link } = await makeSender()
    spool.put(text)
    file()
    link.cutAfter({ up: 0 })
    await assert.rejects(run())
    await a.account.replica.db.transact(async (tx) => {
      for (const submission of await listSubmissions(tx))
        await cancelSubmission({ tx, replica: a.account.replica, origin: { kind: 'local' } }, submission)
    })
    await run()
    await run()
    await onlyCopy(endpoint, a)
  })

  it('goes to an endpoint that knows no such names under its own', async () => {
    const { a, endpoint, spool, run, file } = await makeSender()
    spool.put(text)
    file()
    const { db } = a.account.replica
    const outbox = await tables.outboxThere.get(db)
    assert.equal(outbox?.numbers, true)
    await db.transact(async (tx) => {
      const { numbers: _, ...older } = outbox
      tables.outboxThere.put(tx, older)
    })
    await run()
    await onlyCopy(endpoint, a)
  })

  it('is a new message when it is put there once more after it was removed', async () => {
    const { a, endpoint, spool, server, run, send, file } = await makeSender()
    server.says = () => 'later'
    spool.put(text)
    const first = file()
    await run()
    a.mail.person.remove(['Sent'], first)
    await run()
    file()
    await run()
    await send()
    await run()
    assert.notEqual((await onlyCopy(endpoint, a)).guid, nameOfCopy(await submissionOf(a)))
  })

  for (const way of ['up', 'down'] as const)
    it(`stands once wherever the line is cut on its way ${way}, and where a request comes twice`, async () => {
      for (let cut = 0; ; cut += 61) {
        const { a, endpoint, spool, run, send, file, link } = await makeSender()
        spool.put(text)
        file()
        const before = link.stats[way]
        link.cutAfter({ [way]: cut })
        const whole = await run().then(
          () => true,
          () => false,
        )
        if (!whole && link.stats[way] - before > cut) assert.fail('not cut where it was to be')
        link.deliverTwice()
        await run().catch(() => undefined)
        await send()
        await run()
        await run()
        await onlyCopy(endpoint, a)
        if (whole) break
      }
    })
})
