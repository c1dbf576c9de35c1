import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { respond } from '../../../src/sync/responder/respond.js'
import { sendDue } from '../../../src/sync/submission/send-due.js'
import { worldOf } from '../../link/world.js'
import { mailing, memoryServer, sendSettings } from '../../sync/submission/sending.js'
import { letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import { subjectOf } from '../../world/shown.js'
import { makeSide } from '../../world/side.js'
import { notInChromium, startChromium } from '../chromium.js'
import { press } from './by-keyboard.js'

/** What the ten tasks may cost besides the page's own files, in bytes. */
const [mostUp, mostDown] = [10_000, 76_000]
/** Of whatever has to come over the line. */
const patienceMs = 120_000

test('a person does ten things over a line of 9600 bit/s, from pairing to an answer with an attachment that is sent', {
  skip: notInChromium,
}, async (t) => {
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random: seededRandom(43) })
  endpoint.account = { ...endpoint.account, mailing }
  const { person } = endpoint.mail
  person.createMailbox(['Trash'])
  const chart = { bytes: 70_000, name: 'chart.png' }
  person.deliver(['INBOX'], letter('question', { id: 'q', text: 'Who comes along?' }))
  person.deliver(['INBOX'], letter('chart', { id: 'c', text: 'see below', attachments: [chart] }))
  person.deliver(['INBOX'], letter('offer', { id: 'o', text: 'Buy this.' }))
  person.deliver(['INBOX'], letter('minutes', { id: 'm', text: 'We all agreed.' }))
  person.deliver(['INBOX'], letter('answer', { id: 'a', answers: 'q', text: 'I do.\n\n> Who comes along?' }))
  const world = await worldOf(t, {
    via: 'http',
    reader: 'dist/reader',
    respond: (request, { deviceId }, signal) =>
      respond(endpoint.account, request, { signal, pairing: deviceId }),
  })
  const line = await world.slowLine({ bitsPerSecond: 9600, delayMs: 300 })
  const { token } = await world.devices.addReader({ account: 'me', name: 'chromium' })
  const browser = await startChromium()
  t.after(() => browser.close())
  const page = await browser.newPage()
  page.setDefaultTimeout(patienceMs)
  let [beganMs, up, down] = [performance.now(), 0, 0]
  const did = (what: string): void => {
    const seconds = Math.round((performance.now() - beganMs) / 1000)
    t.diagnostic(`${what}: ${seconds} s, ${line.counters.up - up} B up, ${line.counters.down - down} B down`)
    beganMs = performance.now()
    ;({ up, down } = line.counters)
  }
  const sync = async (): Promise<void> => {
    await press(page, 'Sync')
    await page.getByRole('button', { name: 'Stop', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Sync', exact: true }).waitFor()
  }
  const open = async (subject: string, text: string): Promise<void> => {
    await page.getByRole('option').filter({ hasText: subject }).click()
    await page.getByText(text).first().waitFor()
  }
  const inbox = (): string[] =>
    (endpoint.mail.snapshot().get('INBOX') ?? []).map(({ bytes, flags }) =>
      [subjectOf(bytes), ...flags].join(' '),
    )

  page.setDefaultNavigationTimeout(5 * patienceMs)
  await page.goto(`http://127.0.0.1:${line.address.port}/reader/#pair=${token}`)
  await page.getByText('This browser is paired with the account me.').waitFor({ timeout: 5 * patienceMs })
  await page.evaluate('navigator.serviceWorker.ready.then(() => true)')
  did('1. paired, and all files of the page kept')
  const files = { ...line.counters }

  await sync()
  await page.getByRole('option').nth(4).waitFor()
  did('2. synced')
  await open('answer', 'I do.')
  await page.getByText('1 quoted line').waitFor()
  did('3. read an answer')
  await page.keyboard.press('s')
  await sync()
  assert.ok(inbox().includes('answer \\Flagged \\Seen'), inbox().join())
  did('4. marked as important')
  await open('chart', 'see below')
  await press(page, await buttonOf(page, /^Get: chart\.png/))
  await sync()
  const save = page.getByRole('button', { name: 'Save: chart.png' })
  await save.waitFor()
  const [download] = await Promise.all([page.waitForEvent('download'), save.click()])
  assert.equal(download.suggestedFilename(), 'chart.png')
  did('5. fetched and saved an attachment')
  await open('offer', 'Buy this.')
  await page.keyboard.press('#')
  await page.getByRole('option').nth(4).waitFor({ state: 'detached' })
  await sync()
  assert.equal(inbox().length, 4)
  did('6. deleted one')
  await open('minutes', 'We all agreed.')
  await page.keyboard.press('f')
  await page.getByLabel('To', { exact: true }).fill('bob@example.org')
  await press(page, 'Send')
  await page.getByText('It goes with the next sync.').waitFor()
  did('7. forwarded one')
  await page.keyboard.press('/')
  await page.keyboard.type('agreed')
  await page.keyboard.press('Enter')
  await page.getByText('1 found').waitFor()
  await page.goBack()
  did('8. found by a word')
  await open('question', 'Who comes along?')
  await page.keyboard.press('r')
  await page.getByLabel('Text').waitFor()
  await page.keyboard.type('I come along.')
  const buffer = Buffer.from(seededRandom(5).bytes(2000))
  await page.getByLabel('Attach files').setInputFiles({ name: 'map.bin', mimeType: 'image/png', buffer })
  await page.getByText('map.bin').waitFor()
  did('9. wrote an answer')
  await press(page, 'Send')
  await page.getByText('It goes with the next sync.').waitFor()
  await sync()
  const server = memoryServer()
  await sendDue(endpoint.account, sendSettings(server), new AbortController().signal)
  const texts = server.taken.map(({ text }) => text)
  assert.ok(texts.some((text) => text.includes('message/rfc822') && text.includes('We all agreed.')))
  const answer = texts.find((text) => text.includes('I come along.')) ?? ''
  assert.ok(answer.replace(/\s/g, '').includes(buffer.toString('base64')))
  did('10. sent it')

  const [upBytes, downBytes] = [line.counters.up - files.up, line.counters.down - files.down]
  assert.ok(upBytes < mostUp && downBytes < mostDown, `${upBytes} bytes up, ${downBytes} down`)
})

async function buttonOf(page: Page, name: RegExp): Promise<string> {
  const button = page.getByRole('button', { name })
  await button.waitFor()
  return (await button.getAttribute('aria-label')) ?? ''
}
