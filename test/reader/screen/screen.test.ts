import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { chooseWords, type Words } from '../../../src/reader/words/words.js'
import { notInChromium } from '../chromium.js'
import { findings, openMessage, press, tooWide } from './by-keyboard.js'
import type { MadeAccount } from './standing-in.js'
import { openUi } from './ui-page.js'

const quotes =
  '> short\n\n> 1\n> 2\n> 3\n> 4\n>> deep\n> 6\n\nSee https://example.org/x or javascript:alert(1).'
const matters: MadeAccount['matters'] = {
  conflicts: [
    {
      number: 3,
      kind: 'drafts-apart',
      atMs: Date.UTC(2026, 10, 1),
      mailbox: 'Drafts',
      here: { subject: 'Plans', mailbox: 'Drafts' },
      there: { subject: 'Plans', mailbox: '' },
      choices: ['here', 'there', 'both'],
    },
  ],
  problems: [
    {
      side: 'read',
      mailbox: 'INBOX',
      item: 'a'.repeat(80),
      reason: "The message can't be read.",
      next: 'Look at it there.',
      harmless: false,
      sinceMs: Date.UTC(2026, 10, 1),
    },
  ],
  untold: 2,
}
const hit = {
  mailbox: 'INBOX',
  from: 'Ann',
  subject: 'Old wind',
  arrivedMs: Date.UTC(2020, 1),
  sizeBytes: 5000,
}
const ashore: MadeAccount['ashore'] = {
  mailboxes: [{ path: ['INBOX'], messages: 9000, bytes: 70_000_000 }],
  questions: [
    {
      words: 'wind',
      state: 'partly',
      total: 12,
      totalBytes: 60_000,
      isPartial: true,
      hits: [
        { ...hit, is: 'ashore' },
        { ...hit, is: 'ashore' },
        { ...hit, is: 'comes' },
        { ...hit, is: 'left out' },
      ],
    },
  ],
}
const made: MadeAccount = {
  messages: 60,
  state: { persisted: false, revoked: true, unsent: 2 },
  terms: { price: '1.20 USD/min', keepDays: 90 },
  matters,
  ashore,
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
          cost: { amount: 34.8, currency: 'USD' },
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
const screens: readonly (readonly [name: string, go: (page: Page, words: Words) => Promise<void>])[] = [
  ['list', async () => undefined],
  ['message', (page) => openMessage(page, 'See https')],
  [
    'page',
    async (page, words) => {
      await page.keyboard.press('j')
      await openMessage(page, 'The text of message 1.')
      await press(page, words.showPage)
      await page.frameLocator('iframe').getByText('page').waitFor()
    },
  ],
  [
    'compose',
    async (page, words) => {
      await page.keyboard.press('c')
      await page.getByLabel(words.subject).waitFor()
    },
  ],
  [
    'wanted',
    async (page, words) => {
      await openMessage(page, 'See https')
      await press(page, new RegExp(`^${words.get}: photo.jpg – 2[.,]1 MB – 29 min – 34[.,]80 USD$`))
      await page.getByText(words.isWanted).waitFor()
      await open(page, `${words.wanted} (1)`)
      await page.getByRole('dialog').getByText('34').first().waitFor()
    },
  ],
  [
    'keys',
    async (page, words) => {
      await page.keyboard.press('?')
      await page.getByText(words.notKept).waitFor()
    },
  ],
  [
    'matters',
    async (page, words) => {
      await open(page, `${words.matters} (4)`)
      await page.getByText(words.conflicts['drafts-apart']).waitFor()
    },
  ],
  [
    'ashore',
    async (page, words) => {
      await open(page, words.ashore)
      await page.getByText(words.takeAll(2)).waitFor()
    },
  ],
  [
    'line',
    async (page, words) => {
      await open(page, words.terms)
      await page.getByLabel(words.price).waitFor()
    },
  ],
  [
    'deletion',
    async (page, words) => {
      await open(page, words.deleteHere)
      await page.getByText(words.unsentLost(2)).waitFor()
    },
  ],
  [
    'search',
    async (page, words) => {
      await page.keyboard.press('/')
      await page.keyboard.type('Message 5')
      await page.keyboard.press('Enter')
      await page.getByText(words.found(11)).waitFor()
    },
  ],
]

/** What opens above the page is opened where the mailboxes are, on a small screen. */
async function open(page: Page, name: string): Promise<void> {
  const opener = page.getByRole('button', { name, exact: true })
  for (let steps = 0; steps < 3 && !(await opener.isVisible()); steps++) await page.keyboard.press('u')
  await press(page, name)
}

for (const [language, colorScheme, width, height] of [
  ['en', 'light', 1280, 800],
  ['en', 'dark', 1280, 800],
  ['en', 'light', 360, 640],
  ['en', 'dark', 360, 640],
  ['de', 'light', 360, 640],
] as const)
  test(`each screen is for everybody, in ${language}, ${colorScheme}, ${width} px wide`, {
    skip: notInChromium,
  }, async (t) => {
    const ui = await openUi(t)
    const { words } = await chooseWords([language])
    for (const [name, go] of screens)
      await t.test(name, async () => {
        const { page, complaints } = await ui.open(made, {
          viewport: { width, height },
          colorScheme,
          locale: language,
        })
        if (width < 900) await press(page, `INBOX ${words.unread(20)}, 60`)
        await page.getByRole('option').first().waitFor()
        await go(page, words)
        assert.deepEqual(await findings(page), [])
        assert.deepEqual(await tooWide(page), [])
        assert.deepEqual(complaints, [])
        await page.context().close()
      })
  })
