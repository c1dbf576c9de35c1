import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Draft } from '../../../src/reader/port.js'
import { notInChromium } from '../chromium.js'
import { pageHeapBytes } from '../heap-bytes.js'
import { openMessage, press } from './by-keyboard.js'
import { pageWork } from './page-work.js'
import { openUi } from './ui-page.js'

const skip = notInChromium

/** Of a scroll of 24,000 pixels a second, where a screen shows 60 of them. */
const frames = 90
/** A frame is 16.7 ms on a screen. */
const mostFrameMs = 40
/** Of the page with its stand-in for the worker; the worker's own memory isn't in it. */
const mostHeapBytes = 40_000_000

test('single keys move, open, mark, archive and delete, unless somebody has turned them off', {
  skip,
}, async (t) => {
  const { page, calls } = await (await openUi(t)).open({ messages: 20 })
  await page.getByRole('option').first().waitFor()
  await openMessage(page, 'The text of message 0.')
  assert.deepEqual((await calls('mark'))[0]?.[1], { add: ['\\Seen'], remove: [] })
  await page.keyboard.press('j')
  await page.getByText('The text of message 1.').waitFor()
  await page.keyboard.press('s')
  await page.getByRole('button', { name: 'Mark as not important' }).waitFor()
  await page.keyboard.press('#')
  await page.getByRole('option', { name: 'Message 1', exact: false }).nth(1).waitFor()
  await page.getByText('Choose a message.').waitFor()
  assert.deepEqual((await calls('remove'))[0], [['1'.padStart(32, '0')]])
  // The keys act on what has come into its place.
  await page.keyboard.press('e')
  await page.getByText('Message 2', { exact: true }).waitFor({ state: 'detached' })
  assert.deepEqual((await calls('move'))[0], [['2'.padStart(32, '0')], '2'.repeat(32)])
  await page.keyboard.press('?')
  await page.getByLabel('Single keys do this').uncheck()
  await page.keyboard.press('Escape')
  await page.keyboard.press('#')
  await page.keyboard.press('j')
  await page.keyboard.press('?')
  assert.equal(await page.getByRole('dialog').count(), 0)
  assert.equal((await calls('remove')).length, 1)
})

test('an address of mail in a text is written to in the reader', { skip }, async (t) => {
  const text = 'Ask mailto:ann@example.org?subject=harbour%20dues for it.'
  const mails = [{ texts: [{ part: 0, text, cut: false }] }]
  const { page } = await (await openUi(t)).open({ messages: 1, mails })
  await page.getByRole('option').first().waitFor()
  await openMessage(page, 'Ask')
  await page.getByRole('link', { name: /^mailto:/ }).click()
  assert.equal(await page.getByLabel('To', { exact: true }).inputValue(), 'ann@example.org')
  assert.equal(await page.getByLabel('Subject').inputValue(), 'harbour dues')
})

test('a reply quotes what it answers, is saved as a draft at rest, and is sent as it stands', {
  skip,
}, async (t) => {
  const { page, calls } = await (await openUi(t)).open({ messages: 3 })
  await page.getByRole('option').first().waitFor()
  await openMessage(page, 'The text of message 0.')
  await page.keyboard.press('r')
  const text = page.getByLabel('Text')
  await text.waitFor()
  assert.match(await text.inputValue(), /^On .*, Ann 0 wrote:\n> The text of message 0\.\n\n$/)
  assert.equal(await page.getByLabel('To', { exact: true }).inputValue(), 'Ann 0 <ann@example.org>')
  assert.equal(await page.getByLabel('Subject').inputValue(), 'Re: Message 0')
  assert.equal(await text.evaluate((element) => element === document.activeElement), true)
  // j is typed, and moves nowhere.
  await page.keyboard.press('Control+End')
  await page.keyboard.type('just so')
  await page.getByText('Draft saved').waitFor()
  const [saved] = (await calls('saveDraft')).at(-1) as [Draft]
  assert.ok(saved.text.endsWith('\n\njust so'))
  assert.match(saved.id, /^[0-9a-z]{16,64}$/)
  await press(page, 'Send')
  await page.getByText('It goes with the next sync.').waitFor()
  const [sent] = (await calls('send')).at(-1) as [Draft]
  assert.deepEqual(sent, saved)
  assert.equal(sent.answers, '0'.repeat(32))
})

test('a reply to all goes to those whom the mail names, and says where there are more', {
  skip,
}, async (t) => {
  const people = Array.from({ length: 30 }, (_, at) => ({
    name: `Person ${at}`,
    address: `p${at}@example.org`,
  }))
  const shown = { to: people, reply: { to: people.slice(0, 1), cc: people.slice(1) }, namesAll: false }
  const { page } = await (await openUi(t)).open({ messages: 3, mails: { 0: { shown } } })
  await page.getByRole('option').first().waitFor()
  await openMessage(page, 'The text of message 0.')
  await page.getByText('Person 9 <').waitFor()
  assert.equal(await page.getByText('Person 10 <').isVisible(), false)
  await page.getByText('20 others').click()
  assert.equal(await page.getByText('Person 29 <').isVisible(), true)
  await page.getByText('There are more recipients than are named here.').waitFor()
  await page.keyboard.press('Shift+R')
  await page.getByText("It doesn't go to all").waitFor()
  assert.equal(await page.getByLabel('To', { exact: true }).inputValue(), 'Person 0 <p0@example.org>')
  assert.match(
    await page.getByLabel('Cc', { exact: true }).inputValue(),
    /^Person 1 <.*, Person 29 <p29@example.org>$/,
  )
})

test('mail to nobody is not sent, and closing it keeps what was written', { skip }, async (t) => {
  const { page, calls } = await (await openUi(t)).open({ messages: 3 })
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('c')
  await page.getByLabel('Subject').fill('for later')
  await press(page, 'Send')
  await page.getByText('To whom? Fill in an address.').waitFor()
  assert.equal((await calls('send')).length, 0)
  await press(page, 'Close')
  await page.getByText('Choose a message.').waitFor()
  const [saved] = (await calls('saveDraft')).at(-1) as [Draft]
  assert.equal(saved.subject, 'for later')
})

test('a message is forwarded by its name, and files go along', { skip }, async (t) => {
  const { page, calls } = await (await openUi(t)).open({ messages: 3 })
  await page.getByRole('option').first().waitFor()
  await openMessage(page, 'The text of message 0.')
  await page.keyboard.press('f')
  await page.getByLabel('To', { exact: true }).fill('bob@example.org')
  await page.getByLabel('Attach files').setInputFiles({
    name: 'a.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('hello'),
  })
  await page.getByText('a.txt').waitFor()
  await press(page, 'Send')
  await page.getByText('It goes with the next sync.').waitFor()
  const [sent] = (await calls('send')).at(-1) as [Draft]
  assert.equal(sent.forwards, '0'.repeat(32))
  assert.deepEqual(
    sent.files.map(({ name }) => name),
    ['a.txt'],
  )
})

test('of ten thousand rows few are made, and the active one always', { skip }, async (t) => {
  const { page } = await (await openUi(t)).open({ messages: 10_000 })
  const rows = page.getByRole('listbox')
  await page.getByRole('option').first().waitFor()
  await rows.focus()
  await page.keyboard.press('End')
  await page.getByText('Message 9999').waitFor()
  assert.equal(await page.locator('#row-9999').getAttribute('aria-setsize'), '10000')
  assert.equal(await page.locator('#row-9999').getAttribute('aria-posinset'), '10000')
  await page.keyboard.press('g')
  await page.locator('#row-0[aria-selected=true]').waitFor()
  await page.keyboard.press('PageDown')
  const [next = ''] = /\d+/.exec((await rows.getAttribute('aria-activedescendant')) ?? '') ?? []
  assert.ok(Number(next) >= 8 && Number(next) <= 14, `a page is ${next} rows`)
  await page.keyboard.press('PageUp')
  await page.locator('#row-0[aria-selected=true]').waitFor()
  await page.keyboard.press('Shift+G')
  await page.getByText('Message 9999').waitFor()
  await rows.evaluate((box) => box.scrollTo({ top: 5000 * 56 }))
  await page.getByText('Message 5000', { exact: true }).waitFor()
  const count = await page.getByRole('option').count()
  assert.ok(count < 60, `${count} rows`)
  const active = (await rows.getAttribute('aria-activedescendant')) ?? ''
  assert.equal(active, 'row-9999')
  assert.equal(await page.locator(`#${active}`).count(), 1)
})

test('rows are loaded before somebody who scrolls comes to them', { skip }, async (t) => {
  const { page, calls } = await (await openUi(t)).open({ messages: 10_000 })
  await page.getByRole('option').first().waitFor()
  const asked = async (): Promise<unknown[]> => [...new Set((await calls('list')).map(([, from]) => from))]
  assert.deepEqual(await asked(), [0, 50])
  await page.getByRole('listbox').evaluate((box) => box.scrollTo({ top: 60 * 56 }))
  await page.locator('#row-60').waitFor()
  assert.deepEqual(await asked(), [0, 50, 100])
})

test('ten thousand rows are scrolled through without many of them at once, and with little work for each frame', {
  skip,
}, async (t) => {
  const { page } = await (await openUi(t)).open({ messages: 10_000 })
  await page.getByRole('option').first().waitFor()
  const workedMs = await pageWork(page)
  const most = await page.getByRole('listbox').evaluate(async (box, frames) => {
    let most = 0
    for (let frame = 0; frame < frames; frame++) {
      box.scrollTop += 400
      await new Promise(requestAnimationFrame)
      most = Math.max(most, document.querySelectorAll('[role=option]').length)
    }
    return most
  }, frames)
  const eachMs = (await workedMs()) / frames
  t.diagnostic(`${eachMs.toFixed(1)} ms of work for each frame`)
  assert.ok(most < 60, `${most} rows at once`)
  assert.ok(eachMs < mostFrameMs, `${eachMs} ms of work for each frame`)
  await page
    .getByText(/^Message 64\d$/)
    .first()
    .waitFor()
  const heapBytes = await pageHeapBytes(page)
  t.diagnostic(`${(heapBytes / 1e6).toFixed(1)} MB of objects in the page`)
  assert.ok(heapBytes < mostHeapBytes, `${heapBytes} bytes of objects in the page`)
})

test('what was asked for and failed is said, with what to do', { skip }, async (t) => {
  const { page } = await (await openUi(t)).open({ messages: 3, failing: ['sync'], state: { lost: true } })
  await page.getByText('The browser has deleted the mail').waitFor()
  await press(page, 'Sync')
  await page.getByText('No line. Try again later.').waitFor()
  await page.getByRole('button', { name: 'Sync', exact: true }).waitFor()
})

test('a budget goes along, and what is left by it is said', { skip }, async (t) => {
  const { page, calls } = await (await openUi(t)).open({ messages: 3 })
  await page.getByLabel('At most', { exact: true }).fill('1.5')
  await press(page, 'Sync')
  await page.getByText('The budget is used up; there is more.').waitFor()
  assert.deepEqual(await calls('sync'), [[{ bytes: 1500 }]])
})

test('the meter says how far a sync is, and whether the line is there; one that is stopped has not failed', {
  skip,
}, async (t) => {
  const { page, tell } = await (await openUi(t)).open({ messages: 3, isSlow: true })
  await press(page, 'Sync')
  await page.getByText('1.0 kB up, 20 kB down, 300 B/s, 34 s left').waitFor()
  const progress = {
    up: 1000,
    down: 20_000,
    rate: 0,
    listed: 1,
    texts: 1,
    contents: 1,
    isDown: true,
  } as const
  await tell({ event: 'progress', progress })
  await page.getByText('There is no line; it is tried again.').waitFor()
  assert.equal(await page.getByText('20 kB down').count(), 0)
  await press(page, 'Stop')
  await page.getByText('Stopped. What has come is kept').waitFor()
  assert.equal(await page.locator('.failure').count(), 0)
})
