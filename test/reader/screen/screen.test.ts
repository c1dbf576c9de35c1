import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { notInChromium } from '../chromium.js'
import { findings, openMessage, press, tooWide } from './by-keyboard.js'
import type { MadeAccount } from './standing-in.js'
import { openUi } from './ui-page.js'

const quotes =
  '> short\n\n> 1\n> 2\n> 3\n> 4\n>> deep\n> 6\n\nSee https://example.org/x or javascript:alert(1).'
const made: MadeAccount = {
  messages: 60,
  state: { persisted: false },
  mails: {
    0: {
      texts: [{ part: 0, text: quotes, cut: false }],
      parts: [
        {
          part: 1,
          type: 'image/jpeg',
          name: 'photo.jpg',
          sizeBytes: 2_100_000,
          heldBytes: 0,
          state: 'deferred',
          seconds: 1750,
        },
      ],
    },
    1: {
      parts: [{ part: 1, type: 'text/html', sizeBytes: 20, heldBytes: 20, state: 'here' }],
      bytes: { 1: '<p>A <b>page</b></p>' },
    },
  },
}

/** Each screen, and how somebody gets there by the keyboard alone. */
const screens: readonly (readonly [name: string, go: (page: Page) => Promise<void>])[] = [
  ['list', async () => undefined],
  ['message', (page) => openMessage(page, 'See https')],
  [
    'page',
    async (page) => {
      await page.keyboard.press('j')
      await openMessage(page, 'The text of message 1.')
      await press(page, 'Show as page')
      await page.frameLocator('iframe').getByText('page').waitFor()
    },
  ],
  [
    'compose',
    async (page) => {
      await page.keyboard.press('c')
      await page.getByLabel('Subject').waitFor()
    },
  ],
  [
    'wanted',
    async (page) => {
      await openMessage(page, 'See https')
      await press(page, 'Get: photo.jpg – 2.1 MB – 29 min')
      await page.getByText('comes with the next sync').waitFor()
      await press(page, 'Wanted parts (1)')
      await page.getByRole('dialog').waitFor()
    },
  ],
  [
    'keys',
    async (page) => {
      await page.keyboard.press('?')
      await page.getByText('The browser may delete this mail').waitFor()
    },
  ],
  [
    'search',
    async (page) => {
      await page.keyboard.press('/')
      await page.keyboard.type('Message 5')
      await page.keyboard.press('Enter')
      await page.getByText('11 found').waitFor()
    },
  ],
]

/** Where screenshots go, if anywhere. */
const pictures = process.env['PACKETBOAT_PICTURES']

for (const colorScheme of ['light', 'dark'] as const)
  for (const [width, height] of [
    [1280, 800],
    [360, 640],
  ] as const)
    test(`each screen is for everybody, ${colorScheme}, ${width} px wide`, {
      skip: notInChromium,
    }, async (t) => {
      const ui = await openUi(t)
      for (const [name, go] of screens)
        await t.test(name, async () => {
          const { page, complaints } = await ui.open(made, { viewport: { width, height }, colorScheme })
          if (width < 900) await press(page, 'INBOX 20 unread, 60')
          await page.getByRole('option').first().waitFor()
          await go(page)
          if (pictures !== undefined) {
            mkdirSync(pictures, { recursive: true })
            await page.screenshot({ path: `${pictures}/reader-${name}-${colorScheme}-${width}.png` })
          }
          assert.deepEqual(await findings(page), [])
          assert.deepEqual(await tooWide(page), [])
          assert.deepEqual(complaints, [])
          await page.context().close()
        })
    })
