import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { notInChromium } from '../chromium.js'
import { press } from './by-keyboard.js'
import { hostilePages } from './hostile-pages.js'
import { openUi } from './ui-page.js'

/** A server that nobody is to ask for anything, and what it was asked. */
async function listening(t: TestContext): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const ways: readonly (readonly [how: string, show: (page: Page, html: string) => Promise<void>])[] = [
  [
    'as the reader shows it',
    async (page) => {
      await page.getByRole('option').first().waitFor()
      await page.keyboard.press('o')
      await press(page, 'Show as page')
      await page.locator('iframe[srcdoc]').waitFor()
    },
  ],
  [
    'with nothing taken out of it',
    (page, html) =>
      page.evaluate((html) => (globalThis as unknown as { showRaw(html: string): void }).showRaw(html), html),
  ],
]

for (const [how, show] of ways)
  test(`a hostile page asks nobody for anything and runs nothing, ${how}`, {
    skip: notInChromium,
  }, async (t) => {
    const ui = await openUi(t)
    const there = await listening(t)
    for (const [what, html] of hostilePages(there.url))
      await t.test(what, async () => {
        const parts = [
          {
            part: 1,
            type: 'text/html',
            sizeBytes: html.length,
            heldBytes: html.length,
            state: 'here' as const,
          },
        ]
        const tab = await ui.open({ messages: 1, mails: { 0: { parts, bytes: { 1: html } } } })
        const { page, answered } = tab
        const [home = ''] = page.url().split('#')
        const opened: string[] = []
        page.context().on('page', (other) => opened.push(other.url()))
        page.on('dialog', (dialog) => {
          opened.push(dialog.message())
          void dialog.dismiss()
        })
        await show(page, html)
        // A page that leads elsewhere does so by itself; one that waits for a click gets it.
        await page.waitForTimeout(300)
        const frame = page.frames().find((each) => each.parentFrame() === page.mainFrame())
        assert.ok(frame)
        const link = frame.locator('#go')
        if ((await link.count()) > 0) await link.click({ timeout: 500 }).catch(() => undefined)
        await page.waitForTimeout(100)
        assert.deepEqual(there.asked, [])
        assert.deepEqual(
          answered.filter((url) => url.startsWith('http') && !url.startsWith(home)),
          [],
        )
        const ran = (of: { evaluate<T>(work: () => T): Promise<T> }) => of.evaluate(() => 'ran' in globalThis)
        assert.equal(await ran(page), false)
        assert.equal(page.url().split('#')[0], home)
        assert.deepEqual(opened, [])
        await page.context().close()
      })
  })

test('a page shows the pictures that came with it, says what it lacks, and its links are what they seem', {
  skip: notInChromium,
}, async (t) => {
  const there = await listening(t)
  const html = `<p style="color: red">Hello</p><img src="cid:it@example.org" alt="here"><img src="${there.url}/a.png" alt="there"><a href="https://example.org/x">go</a>`
  const svg = {
    part: 3,
    type: 'image/svg+xml',
    contentId: 'no@example.org',
    sizeBytes: 9,
    heldBytes: 9,
    state: 'here',
  } as const
  const { page } = await (await openUi(t)).open({
    messages: 1,
    mails: {
      0: {
        parts: [
          { part: 1, type: 'text/html', sizeBytes: 9, heldBytes: 9, state: 'here' },
          { ...svg, part: 2, type: 'image/gif', contentId: 'it@example.org' },
          svg,
        ],
        bytes: { 1: `${html}<img src="cid:no@example.org" alt="no">`, 2: 'GIF89a', 3: '<svg/>' },
      },
    },
  })
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('o')
  await press(page, 'Show as page')
  const frame = page.frameLocator('iframe')
  await page.getByText('1 remote picture, not loaded').waitFor()
  assert.match((await frame.getByAltText('here', { exact: true }).getAttribute('src')) ?? '', /^blob:/)
  assert.equal(await frame.getByAltText('there').getAttribute('src'), null)
  assert.equal(await frame.getByAltText('no').getAttribute('src'), null)
  const link = frame.getByText('go')
  assert.equal(await link.getAttribute('rel'), 'noopener noreferrer')
  assert.equal(await link.getAttribute('target'), '_blank')
  assert.deepEqual(there.asked, [])
})
