import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getContent, putContent } from '../../../src/replica/content/contents.js'
import { fileOf, removeFile } from '../../../src/replica/files.js'
import { tables } from '../../../src/replica/tables.js'
import { letter } from '../../world/letter.js'
import { messagesIn, stateOf } from '../../world/shown.js'
import { makeStar } from '../../world/star.js'

/** Files that packetboat wrote, and that its records no longer name. */

test('a file that a power cut brings back is its message again, of which only a list entry has come since', async () => {
  const { endpoint, devices, run } = await makeStar(['one'], { seed: 12 })
  const { one } = devices
  const { replica, mailStore } = one.account
  const large = { attachments: [{ bytes: 20_000, name: 'x.bin', type: 'application/octet-stream' }] }
  for (const subject of ['a', 'b']) endpoint.mail.person.deliver(['INBOX'], letter(subject, large))
  await run(one)
  const bytes = new Map(messagesIn(endpoint).map((each) => [each.locator, each.bytes]))
  const there = new Map<string, Uint8Array>()
  for await (const { key, value } of tables.file.list(endpoint.account.replica.db))
    there.set(value.message, bytes.get(key[1]) ?? new Uint8Array())
  for (const [guid, whole] of there) {
    const file = await fileOf(replica.db, guid)
    if (file) one.mail.person.remove(['INBOX'], file.locator)
    await replica.db.transact(async (tx) => {
      await removeFile(tx, guid)
      const { digest = '', skeleton: _, ...content } = (await getContent(tx, guid)) ?? assert.fail()
      tables.digest.delete(tx, digest)
      putContent(tx, { ...content, whole: false, held: [] })
      tables.expected.put(tx, guid, true)
    })
    await mailStore.put(['INBOX'], { guid, flags: ['\\Seen'], internalDateMs: 0 }, bytesOf(whole))
  }
  for (let round = 0; round < 2; round++) await run(one)
  assert.deepEqual(stateOf(endpoint), { INBOX: ['a \\Seen', 'b \\Seen'] })
  assert.deepEqual(stateOf(one), stateOf(endpoint))
})

async function* bytesOf(whole: Uint8Array): AsyncGenerator<Uint8Array> {
  yield whole
}
