import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { mailboxAt } from '../../../src/replica/mailboxes.js'
import { letter } from '../../world/letter.js'
import { makeLeading } from './leading.js'

const inbox = ['INBOX']

test('a browser is paired once, remembers whose mail it has, and syncs it', async () => {
  const leading = await makeLeading()
  leading.endpoint.mail.person.deliver(inbox, letter('hello'))
  await assert.rejects(leading.port.pair('bad'), (error) => hasCode(error, 'AUTH'))
  assert.equal((await leading.state()).account, undefined)
  assert.equal(await leading.port.pair('good'), 'me')
  const synced = await leading.port.sync()
  assert.deepEqual([synced.listed, synced.paused, synced.healed], [1, false, false])
  assert.equal((await leading.messages(inbox)).length, 1)
  await leading.kill()
  const { account, lost, persisted, syncedMs, unsent } = await leading.state()
  assert.deepEqual([account, lost, persisted, unsent], ['me', false, true, 0])
  assert.ok(syncedMs)
  leading.revoked = true
  assert.equal(await leading.port.pair(), 'me', 'it knows without asking')
  assert.equal((await leading.messages(inbox)).length, 1)
})

test('mail of one account never meets that of another, whose link was opened in the same browser', async () => {
  const leading = await makeLeading()
  await leading.port.pair('good')
  await leading.port.sync()
  leading.owner = 'you'
  const isRefused = (error: unknown) => hasCode(error, 'WRONG_ENDPOINT') && /mail of me/.test(`${error}`)
  await assert.rejects(leading.port.pair('good'), isRefused)
  const { up } = leading.link.stats
  await assert.rejects(leading.port.sync(), isRefused)
  await leading.kill()
  await assert.rejects(leading.port.sync(), isRefused)
  assert.equal(leading.link.stats.up, up, 'nothing has left')
  assert.equal((await leading.state()).account, 'me')
  leading.owner = 'me'
  assert.equal(await leading.port.pair('good'), 'me')
  await leading.port.sync()
  assert.equal((await leading.state()).lost, false)
  // A link that was no good changes nothing.
  await assert.rejects(leading.port.pair('bad'), (error) => hasCode(error, 'AUTH'))
  await leading.port.sync()
})

test('what a person does is durable when it is answered, and reaches the endpoint with the next sync', async () => {
  const leading = await makeLeading()
  const { endpoint, port } = leading
  endpoint.mail.person.createMailbox(['Trash'])
  endpoint.mail.person.createMailbox(['Later'])
  for (const subject of ['read', 'moved', 'removed', 'stays'])
    endpoint.mail.person.deliver(inbox, letter(subject))
  await port.pair('good')
  await port.sync()
  const [read, moved, removed, stays] = (await leading.messages(inbox)).map(({ guid }) => guid)
  assert.ok(read && moved && removed && stays)
  const later = await mailboxAt(leading.account.replica.db, ['Later'])
  await port.mark([read, removed], { add: ['\\Seen', '\\Flagged'], remove: [] })
  await port.mark([read], { add: [], remove: ['\\Flagged'] })
  await port.move([moved], later?.guid ?? '')
  await port.remove([removed])
  const look = async () => [
    (await leading.messages(inbox)).map(({ flags }) => flags),
    (await leading.messages(['Later'])).map(({ flags }) => flags),
    (await leading.messages(['Trash'])).map(({ flags }) => flags),
  ]
  const done = [[['\\Seen'], []], [[]], [['\\Flagged', '\\Seen']]]
  assert.deepEqual(await look(), done)
  await leading.kill()
  assert.deepEqual(await look(), done)
  assert.ok((await leading.state()).unsent > 0)
  await leading.port.sync()
  assert.equal((await leading.state()).unsent, 0)
  const there = (path: string) => (endpoint.mail.snapshot().get(path) ?? []).map(({ flags }) => flags)
  assert.deepEqual(
    [there('INBOX').sort(), there('Later'), there('Trash')],
    [[[], ['\\Seen']], ...done.slice(1)],
  )
  // For good, from there.
  const [trashed] = await leading.messages(['Trash'])
  await leading.port.remove([trashed?.guid ?? ''])
  await leading.port.sync()
  assert.deepEqual(there('Trash'), [])
})

test('a message that was moved since it was shown is followed, and one that has gone is named', async () => {
  const leading = await makeLeading()
  const { endpoint, port } = leading
  endpoint.mail.person.createMailbox(['Later'])
  endpoint.mail.person.deliver(inbox, letter('one'))
  await port.pair('good')
  await port.sync()
  const [shown] = await leading.messages(inbox)
  const later = await mailboxAt(leading.account.replica.db, ['Later'])
  await port.move([shown?.guid ?? ''], later?.guid ?? '')
  await port.mark([shown?.guid ?? ''], { add: ['\\Seen'], remove: [] })
  assert.deepEqual(
    (await leading.messages(['Later'])).map(({ flags }) => flags),
    [['\\Seen']],
  )
  const [moved] = await leading.messages(['Later'])
  // There is no mailbox for what is deleted: it goes for good.
  await port.remove([moved?.guid ?? ''])
  await assert.rejects(port.mark([moved?.guid ?? ''], { add: [], remove: [] }), (error) =>
    hasCode(error, 'NOT_FOUND'),
  )
  await assert.rejects(port.want('f'.repeat(32), [1]), (error) => hasCode(error, 'NOT_FOUND'))
})

test('a browser that has lost what was here says so once, however often it is closed before it is paired again', async () => {
  const leading = await makeLeading()
  await leading.port.pair('good')
  await leading.port.sync()
  await leading.lose()
  await leading.kill()
  leading.revoked = true
  await assert.rejects(leading.port.pair(), (error) => hasCode(error, 'AUTH'))
  await leading.kill()
  leading.revoked = false
  await assert.rejects(leading.port.pair('bad'), (error) => hasCode(error, 'AUTH'))
  await leading.port.pair()
  assert.equal((await leading.state()).lost, true)
  await leading.kill()
  assert.equal((await leading.state()).lost, true)
  await leading.port.sync()
  assert.equal((await leading.state()).lost, false)
})

test('a browser that was killed while it was paired has lost nothing', async () => {
  const leading = await makeLeading()
  leading.answersPairing = false
  await assert.rejects(leading.port.pair('good'), (error) => hasCode(error, 'LINK_FAILED'))
  await leading.kill()
  leading.answersPairing = true
  // The cookie has come all the same.
  assert.equal(await leading.port.pair(), 'me')
  assert.equal((await leading.state()).lost, false)
})

test('all of a mailbox can be deleted by a person, and nothing is when the browser has lost it', async () => {
  const leading = await makeLeading()
  const { endpoint, port } = leading
  for (let n = 0; n < 30; n++) endpoint.mail.person.deliver(inbox, letter(`letter ${n}`))
  await port.pair('good')
  await port.sync()
  await leading.lose()
  assert.equal((await leading.state()).account, undefined)
  assert.equal(await leading.port.pair(), 'me')
  assert.equal((await leading.state()).lost, true)
  const { heldBack } = await leading.port.sync()
  assert.deepEqual(heldBack, [])
  assert.equal((await leading.state()).lost, false)
  assert.equal((await leading.messages(inbox)).length, 30)
  assert.equal(endpoint.mail.snapshot().get('INBOX')?.length, 30)
  await leading.port.remove((await leading.messages(inbox)).map(({ guid }) => guid))
  await leading.port.sync()
  assert.equal((await leading.messages(inbox)).length, 0)
})

test('while the browser saves data attachments wait, and they come when it no longer does', async () => {
  const leading = await makeLeading()
  const { endpoint, port } = leading
  endpoint.mail.person.deliver(inbox, letter('photo', { attachments: [{ bytes: 30_000, name: 'sea.png' }] }))
  leading.savesData = true
  await port.pair('good')
  await port.sync()
  const stateOfPart = async () => {
    const [message] = await leading.messages(inbox)
    return (await port.message(message?.guid ?? '')).parts[1]?.state
  }
  assert.equal(await stateOfPart(), 'deferred')
  assert.ok(leading.link.stats.down < 10_000)
  leading.savesData = false
  await port.sync()
  assert.equal(await stateOfPart(), 'here')
})

test('a part that is wanted comes next', async () => {
  const leading = await makeLeading()
  const { endpoint, port } = leading
  endpoint.mail.person.deliver(inbox, letter('photo', { attachments: [{ bytes: 100_000, name: 'sea.png' }] }))
  await port.pair('good')
  const first = await port.sync()
  assert.equal(first.contents, 0)
  const [message] = await leading.messages(inbox)
  await port.want(message?.guid ?? '', [1])
  await leading.kill()
  const second = await leading.port.sync()
  assert.equal(second.contents, 1)
  assert.ok(leading.link.stats.down > 100_000)
})

test('a sync that is stopped says so, and so does one whose device was revoked; what is here stays', async () => {
  const leading = await makeLeading()
  const { endpoint, port } = leading
  for (let n = 0; n < 5; n++) endpoint.mail.person.deliver(inbox, letter(`letter ${n}`))
  await port.pair('good')
  const running = port.sync()
  const ended = assert.rejects(running, (error) => hasCode(error, 'INTERRUPTED'))
  await port.stop()
  await ended
  assert.ok(leading.events.some(({ event }) => event === 'failed'))
  assert.equal((await leading.state()).syncing, false)
  await port.sync()
  assert.equal((await leading.messages(inbox)).length, 5)
})

test('a sync whose line is lost says that it is tried again, and can be stopped meanwhile', async () => {
  const leading = await makeLeading()
  const { port, events } = leading
  await port.pair('good')
  leading.link.cutAfter({ up: 0 })
  const ended = assert.rejects(port.sync(), (error) => hasCode(error, 'INTERRUPTED'))
  const isDown = () => events.some((event) => event.event === 'progress' && event.progress.isDown)
  while (!isDown()) await new Promise((resolve) => setTimeout(resolve, 5))
  await port.stop()
  await ended
  leading.events.length = 0
  await port.sync()
  assert.ok(!isDown())
})

test('where there is no more room it says so, reads on, and goes on when there is', async () => {
  const leading = await makeLeading()
  const { endpoint, port } = leading
  endpoint.mail.person.deliver(inbox, letter('hello'))
  await port.pair('good')
  await port.sync()
  for (let n = 0; n < 20; n++) endpoint.mail.person.deliver(inbox, letter(`letter ${n}`))
  leading.commitsLeft = 0
  const isFull = (error: unknown): boolean => hasCode(error, 'DISK_FULL')
  await assert.rejects(port.sync(), isFull)
  const [shown] = await leading.messages(inbox)
  assert.equal((await port.message(shown?.guid ?? '')).subject, 'hello')
  await assert.rejects(port.mark([shown?.guid ?? ''], { add: ['\\Seen'], remove: [] }), isFull)
  await leading.kill().catch(() => undefined)
  leading.commitsLeft = Number.POSITIVE_INFINITY
  await leading.kill()
  assert.equal((await leading.state()).account, 'me')
  await leading.port.sync()
  assert.equal((await leading.messages(inbox)).length, 21)
  assert.equal(endpoint.mail.snapshot().get('INBOX')?.length, 21)
})

test('a browser that was revoked says so until it is paired again, and all that it has is deleted when a person wants that', async () => {
  const leading = await makeLeading()
  leading.endpoint.mail.person.deliver(inbox, letter('hello'))
  await leading.port.pair('good')
  await leading.port.sync()
  assert.equal((await leading.state()).revoked, false)
  leading.revoked = true
  await assert.rejects(leading.port.sync(), (error) => hasCode(error, 'AUTH'))
  await leading.kill()
  assert.equal((await leading.state()).revoked, true)
  assert.equal((await leading.messages(inbox)).length, 1)
  leading.revoked = false
  assert.equal(await leading.port.pair('good'), 'me')
  assert.equal((await leading.state()).revoked, false)
  await leading.port.deleteAll()
  assert.deepEqual(leading.events.at(-1), { event: 'deleted' })
  await leading.kill()
  assert.equal((await leading.state()).account, undefined)
  assert.deepEqual(await leading.messages(inbox), [])
})
