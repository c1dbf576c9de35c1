import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeMail } from '../../fixtures/make-mail.js'
import { pathText } from '../../src/replica/model.js'
import { notInChromium } from './chromium.js'
import { workerHeapBytes } from './heap-bytes.js'
import { openReaderWorld } from './worker/reader-world.js'

const messages = 1000
/** What ten thousand may take. */
const [mostBytes, mostMessages] = [90_000_000, 10_000]

test('what the worker has in memory for each message, and keeps behind a sync, lets it hold ten thousand', {
  skip: notInChromium,
}, async (t) => {
  const { endpoint, newToken, openTab } = await openReaderWorld(t)
  const { page, port } = await openTab()
  await port.pair(await newToken())
  await port.sync()
  const emptyBytes = await workerHeapBytes(page)
  for (const { mailbox, flags, bytes } of makeMail({ seed: 53, messages, attachments: { share: 0 } })) {
    if (!endpoint.mail.snapshot().has(pathText(mailbox))) endpoint.mail.person.createMailbox(mailbox)
    endpoint.mail.person.deliver(mailbox, bytes, flags)
  }
  const { listed } = await port.sync()
  assert.equal(listed, messages)
  const syncedBytes = await workerHeapBytes(page)
  await page.reload()
  await port.state()
  const eachBytes = ((await workerHeapBytes(page)) - emptyBytes) / messages
  t.diagnostic(
    `${(emptyBytes / 1e6).toFixed(1)} MB without mail, ${Math.round(eachBytes)} bytes a message, ${(syncedBytes / 1e6).toFixed(1)} MB behind a sync of them`,
  )
  // What a sync has just moved stays for a while, within bounds that don't grow with the mail.
  const behindBytes = syncedBytes - emptyBytes - messages * eachBytes
  const allBytes = emptyBytes + mostMessages * eachBytes + behindBytes
  assert.ok(allBytes < mostBytes, `${mostMessages} messages would take ${Math.round(allBytes)} bytes`)
})
