import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { respond } from '../../../src/sync/responder/respond.js'
import { worldOf } from '../../link/world.js'
import { letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import { makeSide } from '../../world/side.js'
import { notInChromium, startChromium } from '../chromium.js'
import { findings, openMessage, press } from './by-keyboard.js'

test('a browser that was revoked offers to delete its mail, and nothing of it is left then, in no tab', {
  skip: notInChromium,
}, async (t) => {
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random: seededRandom(43) })
  endpoint.mail.person.deliver(['INBOX'], letter('secret plans', { text: 'Nobody is to read this.' }))
  const { server, devices } = await worldOf(t, {
    via: 'http',
    reader: 'dist/reader',
    respond: (request, { deviceId }, signal) =>
      respond(endpoint.account, request, { signal, pairing: deviceId }),
  })
  const home = `http://127.0.0.1:${server.address.port}/reader/`
  const { token } = await devices.addReader({ account: 'me', name: 'chromium' })
  const browser = await startChromium()
  t.after(() => browser.close())
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(`${home}#pair=${token}`)
  await press(page, 'Sync')
  await page.getByText(/^Synced with .*: 1 new message\.$/).waitFor()
  await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)')
  const other = await context.newPage()
  await other.goto(home)
  await other.getByRole('option').first().waitFor()
  await devices.revokeDevice('chromium')
  await press(page, 'Sync')
  const offer = 'Delete the mail in this browser'
  await page.getByRole('button', { name: offer }).waitFor()
  // It is offered without a line, too, and until then all can be read.
  await page.reload()
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('j')
  await openMessage(page, 'Nobody is to read this.')
  assert.deepEqual(await findings(page), [])
  await press(page, offer)
  // Opening it has marked it as read, which the endpoint doesn't know.
  await page.getByText('1 unsent change will be lost.').waitFor()
  await press(page, 'Close')
  await page.locator('dialog').waitFor({ state: 'detached' })
  await press(page, offer)
  await press(page, 'Delete all of it')
  for (const each of [page, other]) {
    await each.getByText('The mail in this browser is deleted.').waitFor()
    assert.ok(!/secret/.test(await each.content()))
    assert.deepEqual(await findings(each), [])
    assert.deepEqual([await each.title(), each.url()], ['packetboat', home])
  }
  assert.deepEqual(await kept(page), { databases: 0, caches: 0, workers: 0, settings: 0 })
  // The other tab has led since this one was loaded anew. The one that stays doesn't make anew what it has deleted.
  await other.close()
  await page.evaluate(
    'navigator.locks.request("packetboat", { signal: AbortSignal.timeout(30_000) }, () => undefined)',
  )
  assert.deepEqual(await kept(page), { databases: 0, caches: 0, workers: 0, settings: 0 })
})

/** What a browser has of this page. */
function kept(page: Page): Promise<Record<string, number>> {
  return page.evaluate(async () => ({
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    settings: localStorage.length,
  }))
}
