import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import type { ShownPart } from '../../../src/reader/port.js'
import { notInChromium } from '../chromium.js'
import { openMessage, press } from './by-keyboard.js'
import type { MadeAccount } from './standing-in.js'
import { openUi } from './ui-page.js'

/** Where the pictures go that the docs show, if anywhere. */
const folder = process.env['PACKETBOAT_PICTURES']

const chart: ShownPart = {
  part: 1,
  type: 'image/png',
  name: 'wind-friday.png',
  sizeBytes: 410_000,
  heldBytes: 0,
  state: 'deferred',
  seconds: 342,
  cost: { amount: 6.84, currency: 'USD' },
}
const mails: readonly (readonly [from: string, subject: string])[] = [
  ['Ann Okafor', 'Wind on Friday'],
  ['Harbour office', 'Berth 14 from Monday'],
  ['Bo Lindqvist', 'Spare part for the windlass'],
  ['Ann Okafor', 'Re: Berth 14 from Monday'],
  ['Mira Costa', 'Photographs of the north channel'],
  ['Coast station', 'Notices to mariners, week 44'],
  ['Bo Lindqvist', 'Re: Spare part for the windlass'],
  ['Jon Vale', 'Crew list'],
  ['Mira Costa', 'Tides'],
]
const account: MadeAccount = {
  messages: mails.length,
  senders: mails.map(([from]) => from),
  subjects: Object.fromEntries(mails.map(([, subject], at) => [at, subject])),
  terms: { price: '1.20 USD/min' },
  mails: {
    0: {
      texts: [
        {
          part: 0,
          cut: false,
          text: 'The front comes in on Friday night, with 30 knots from the west.\n\n> Can we still leave on Thursday?\n\nOn Thursday you can. The chart goes along.\n',
        },
      ],
      parts: [chart],
    },
  },
}

type Picture = readonly [
  name: string,
  look: { readonly colorScheme: 'light' | 'dark'; readonly width: number; readonly height: number },
  go: (page: Page) => Promise<void>,
]
const phone = { width: 360, height: 640 }
const pictures: readonly Picture[] = [
  [
    'list',
    { colorScheme: 'light', width: 1100, height: 520 },
    (page) => openMessage(page, 'The front comes in'),
  ],
  ['message', { colorScheme: 'dark', ...phone }, (page) => openMessage(page, 'The front comes in')],
  [
    'waiting',
    { colorScheme: 'light', ...phone },
    async (page) => {
      await openMessage(page, 'The front comes in')
      await press(page, /^Get: /)
      await page.getByText('comes with the next sync').waitFor()
      for (let steps = 0; steps < 2; steps++) await page.keyboard.press('u')
      await press(page, 'Wanted parts (1)')
      await page.getByRole('dialog').waitFor()
    },
  ],
  [
    'compose',
    { colorScheme: 'dark', ...phone },
    async (page) => {
      await openMessage(page, 'The front comes in')
      await page.keyboard.press('r')
      await page.getByLabel('Text').waitFor()
      await page.keyboard.press('Control+End')
      await page.keyboard.type('Thursday it is.')
      await page.getByText('Draft saved').waitFor()
    },
  ],
]

test('the pictures in the docs are taken', {
  skip: notInChromium || (folder === undefined && 'PACKETBOAT_PICTURES says where they go'),
}, async (t) => {
  const ui = await openUi(t)
  mkdirSync(folder ?? '', { recursive: true })
  for (const [name, { colorScheme, ...viewport }, go] of pictures) {
    const { page } = await ui.open(account, { viewport, colorScheme })
    if (viewport.width < 900) await press(page, /^INBOX/)
    await page.getByRole('option').first().waitFor()
    await go(page)
    const bytes = await page.screenshot()
    await sharp(bytes)
      .png({ palette: true, colours: 64 })
      .toFile(join(folder ?? '', `reader-${name}.png`))
    await page.context().close()
  }
})
