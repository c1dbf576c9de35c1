import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import { type Place, placeText, readPlace } from '../../../src/reader/ui/model/place.js'
import { notInChromium } from '../chromium.js'
import { openMessage, press } from './by-keyboard.js'
import { openUi } from './ui-page.js'

describe('the address of a place in the reader', () => {
  const places: readonly Place[] = [
    { pane: 'mailboxes', mailbox: '1'.repeat(32), isWriting: false },
    { pane: 'message', mailbox: '1'.repeat(32), message: '2'.repeat(32), isWriting: false },
    { pane: 'list', searched: 'from:ann "50% / ?#"', isWriting: false },
    { pane: 'list', searched: '\u202e\u{1f600}', message: '2'.repeat(32), isWriting: true },
  ]
  for (const place of places)
    it(`is read as it was written: ${placeText(place)}`, () =>
      assert.deepEqual(readPlace(placeText(place)), place))
  for (const other of [
    '',
    '#',
    '#pair=abc',
    '#/',
    '#/list',
    '#/list/in/',
    '#/nowhere/in/a',
    '#/list/in/%zz',
    'x/list/in/a',
  ])
    it(`is none: ${other}`, () => assert.equal(readPlace(other), undefined))
})

test("the browser's own buttons go where a person was, and loading anew stays there", {
  skip: notInChromium,
}, async (t) => {
  const { page, complaints } = await (await openUi(t)).open({ messages: 200 })
  await page.getByRole('option').first().waitFor()
  await openMessage(page, 'The text of message 0.')
  await page.keyboard.press('j')
  await page.getByText('The text of message 1.').waitFor()
  await page.reload()
  await page.getByText('The text of message 1.').waitFor()
  await page.goBack()
  await page.getByText('Choose a message.').waitFor()
  await page.goForward()
  await page.getByText('The text of message 1.').waitFor()
  // Closing by a key goes back: the same message isn't opened by going back once more.
  await page.keyboard.press('u')
  await page.getByText('Choose a message.').waitFor()
  await page.keyboard.press('/')
  await page.keyboard.type('Message 15')
  await page.keyboard.press('Enter')
  await page.getByText('11 found').waitFor()
  await page.reload()
  await page.getByText('11 found').waitFor()
  await page.getByRole('option').nth(1).click()
  await page.getByText('The text of message 150.').waitFor()
  await page.goBack()
  await page.getByText('Choose a message.').waitFor()
  await page.goBack()
  await page.getByRole('heading', { name: 'INBOX' }).waitFor()
  await page.getByText('Choose a message.').waitFor()
  // Back from writing leads out of it, and keeps what was written.
  await page.keyboard.press('c')
  await page.getByLabel('Subject').fill('unfinished')
  await page.goBack()
  await page.getByText('Choose a message.').waitFor()
  assert.deepEqual(complaints, [])
})

test('a message of which the page is loaded anew has its row, however far down', {
  skip: notInChromium,
}, async (t) => {
  const { page } = await (await openUi(t)).open({ messages: 5000 })
  await page.getByRole('option').first().waitFor()
  await page.getByRole('listbox').focus()
  await page.keyboard.press('End')
  await openMessage(page, 'The text of message 4999.')
  await page.reload()
  await page.getByText('The text of message 4999.').waitFor()
  await page.keyboard.press('k')
  await page.getByText('The text of message 4998.').waitFor()
})

test('a place that is there no more shows the list', { skip: notInChromium }, async (t) => {
  const { page, calls } = await (await openUi(t)).open({ messages: 3 })
  await page.getByRole('option').first().waitFor()
  await openMessage(page, 'The text of message 0.')
  await page.evaluate(() => {
    location.hash = `#/message/in/${'9'.repeat(32)}/${'8'.repeat(32)}`
  })
  await page.getByText('Choose a message.').waitFor()
  await press(page, 'Sync')
  await page.getByText(/^Synced with/).waitFor()
  assert.equal((await calls('sync')).length, 1)
})

test('on a phone the way back leads from pane to pane', { skip: notInChromium }, async (t) => {
  const { page } = await (await openUi(t)).open({ messages: 3 }, { viewport: { width: 360, height: 640 } })
  await press(page, 'INBOX 1 unread, 3')
  await page.getByRole('option').nth(1).click()
  await page.getByText('The text of message 1.').waitFor()
  await page.goBack()
  await page.getByRole('option').first().waitFor()
  await page.goBack()
  await page.getByRole('button', { name: /^INBOX/ }).waitFor()
  assert.equal(await page.getByRole('option').first().isVisible(), false)
})
