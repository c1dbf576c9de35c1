import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listProblems } from '../../../src/replica/problems.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { Slices } from '../../../src/sync/scan/slices.js'
import { letter } from '../../world/letter.js'
import { everything, makePair, type Pair } from '../../world/star.js'

/** Mail into whose files a program writes during each reading, so that its folder looks as before. */

const slice = 4

interface Changing extends Pair {
  /** Readings of a message, as far as they have begun. */
  readonly opened: () => number
  /** The program has ended. */
  cure(): void
}

async function worldWith(changing: number, sliceMessages?: number): Promise<Changing> {
  const pair = await makePair({ seed: 73, policy: everything, ...(sliceMessages && { sliceMessages }) })
  const { account, ailments, mail } = pair.endpoint
  mail.person.createMailbox(['Archive'])
  for (let i = 0; i < 6; i++) mail.person.deliver(['Archive'], letter(`Archive ${i}`))
  for (let i = 0; i < 6; i++) mail.person.deliver(['INBOX'], letter(`INBOX ${i}`))
  const written = new Map<string, Uint8Array>()
  for (let i = 0; i < changing; i++) {
    // So large that it is read more than once.
    const attachments = [{ seed: i, bytes: 70_000, name: 'a.png' }]
    const bytes = letter(`changing ${i}`, { attachments })
    const locator = mail.person.deliver(['INBOX'], bytes)
    mail.person.putBack(['INBOX'], locator, { bytes, flags: [], internalDateMs: 1000 })
    written.set(`INBOX/${locator}`, bytes)
  }
  let reads = 0
  ailments.beforeRead = (mailbox, locator) => {
    const bytes = written.get(`${mailbox}/${locator}`)
    if (bytes) bytes.set(Buffer.from(String(1e6 + ++reads)), bytes.length - 100)
  }
  let opened = 0
  const { mailStore } = account
  const { open } = mailStore
  mailStore.open = async (...args) => {
    if (++opened > 500) throw new DOMException('It never ends.', 'AbortError')
    return open.apply(mailStore, args)
  }
  return { ...pair, opened: () => opened, cure: () => (ailments.beforeRead = undefined) }
}

const count = ({ client }: Pair, mailbox: string): number =>
  (client.mail.snapshot().get(mailbox) ?? []).length

test('a message that is changed at each reading comes when that has ended, though its folder looks as before', async () => {
  const world = await worldWith(1)
  await world.run()
  assert.deepEqual([count(world, 'INBOX'), count(world, 'Archive')], [6, 6])
  await world.run()
  world.cure()
  await world.run()
  assert.equal(count(world, 'INBOX'), 7)
})

test('more messages than a slice has are changed at each reading: each is tried once in a run, and all others come', async () => {
  const world = await worldWith(20, slice)
  await world.run()
  assert.deepEqual([count(world, 'INBOX'), count(world, 'Archive')], [6, 6])
  assert.ok(world.opened() < 100, `${world.opened()}`)
  world.cure()
  await world.run()
  assert.equal(count(world, 'INBOX'), 26)
  assert.deepEqual(await listProblems(world.endpoint.account.replica.db), [])
})

test('a first look in slices ends where more messages than a slice has are changed at each reading', async () => {
  const { endpoint, opened } = await worldWith(20)
  const slices = new Slices()
  let taken = 1
  while (!(await scanMailStore(endpoint.account, { most: slice, slices })).isWhole) taken++
  assert.ok(taken < 20, `${taken}`)
  assert.ok(opened() < 100, `${opened()}`)
})
