import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Draft } from '../../../src/reader/port.js'
import { notInChromium } from '../chromium.js'
import { press } from './by-keyboard.js'
import { openUi } from './ui-page.js'

const skip = notInChromium

test('a draft that could not be saved stays where it is, and is saved when it can be', {
  skip,
}, async (t) => {
  const { page, calls } = await (await openUi(t)).open({ messages: 3, failing: ['saveDraft', 'send'] })
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('c')
  await page.getByLabel('To', { exact: true }).fill('bob@example.org')
  await page.getByLabel('Subject').fill('dear to me')
  await page.getByText('No line. Try again later.').waitFor()
  await press(page, 'Send')
  // The alert's button has this name, too.
  await page.locator('.compose').getByRole('button', { name: 'Close' }).click()
  await page.waitForTimeout(300)
  assert.equal(await page.getByLabel('Subject').inputValue(), 'dear to me')
  await page.evaluate(() => {
    ;(globalThis as unknown as { account: { failing: unknown[] } }).account.failing.length = 0
  })
  await page.locator('.compose').getByRole('button', { name: 'Close' }).click()
  await page.getByText('Choose a message.').waitFor()
  const [saved] = (await calls('saveDraft')).at(-1) as [Draft]
  assert.equal(saved.subject, 'dear to me')
})

test('whoever writes on and on has all but the last second of it saved, and is told of it at rest', {
  skip,
}, async (t) => {
  const { page, calls } = await (await openUi(t)).open({ messages: 3 })
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('c')
  await page.getByLabel('Subject').focus()
  await page.clock.install()
  await page.clock.pauseAt(Date.now() + 1000)
  const saved = async (): Promise<string[]> =>
    (await calls('saveDraft')).map(([draft]) => (draft as Draft).subject)
  for (const letter of 'windlass') {
    await page.keyboard.type(letter)
    await page.clock.runFor(400)
  }
  assert.deepEqual(await saved(), ['win', 'windla'])
  assert.equal(await page.getByText('Draft saved').count(), 0)
  await page.clock.runFor(1000)
  await page.getByText('Draft saved').waitFor()
  assert.deepEqual(await saved(), ['win', 'windla', 'windlass'])
})

test('whoever opens a message while writing has the draft saved, and reads', { skip }, async (t) => {
  const { page, calls } = await (await openUi(t)).open({ messages: 3 })
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('c')
  await page.getByLabel('Subject').fill('not yet')
  await page.getByRole('option').nth(1).click()
  await page.getByText('The text of message 1.').waitFor()
  const [saved] = (await calls('saveDraft')).at(-1) as [Draft]
  assert.equal(saved.subject, 'not yet')
})

test('what could not be saved when a message was opened over it comes back, and is saved when it can be', {
  skip,
}, async (t) => {
  const { page, calls } = await (await openUi(t)).open({ messages: 3, failing: ['saveDraft'] })
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('c')
  await page.getByLabel('Subject').fill('dear to me')
  await page.getByRole('option').nth(1).click()
  await page.getByText('No line. Try again later.').waitFor()
  assert.equal(await page.getByLabel('Subject').inputValue(), 'dear to me')
  await page.evaluate(() => {
    ;(globalThis as unknown as { account: { failing: unknown[] } }).account.failing.length = 0
  })
  await page.locator('.compose').getByRole('button', { name: 'Close' }).click()
  await page.getByText('The text of message 1.').waitFor()
  const [saved] = (await calls('saveDraft')).at(-1) as [Draft]
  assert.equal(saved.subject, 'dear to me')
})

test('pressed twice, what was written is sent once, and what is written next stays', { skip }, async (t) => {
  const { page, calls } = await (await openUi(t)).open({ messages: 3 })
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('c')
  await page.getByLabel('To', { exact: true }).fill('bob@example.org')
  await page.getByRole('button', { name: 'Send', exact: true }).evaluate((button) => {
    for (let times = 0; times < 3; times++) (button as HTMLButtonElement).click()
    const write = [...document.querySelectorAll('header button')].find((each) => each.textContent === 'Write')
    ;(write as HTMLButtonElement).click()
  })
  await page.getByText('It goes with the next sync.').waitFor()
  assert.equal((await calls('send')).length, 1)
  assert.equal(await page.getByLabel('Subject').inputValue(), '')
  assert.equal(await page.getByLabel('To', { exact: true }).inputValue(), '')
})
