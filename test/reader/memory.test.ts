import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { makeMail } from '../../fixtures/make-mail.js'
import { pathText } from '../../src/replica/model.js'
import { notInChromium } from './chromium.js'
import { openReaderWorld } from './worker/reader-world.js'

const messages = 1000
/** What ten thousand may take. */
const [mostBytes, mostMessages] = [90_000_000, 10_000]

test('what the worker has in memory for each message of an account that is opened lets it hold ten thousand', {
  skip: notInChromium,
}, async (t) => {
  const { endpoint, newToken, openTab } = await openReaderWorld(t)
  const { page, port } = await openTab()
  await port.pair(await newToken())
  await port.sync()
  const emptyBytes = await workerBytes(page)
  for (const { mailbox, flags, bytes } of makeMail({ seed: 53, messages, attachments: { share: 0 } })) {
    if (!endpoint.mail.snapshot().has(pathText(mailbox))) endpoint.mail.person.createMailbox(mailbox)
    endpoint.mail.person.deliver(mailbox, bytes, flags)
  }
  const { listed } = await port.sync()
  assert.equal(listed, messages)
  const syncedBytes = await workerBytes(page)
  // What a sync has just moved stays for a while, within bounds of its own.
  await page.reload()
  await port.state()
  const eachBytes = ((await workerBytes(page)) - emptyBytes) / messages
  t.diagnostic(
    `${(emptyBytes / 1e6).toFixed(1)} MB without mail, ${Math.round(eachBytes)} bytes a message, ${(syncedBytes / 1e6).toFixed(1)} MB behind a sync of them`,
  )
  const allBytes = emptyBytes + mostMessages * eachBytes
  assert.ok(allBytes < mostBytes, `${mostMessages} messages would take ${Math.round(allBytes)} bytes`)
})

interface HeapUsage {
  readonly usedSize: number
  readonly backingStorageSize?: number
}

/** Objects in the page's worker, and the bytes behind them, once what nobody needs is collected. */
async function workerBytes(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page)
  const attached = new Promise<string>((resolve) =>
    devtools.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'worker') resolve(sessionId)
    }),
  )
  await devtools.send('Target.setAutoAttach', {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  })
  const sessionId = await attached
  const ask = async <T>(id: number, method: string): Promise<T> => {
    const answered = new Promise<T>((resolve) =>
      devtools.on('Target.receivedMessageFromTarget', ({ message }) => {
        const answer = JSON.parse(message) as { readonly id?: number; readonly result: T }
        if (answer.id === id) resolve(answer.result)
      }),
    )
    await devtools.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) })
    return answered
  }
  await ask(1, 'HeapProfiler.collectGarbage')
  const { usedSize, backingStorageSize = 0 } = await ask<HeapUsage>(2, 'Runtime.getHeapUsage')
  await devtools.detach()
  return usedSize + backingStorageSize
}
