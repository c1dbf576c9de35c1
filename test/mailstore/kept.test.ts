import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRange } from '../../src/bytes/source.js'
import { openKeptMailStore } from '../../src/mailstore/kept/kept-mail-store.js'
import { openReplica } from '../../src/replica/replica.js'
import { blobSize } from '../../src/store/blob.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import { createRecordCodec } from '../../src/store/record.js'
import { type Account, exclusiveQueue } from '../../src/sync/account.js'
import { sync } from '../../src/sync/initiator/sync.js'
import { defaultPolicy } from '../../src/sync/policy/policy.js'
import { loadZstd } from '../../src/wire/compression/zstd.js'
import { letter } from '../world/letter.js'
import { memoryLink } from '../world/memory-link.js'
import { seededRandom } from '../world/random.js'
import { makeSide, type Side, sha256 } from '../world/side.js'
import { everything } from '../world/star.js'

const path = ['INBOX']
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

const withAttachment = (name: string, size: number): Uint8Array =>
  Buffer.from(
    [
      `From: a@example.org\r\nSubject: ${name}\r\nMessage-ID: <${name}@example.org>\r\nMIME-Version: 1.0\r\n`,
      'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsee below\r\n',
      '--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n',
      `${seededRandom(5)
        .bytes(size)
        .reduce((all, byte) => all + String.fromCharCode(65 + (byte % 26)), '')}\r\n--b--\r\n`,
    ].join(''),
  )

/** An endpoint, and a client whose mail lies in its database. */
async function makeWorld() {
  const random = seededRandom(23)
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
  const store = new MemoryStore()
  const db = openDatabase(store)
  const randomBytes = (size: number) => random.bytes(size)
  let nowMs = 1_700_000_000_000
  const now = () => nowMs++
  const mailStore = await openKeptMailStore(db, { now, randomBytes })
  const client: Account = {
    replica: await openReplica({ db, hasUpstream: true, now, randomBytes }),
    mailStore,
    createHash: sha256,
    codec: await loadZstd(),
    guard: { share: 1, least: 1 },
    exclusive: exclusiveQueue(),
    proofs: new Map(),
    sight: { clear: false, missing: new Set() },
  }
  const link = memoryLink(() => endpoint.account)
  const run = (policy = everything) => sync(client, { link, policy })
  const mail = async (where: readonly string[]): Promise<string[]> => {
    const found: string[] = []
    for (const { locator } of (await mailStore.messages(where)).messages) {
      const content = await mailStore.open(where, locator)
      const pieces: Uint8Array[] = []
      for await (const bytes of readRange(content, 0, content.size, 777)) pieces.push(bytes)
      found.push(text(Buffer.concat(pieces)))
    }
    return found.sort()
  }
  /** Bytes of all blobs, and whose they are. */
  const blobs = async (): Promise<{ readonly ids: ReadonlySet<string>; readonly bytes: number }> => {
    const ids = new Set<string>()
    const records = createRecordCodec()
    let bytes = 0
    for await (const { key, value } of store.list({ prefix: ['blob'] })) {
      ids.add(`${key[1]}`)
      const small = key.length === 2 && records.decode<{ readonly bytes?: Uint8Array }>(key, value).bytes
      if (key.length === 3) bytes += value.length
      else if (small) bytes += small.length
    }
    return { ids, bytes }
  }
  return { endpoint, client, db, mailStore, run, mail, blobs }
}

const mailOf = ({ mail }: Side, where = 'INBOX'): string[] =>
  (mail.snapshot().get(where) ?? []).map(({ bytes }) => text(bytes)).sort()

test('mail that came in pieces stands in the database once, and reads as it was', async () => {
  const { endpoint, run, mail, blobs } = await makeWorld()
  for (let n = 0; n < 5; n++) endpoint.mail.person.deliver(path, letter(`letter ${n}`))
  endpoint.mail.person.deliver(path, withAttachment('big', 100_000))
  await run()
  assert.deepEqual(await mail(path), mailOf(endpoint))
  const { ids, bytes } = await blobs()
  assert.deepEqual(
    [...ids].filter((id) => id.startsWith('mail/')),
    [],
  )
  const size = mailOf(endpoint).reduce((sum, each) => sum + each.length, 0)
  assert.ok(bytes < size, `${bytes} bytes of blobs for ${size} of mail`)
})

test('mail of which a part is deferred stands as a stand-in, and as itself when that has come', async () => {
  const { endpoint, run, mail, blobs } = await makeWorld()
  endpoint.mail.person.deliver(path, withAttachment('big', 100_000))
  await run({ ...defaultPolicy, attachmentBytes: 10, smallBytes: 10 })
  const [shown] = await mail(path)
  assert.ok(shown?.includes('see below') && shown.length < 50_000)
  await run()
  assert.deepEqual(await mail(path), mailOf(endpoint))
  assert.deepEqual(
    [...(await blobs()).ids].filter((id) => id.startsWith('mail/')),
    [],
  )
})

test('bytes stay for as long as a message shows them, and no longer', async () => {
  const { endpoint, mailStore, run, mail, blobs } = await makeWorld()
  const bytes = withAttachment('kept', 50_000)
  const there = endpoint.mail.person.deliver(path, bytes)
  await run()
  // A person copies it here, and its original goes there before anybody has looked.
  const [message] = (await mailStore.messages(path)).messages
  await mailStore.createMailbox(['Archive'])
  const copy = { guid: 'c'.repeat(32), flags: [], internalDateMs: 5 }
  await mailStore.copy({ path, locator: message?.locator ?? '' }, ['Archive'], copy)
  endpoint.mail.person.remove(path, there)
  await run()
  await run()
  assert.deepEqual(await mail(path), [])
  assert.deepEqual(await mail(['Archive']), [text(bytes)])
  assert.deepEqual(mailOf(endpoint, 'Archive'), [text(bytes)])
  const [last] = (await mailStore.messages(['Archive'])).messages
  await mailStore.remove(['Archive'], last?.locator ?? '', [])
  await run()
  await run()
  assert.equal((await blobs()).bytes, 0)
})

test('mail written here goes up, and moves and comes back with the flags that it has', async () => {
  const { endpoint, mailStore, run, mail } = await makeWorld()
  const here = async function* () {
    yield letter('written here')
  }
  const { locator } = await mailStore.put(
    path,
    { guid: 'd'.repeat(32), flags: [], internalDateMs: 7 },
    here(),
  )
  await run()
  assert.deepEqual(mailOf(endpoint), [text(letter('written here'))])
  await mailStore.createMailbox(['Done'])
  await mailStore.move?.({ path, locator, flags: [] }, ['Done'], {
    guid: 'd'.repeat(32),
    flags: ['\\Seen'],
    internalDateMs: 7,
  })
  await run()
  assert.deepEqual(mailOf(endpoint), [])
  assert.deepEqual(mailOf(endpoint, 'Done'), await mail(['Done']))
  assert.deepEqual(endpoint.mail.snapshot().get('Done')?.[0]?.flags, ['\\Seen'])
})

test('what a crash left half written is gone when it is opened again, and what was set aside stays for a while', async () => {
  const { db, mailStore, blobs } = await makeWorld()
  const half = async function* () {
    yield letter('half')
    await new Promise(() => {})
  }
  mailStore.put(path, { guid: 'e'.repeat(32), flags: [], internalDateMs: 7 }, half()).catch(() => undefined)
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  assert.ok((await blobs()).bytes > 0)
  let nowMs = 0
  const randomBytes = (size: number) => seededRandom(nowMs + 99).bytes(size)
  const again = await openKeptMailStore(db, { now: () => nowMs, randomBytes })
  assert.equal((await blobs()).bytes, 0)
  for (const day of [1, 20, 40]) {
    nowMs = day * 86_400_000
    const whole = async function* () {
      yield letter(`aside ${day}`)
    }
    const { locator } = await again.put(path, { guid: 'f'.repeat(32), flags: [], internalDateMs: 7 }, whole())
    await again.setAside(path, locator, [])
  }
  const sizes = await Promise.all([...(await blobs()).ids].map((id) => blobSize(db, id)))
  assert.equal((await blobs()).ids.size, 2, 'what was set aside on the first day went on the fortieth')
  assert.deepEqual(new Set(sizes), new Set([0]), 'only who holds it can read it')
})

test('what has changed is listed by itself, whatever of it failed, also over several changes; all is when that is not known', async () => {
  const { client, endpoint, run } = await makeWorld()
  for (const subject of ['one', 'two', 'three', 'four']) endpoint.mail.person.deliver(path, letter(subject))
  await run()
  const { mailStore } = client
  const { token: since, messages } = await mailStore.messages(path)
  const [one, two, three] = messages
  assert.ok(one && two && three)
  await mailStore.setFlags(path, one.locator, [], ['\\Seen'])
  await assert.rejects(mailStore.remove(path, three.locator, ['\\Flagged']))
  await mailStore.remove(path, two.locator, [])
  const after = await mailStore.messages(path, { since })
  assert.deepEqual(
    after.messages.map(({ locator, flags }) => [locator, flags]),
    [[one.locator, ['\\Seen']]],
  )
  assert.deepEqual(
    messages.map(({ locator }) => after.stands?.(locator)),
    [false, false, true, true],
  )
  const unknown = await mailStore.messages(path, { since: 'another' })
  assert.deepEqual([unknown.messages.length, unknown.stands], [3, undefined])
})
