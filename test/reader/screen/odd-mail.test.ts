import assert from 'node:assert/strict'
import { test } from 'node:test'
import { notInChromium } from '../chromium.js'
import { findings, tooWide } from './by-keyboard.js'
import type { MadeAccount, MadeMail } from './standing-in.js'
import { openUi } from './ui-page.js'

const long = 'W'.repeat(500)
const part = { type: 'application/pdf', sizeBytes: 5, heldBytes: 5, state: 'here' } as const
const person = (name: string) => ({ name, address: `${name.slice(0, 5)}@example.org` })
const people = Array.from({ length: 2000 }, (_, at) => person(`Person ${at}`))

const odd: readonly (readonly [what: string, mail: MadeMail])[] = [
  ['nothing in it', { shown: { subject: '', from: [], to: [] }, texts: [], parts: [] }],
  [
    'one endless word',
    { shown: { subject: long, from: [person(long)] }, texts: [{ part: 0, text: long, cut: true }] },
  ],
  ['markup in each place', { shown: { subject: '<b id=made>x</b>', from: [person('<b id=made>x</b>')] } }],
  ['the other direction', { shown: { subject: '\u202e\u05d0\u05d1 abc', from: [person('\u05d0\u05d1')] } }],
  ['the year 1', { shown: { dateMs: -62_135_596_800_000, arrivedMs: 0 } }],
  ['the year 9999', { shown: { dateMs: 253_402_300_799_000, arrivedMs: 253_402_300_799_000 } }],
  ['two thousand recipients', { shown: { to: people, cc: people } }],
  [
    'files that want to lie elsewhere',
    {
      parts: [
        { ...part, part: 1, name: '../../x' },
        { ...part, part: 2, name: `${'n'.repeat(300)}.pdf` },
        { ...part, part: 3, name: 'CON' },
      ],
      bytes: { 1: 'hello' },
    },
  ],
  [
    'a page whose charset is none',
    { parts: [{ ...part, part: 1, type: 'text/html' }], bytes: { 1: '<p>pa\u00e9ge' } },
  ],
  ['quotes without end', { texts: [{ part: 0, text: '>'.repeat(5000), cut: false }] }],
]

const account: MadeAccount = {
  messages: odd.length,
  mails: Object.fromEntries(odd.map(([, mail], at) => [at, mail])),
}

test('odd mail is shown on a phone, within its width, and is no more than text', {
  skip: notInChromium,
}, async (t) => {
  const ui = await openUi(t)
  for (const [at, [what]] of odd.entries())
    await t.test(what, async () => {
      const { page, complaints } = await ui.open(account, { viewport: { width: 360, height: 640 } })
      await page.getByRole('button', { name: /^INBOX/ }).click()
      await page.locator(`#row-${at}`).click()
      await page.locator('#subject').waitFor()
      assert.deepEqual(await tooWide(page), [])
      assert.deepEqual(await findings(page), [])
      assert.equal(await page.locator('#made').count(), 0)
      if (what.startsWith('files')) {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('button', { name: 'Save: ../../x' }).click(),
        ])
        assert.ok(!/[/\\]/.test(download.suggestedFilename()), download.suggestedFilename())
      }
      // All of it can be answered.
      await page.keyboard.press('Shift+R')
      await page.getByLabel('Subject').waitFor()
      assert.deepEqual(await tooWide(page), [])
      assert.deepEqual(complaints, [])
      await page.context().close()
    })
})
