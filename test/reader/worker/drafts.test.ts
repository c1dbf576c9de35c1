import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import type { Draft } from '../../../src/reader/port.js'
import { ownTables } from '../../../src/reader/worker/own-tables.js'
import { tables } from '../../../src/replica/tables.js'
import { sendDue } from '../../../src/sync/submission/send-due.js'
import { mailing, memoryServer, sendSettings } from '../../sync/submission/sending.js'
import { letter } from '../../world/letter.js'
import { type Leading, makeLeading } from './leading.js'

const inbox = ['INBOX']
const drafts = ['Drafts']

const begun: Draft = {
  id: 'a'.repeat(20),
  to: 'Bob <bob@example.org>',
  cc: '',
  bcc: '',
  subject: 'Grüße',
  text: 'How are you?',
  files: [],
}

async function paired(): Promise<Leading> {
  const leading = await makeLeading()
  leading.endpoint.account = { ...leading.endpoint.account, mailing }
  await leading.port.pair('good')
  await leading.port.sync()
  return leading
}

const there = ({ endpoint }: Leading, where: string): string[] =>
  (endpoint.mail.snapshot().get(where) ?? []).map(({ bytes }) => Buffer.from(bytes).toString())

test('a draft is saved in the place of what was saved before, is there after a kill, and reaches the endpoint once', async () => {
  const leading = await paired()
  await leading.port.saveDraft(begun)
  const files = [{ name: '../a "b".txt', type: 'text/plain', bytes: Buffer.from('hello') }]
  const saved = await leading.port.saveDraft({ ...begun, text: 'How are you, Bob?', files })
  await leading.kill()
  const [message, ...others] = await leading.messages(drafts)
  assert.deepEqual([message?.guid, message?.flags, others], [saved, ['\\Draft', '\\Seen'], []])
  const shown = await leading.port.message(saved)
  assert.deepEqual(shown.texts[0]?.text.trim(), 'How are you, Bob?')
  assert.deepEqual(
    shown.parts.map(({ name }) => name),
    [undefined, '.._a "b".txt'],
  )
  assert.equal(shown.draft?.text, 'How are you, Bob?')
  await leading.port.sync()
  const [mail, ...more] = there(leading, 'Drafts')
  assert.deepEqual(more, [])
  assert.match(mail ?? '', /^From: .*@.*\nTo: Bob <bob@example.org>\nSubject: =\?utf-8\?B\?/)
  // It goes on under the name that the endpoint gave it.
  await leading.port.saveDraft({ ...begun, text: 'Well?' })
  await leading.port.sync()
  assert.deepEqual(
    there(leading, 'Drafts').map((each) => each.includes('Well?')),
    [true],
  )
  await leading.port.discardDraft(begun.id)
  await leading.port.sync()
  assert.deepEqual([there(leading, 'Drafts'), await leading.messages(drafts)], [[], []])
})

test('mail that is sent goes once, however often that is said and whatever is killed, and is a draft no more', async () => {
  const leading = await paired()
  const { endpoint } = leading
  endpoint.mail.person.deliver(inbox, letter('question', { id: 'q1' }))
  await leading.port.sync()
  const [question] = await leading.messages(inbox)
  const draft = { ...begun, answers: question?.guid ?? '', bcc: 'carol@example.org' }
  await leading.port.saveDraft(draft)
  await leading.port.send(draft)
  await leading.kill()
  await leading.port.send(draft)
  assert.deepEqual(await leading.messages(drafts), [])
  assert.ok((await leading.state()).unsent > 0)
  await leading.port.sync()
  await leading.port.send(draft)
  await leading.port.sync()
  const { submission } = tables
  const found = []
  for await (const { value } of submission.list(endpoint.account.replica.db)) found.push(value)
  assert.deepEqual(
    found.map(({ envelope }) => envelope.recipients),
    [['bob@example.org', 'carol@example.org']],
  )
  assert.equal((await leading.state()).unsent, 0)
})

test('a draft is there once, and mail goes once and is a draft no more, after whichever commit the browser was killed', async () => {
  const leading = await paired()
  for (let commits = 0, cut = true; cut; commits++) {
    const draft = { ...begun, id: `${commits}`.padStart(20, 'd') }
    const acts = [
      () => leading.port.saveDraft(draft),
      () => leading.port.saveDraft({ ...draft, text: 'Again' }),
      () => leading.port.send({ ...draft, text: 'Again' }),
    ]
    cut = false
    for (const act of acts) {
      leading.commitsLeft = commits
      const ended = await act().then(
        () => true,
        (error) => hasCode(error, 'DISK_FULL'),
      )
      assert.ok(ended)
      cut ||= leading.commitsLeft < 0
      leading.commitsLeft = Number.POSITIVE_INFINITY
      await leading.kill()
      const which = `killed after ${commits} commits`
      const waits = await ownTables.outgoing.has(leading.account.replica.db, draft.id)
      const there = (await leading.messages(drafts)).length
      // What waits to be sent is no draft, so that nobody writes on in it.
      assert.ok(there < (waits ? 1 : 2), which)
      await act()
      assert.equal((await leading.messages(drafts)).length, act === acts[2] ? 0 : 1, which)
    }
  }
  await leading.port.sync()
  assert.deepEqual(there(leading, 'Drafts'), [])
})

test('mail to nobody, to what is no address, or from whom the endpoint sends nothing stays a draft', async () => {
  const leading = await paired()
  await leading.port.saveDraft({ ...begun, to: 'not an address' })
  const refused = (draft: Draft, code: Parameters<typeof hasCode>[1]) =>
    assert.rejects(leading.port.send(draft), (error) => hasCode(error, code))
  await refused({ ...begun, to: ' ' }, 'NO_RECIPIENTS')
  await refused({ ...begun, to: 'not an address' }, 'MAIL_INVALID')
  await refused({ ...begun, to: 'root' }, 'LOCAL_NAME')
  assert.equal((await leading.messages(drafts)).length, 1)
  const other = await makeLeading()
  await other.port.pair('good')
  await other.port.sync()
  await assert.rejects(other.port.send(begun), (error) => hasCode(error, 'CONFIG'))
})

test('a message goes along whole with what is written, and lines of text end no header', async () => {
  const leading = await paired()
  leading.endpoint.mail.person.deliver(inbox, letter('forwarded'))
  await leading.port.sync()
  const [message] = await leading.messages(inbox)
  await leading.port.saveDraft({
    ...begun,
    subject: 'one\r\nBcc: eve@example.org',
    to: 'bob@example.org\nX: y',
    forwards: message?.guid ?? '',
  })
  await leading.port.sync()
  const [mail = ''] = there(leading, 'Drafts')
  assert.ok(mail.includes('Content-Type: message/rfc822') && mail.includes('The text of forwarded.'))
  assert.doesNotMatch(mail, /^(Bcc|X):/m)
})

test('a message that is whole here costs no bytes when it goes along, as a draft or in what is sent, and arrives byte for byte', async () => {
  const leading = await paired()
  const plan = letter('plan', {
    attachments: [{ bytes: 100_000, name: 'plan.pdf', type: 'application/pdf' }],
  })
  leading.endpoint.mail.person.deliver(inbox, plan)
  await leading.port.sync()
  const [message] = await leading.messages(inbox)
  const guid = message?.guid ?? ''
  await leading.port.want(guid, [0, 1])
  await leading.port.sync()
  assert.equal((await leading.port.message(guid)).missingBytes, 0)
  const forward = { ...begun, id: 'f'.repeat(20), forwards: guid }
  const { up } = leading.link.stats
  await leading.port.saveDraft(forward)
  await leading.port.sync()
  await leading.port.send(forward)
  await leading.port.sync()
  const upBytes = leading.link.stats.up - up
  assert.ok(upBytes < 1500, `${upBytes} bytes went up`)
  const server = memoryServer()
  await sendDue(leading.endpoint.account, sendSettings(server), new AbortController().signal)
  const [sent] = server.taken
  assert.ok(sent?.text.includes(Buffer.from(plan).toString()))
})
