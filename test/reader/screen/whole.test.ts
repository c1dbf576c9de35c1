import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { respond } from '../../../src/sync/responder/respond.js'
import { worldOf } from '../../link/world.js'
import { letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import { makeSide } from '../../world/side.js'
import { listenTo, notInChromium, startChromium } from '../chromium.js'
import { findings, openMessage, press } from './by-keyboard.js'

test('a person pairs a browser, syncs, reads, wants a part and gets it, and what they do reaches the endpoint', {
  skip: notInChromium,
}, async (t) => {
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random: seededRandom(41) })
  const { person } = endpoint.mail
  const attachments = [{ bytes: 300_000, name: 'chart.png' }]
  person.deliver(['INBOX'], letter('question', { id: 'q', text: 'Who comes along?' }))
  person.deliver(['INBOX'], letter('chart', { id: 'c', text: 'see below', attachments }))
  person.deliver(['INBOX'], letter('answer', { id: 'a', answers: 'q', text: 'I do.\n\n> Who comes along?' }))
  const { server, devices } = await worldOf(t, {
    via: 'http',
    reader: 'dist/reader',
    respond: (request, { deviceId }, signal) =>
      respond(endpoint.account, request, { signal, pairing: deviceId }),
  })
  const { token } = await devices.addReader({ account: 'me', name: 'chromium' })
  const browser = await startChromium()
  t.after(() => browser.close())
  const page = await browser.newPage()
  const complaints = listenTo(page)
  await page.goto(`http://127.0.0.1:${server.address.port}/reader/#pair=${token}`)
  await press(page, 'Sync')
  await page.getByText(/^Synced with .*: 3 new messages\.$/).waitFor()
  const rows = page.getByRole('option')
  await rows.nth(2).waitFor()
  assert.deepEqual(
    (await rows.locator('bdi').allTextContents()).filter((each) => !each.startsWith('Ann')),
    ['question', 'answer', 'chart'],
  )
  // By threads: the newest answer has brought its question up.
  await page.keyboard.press('j')
  await openMessage(page, 'I do.')
  assert.equal(await page.getByText('1 quoted line').count(), 1)
  await page.keyboard.press('j')
  await page.getByText('see below').waitFor()
  await page.keyboard.press('s')
  await press(page, await buttonOf(page, /^Get: chart\.png/))
  await page.getByText('comes with the next sync').waitFor()
  await page.getByRole('button', { name: 'Wanted parts (1)' }).waitFor()
  await page.keyboard.press('Shift+S')
  const save = page.getByRole('button', { name: 'Save: chart.png' })
  await save.waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), save.click()])
  const chunks: Buffer[] = []
  for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer)
  assert.deepEqual(new Uint8Array(Buffer.concat(chunks)), seededRandom(1).bytes(300_000))
  assert.equal(download.suggestedFilename(), 'chart.png')
  await page.getByText(/0 new messages\.$/).waitFor()
  const flags = endpoint.mail
    .snapshot()
    .get('INBOX')
    ?.map(({ flags }) => flags.join(' '))
  assert.deepEqual(flags, ['', '\\Flagged \\Seen', '\\Seen'])
  assert.deepEqual(await findings(page), [])
  // Without the endpoint it is all there.
  await page.keyboard.press('/')
  await page.keyboard.type('along')
  await page.keyboard.press('Enter')
  await page.getByText('2 found').waitFor()
  assert.deepEqual(
    complaints.filter((each) => !/\b404\b/.test(each)),
    [],
  )
})

async function buttonOf(page: Page, name: RegExp): Promise<string> {
  const button = page.getByRole('button', { name })
  await button.waitFor()
  return (await button.getAttribute('aria-label')) ?? ''
}
