import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dryRun } from '../../../src/sync/initiator/dry-run.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { letter } from '../../world/letter.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

const policy = { ...defaultPolicy, attachmentBytes: 8000 }

const mail = (serial: number, bytes: number): Uint8Array =>
  letter(`chart ${serial}`, {
    to: 'bob@example.org',
    text: `This is number ${serial}, and there is more to say about it.`,
    attachments: [{ seed: serial, bytes }],
  })

async function world() {
  const { endpoint, client, link, cost: measured } = await makePair({ seed: 31 })
  endpoint.mail.person.createMailbox(['Work'])
  for (let i = 1; i <= 6; i++) endpoint.mail.person.deliver(['INBOX'], mail(i, 1000 * i), [])
  endpoint.mail.person.deliver(['Work'], mail(7, 20_000), [])
  return { endpoint, client, link, measured }
}

const bodies = (side: Side): string[] =>
  [...side.mail.snapshot()]
    .flatMap(([mailbox, messages]) =>
      messages.map(({ bytes }) => `${mailbox} ${new TextDecoder('latin1').decode(bytes)}`),
    )
    .sort()

const near = (told: number, took: number, room: number, what: string): void =>
  assert.ok(told <= took && took - told < room, `${what}: ${told} forecast, ${took} taken`)

test('a dry run tells what a sync will take, up and down, and moves nothing', async () => {
  const { endpoint, client, link, measured } = await world()
  // The first time both sides have mail, nobody knows what of it is the same: told before anything is known, and after.
  await sync(client.account, { link, policy, only: ['Work'] })
  client.mail.person.deliver(['Work'], mail(8, 3000), [])
  const moved = client.mail.snapshot().get('Work')![0]!
  client.mail.person.setFlags(['Work'], moved.locator, ['\\Flagged'])
  endpoint.mail.person.deliver(['Work'], mail(9, 500), [])
  const before = [bodies(endpoint), bodies(client)]

  const told = await dryRun(client.account, { link, policy })
  assert.deepEqual([bodies(endpoint), bodies(client)], before)
  assert.deepEqual(await dryRun(client.account, { link, policy }).then(({ up, down }) => ({ up, down })), {
    up: told.up,
    down: told.down,
  })
  assert.equal(told.up.operations, 2)
  assert.equal(told.up.contents, 1)
  assert.deepEqual(
    told.down?.mailboxes.map(({ path, listed, expunged }) => [path.join('/'), listed, expunged]),
    [
      ['INBOX', 6, 0],
      ['Work', 1, 0],
    ],
  )
  const [inbox] = told.down!.mailboxes
  assert.ok(inbox!.bytes[3] > 5000 + 6000, 'attachments that come by themselves')
  assert.ok(inbox!.bytes[0] > 0 && inbox!.bytes[1] > 0 && inbox!.bytes[2] > 0)

  const took = await measured(() => sync(client.account, { link, policy }))
  near(told.up.bytes, took.up, 20, 'up')
  near(told.down!.bytes, took.down, 80, 'down')
  assert.equal(bodies(endpoint).filter((text) => text.startsWith('Work')).length, 3)
  assert.equal(bodies(client).length, bodies(endpoint).length)
})

test('before the first sync it tells the whole of it', async () => {
  const { client, link, measured } = await world()
  const told = await dryRun(client.account, { link, policy })
  assert.deepEqual(bodies(client), [])
  const took = await measured(() => sync(client.account, { link, policy }))
  near(told.down!.bytes, took.down, 80, 'down')
})

test('a narrowed dry run tells no more than those mailboxes', async () => {
  const { client, link } = await world()
  const told = await dryRun(client.account, { link, policy, only: ['Work'] })
  assert.deepEqual(
    told.down?.mailboxes.map(({ path }) => path),
    [['Work']],
  )
})

test('what was done here is still told in full by the sync that follows', async () => {
  const { endpoint, client, link } = await world()
  await sync(client.account, { link, policy })
  const [first] = client.mail.snapshot().get('INBOX')!
  client.mail.person.remove(['INBOX'], first!.locator)
  const { up } = await dryRun(client.account, { link, policy })
  assert.equal(up.operations, 1)
  assert.equal(bodies(endpoint).length, 7)
  await sync(client.account, { link, policy })
  assert.equal(bodies(endpoint).length, 6)
})

test('where the endpoint has lost its memory there is no forecast', async () => {
  const { endpoint, client, link } = await world()
  await sync(client.account, { link, policy })
  await endpoint.loseDatabase()
  const { down } = await dryRun(client.account, { link, policy })
  assert.equal(down, undefined)
  await sync(client.account, { link, policy })
  assert.equal(bodies(client).length, 7)
})
