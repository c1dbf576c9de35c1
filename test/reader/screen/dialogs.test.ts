import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notInChromium } from '../chromium.js'
import { press } from './by-keyboard.js'
import { openUi } from './ui-page.js'

const skip = notInChromium

test('a conflict is settled from the list of them, which is offered where there are any', {
  skip,
}, async (t) => {
  const conflict = { number: 7, kind: 'moved-apart', atMs: 0, mailbox: '' } as const
  const here = { subject: '<b>Plans</b> \u202e', mailbox: 'Work' }
  const ui = await openUi(t)
  const without = await ui.open({ messages: 1 })
  await without.page.getByRole('option').first().waitFor()
  assert.equal(await without.page.getByRole('button', { name: /^Conflicts/ }).count(), 0)
  const { page, calls } = await ui.open({
    messages: 1,
    matters: {
      conflicts: [
        { ...conflict, here, there: here, choices: ['here', 'there', 'both'] },
        { ...conflict, number: 8, kind: 'in-doubt', choices: ['both'] },
      ],
    },
  })
  await press(page, 'Conflicts and problems (2)')
  await page.getByText('<b>Plans</b>').first().waitFor()
  await press(page, 'Keep the one there')
  await press(page, 'Take it off this list')
  await page.waitForTimeout(100)
  assert.deepEqual(await calls('settle'), [
    [7, 'there'],
    [8, 'both'],
  ])
})

test('a question goes to the endpoint from a search, and what it finds is taken', { skip }, async (t) => {
  const hit = { mailbox: 'INBOX', from: '', subject: '', arrivedMs: 0, sizeBytes: 5000 }
  const ashore = {
    mailboxes: [{ path: ['Archive', 'Boat'], messages: 40, bytes: 90_000 }],
    questions: [
      {
        words: 'wind',
        state: 'answered',
        total: 40,
        totalBytes: 15_000,
        isPartial: false,
        hits: [
          { ...hit, is: 'here' },
          { ...hit, is: 'ashore' },
          { ...hit, is: 'ashore' },
        ],
      },
    ],
  } as const
  const { page, calls } = await (await openUi(t)).open({ messages: 3, ashore })
  await page.keyboard.press('/')
  await page.keyboard.type('wind')
  await page.keyboard.press('Enter')
  await press(page, 'Ask the endpoint, too')
  await page.getByText('Answered. 40 messages, 15 kB.').waitFor()
  assert.deepEqual(await calls('ask'), [['wind']])
  await page.getByRole('button', { name: 'Get: (no subject)' }).first().click()
  await press(page, 'Get all 2')
  await page.waitForTimeout(100)
  assert.deepEqual(await calls('take'), [
    ['wind', [1]],
    ['wind', [1, 2]],
  ])
  await press(page, 'Ask for a list: Archive/Boat')
  await press(page, 'Ask for older ones: wind')
  await page.waitForTimeout(100)
  assert.deepEqual(await calls('ask'), [['wind'], ['in:"Archive/Boat"'], ['wind before:1970-01-01']])
})

test('what the line costs is said once, and a sync can have a limit in money and in time', {
  skip,
}, async (t) => {
  const { page, calls } = await (await openUi(t)).open({ messages: 3 })
  await press(page, 'Line')
  await page.getByLabel('What the line costs').fill('4 eur/MB')
  await page.getByLabel(/^Messages of the last days/).fill('30')
  await press(page, 'Apply')
  await page.locator('dialog').waitFor({ state: 'detached' })
  assert.deepEqual(await calls('setTerms'), [[{ price: '4 eur/MB', keepDays: 30 }]])
  for (const most of ['0.5 eur', '1,5 min', '2']) {
    await page.getByLabel('At most', { exact: true }).fill(most)
    await press(page, 'Sync')
    await page.getByText(/^Synced with/).waitFor()
  }
  await page.getByLabel('At most', { exact: true }).fill('a lot')
  await press(page, 'Sync')
  await page.getByText(/^At most what?/).waitFor()
  assert.deepEqual(await calls('sync'), [
    [{ cost: { amount: 0.5, currency: 'EUR' } }],
    [{ seconds: 90 }],
    [{ bytes: 2000 }],
  ])
})

test('what fails in a window above the page is said there', { skip }, async (t) => {
  const { page } = await (await openUi(t)).open({ messages: 3, failing: ['setTerms', 'search'] })
  await press(page, 'Line')
  await press(page, 'Apply')
  await page.getByRole('dialog').getByText('No line. Try again later.').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('dialog').waitFor({ state: 'detached' })
  // A search that can't be read is no search that finds nothing.
  await page.keyboard.press('/')
  await page.locator('input[type=search]:focus').waitFor()
  await page.keyboard.type('from:"')
  await page.keyboard.press('Enter')
  await page.getByText('This could not be listed.').waitFor()
  await page.getByText('No line. Try again later.').waitFor()
  assert.equal(await page.getByText('0 found').count(), 0)
})
