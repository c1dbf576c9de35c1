import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
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
  [
    'with nothing taken out of it, where pictures may be loaded over TLS',
    (page, html) =>
      page.evaluate(
        (html) => (globalThis as unknown as { showRawOpen(html: string): void }).showRawOpen(html),
        html,
      ),
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

test('pictures from elsewhere are loaded when somebody has been told what that says, and nothing else is', {
  skip: notInChromium,
}, async (t) => {
  const there = await listening(t)
  const html = `<img src="https://pictures.example/a.png" alt="a" onerror="top.ran=1"><img src="//pictures.example/b.png" srcset="https://pictures.example/c.png 2x" alt="b"><img src="http://pictures.example/d.png" alt="d"><body background="https://pictures.example/e.png"><video poster="https://pictures.example/f.png"></video><script src="https://pictures.example/g.js"></script><link rel="stylesheet" href="https://pictures.example/h.css"><a href="https://example.org/x">go</a><img src="cid:no">`
  const { page } = await (await openUi(t)).open({
    messages: 1,
    mails: {
      0: {
        parts: [{ part: 1, type: 'text/html', sizeBytes: 9, heldBytes: 9, state: 'here' }],
        bytes: { 1: html },
      },
    },
  })
  const asked: string[] = []
  await page.context().route(/^https?:\/\/[^/]*example/, async (route) => {
    const { referer } = await route.request().allHeaders()
    asked.push(`${route.request().url()}${referer === undefined ? '' : ' with a referrer'}`)
    await route.fulfill({ contentType: 'image/png', body: tallPicture })
  })
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('o')
  await press(page, 'Show as page')
  await page.getByText(/^3 remote pictures, not loaded\. Loading them tells the sender/).waitFor()
  await page.waitForTimeout(300)
  assert.deepEqual(asked, [])
  const before = (await page.locator('iframe').boundingBox())?.height ?? 0
  await press(page, 'Load pictures')
  const frame = page.frameLocator('iframe')
  await frame.getByAltText('b').waitFor()
  await page.waitForFunction(
    (least) => (document.querySelector('iframe')?.getBoundingClientRect().height ?? 0) > least,
    before + 400,
  )
  assert.equal(await page.getByRole('button', { name: 'Load pictures' }).count(), 0)
  assert.deepEqual(
    asked.toSorted(),
    ['a', 'b', 'd'].map((name) => `https://pictures.example/${name}.png`),
  )
  assert.deepEqual(there.asked, [])
  assert.equal(await page.evaluate(() => 'ran' in globalThis), false)
  assert.equal(await frame.getByText('go').getAttribute('rel'), 'noopener noreferrer')
  // What is asked for from there goes without cookies.
  const inFrame = page.frames().find((each) => each.parentFrame() === page.mainFrame())
  assert.equal(await inFrame?.evaluate('credentialless'), true)
})

/** 1 by 600 pixels. */
const tallPicture = await sharp({ create: { width: 1, height: 600, channels: 3, background: 'red' } })
  .png()
  .toBuffer()
