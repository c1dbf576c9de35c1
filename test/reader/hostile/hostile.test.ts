import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { frameSandbox } from '../../../src/reader/mail/frame-page.js'
import { notInChromium } from '../chromium.js'
import { press } from '../screen/by-keyboard.js'
import type { MadeMail } from '../screen/standing-in.js'
import { openUi } from '../screen/ui-page.js'
import { openHostilePlace } from './hostile-place.js'

/** What doesn't take anything out. */
const withoutPurify = { dompurify: 'page/no-purify.ts' }

/** How the reader comes to show pages, and what its frame holds then. */
const ways: readonly (readonly [how: string, instead: Readonly<Record<string, string>>, opens: boolean])[] = [
  ['as the reader shows it', {}, false],
  ['with nothing taken out of it', withoutPurify, false],
  ['with nothing taken out of it, where pictures may be loaded over TLS', withoutPurify, true],
]

for (const [how, instead, opens] of ways)
  test(`a hostile page asks nobody for anything and runs nothing, ${how}`, {
    skip: notInChromium,
  }, async (t) => {
    const ui = await openUi(t, { instead })
    const place = await openHostilePlace(t, ui.browser)
    const pages = place.pages(ui.home.slice(0, -1))
    const mails = Object.fromEntries(pages.map(({ html }, at) => [at, mailOf(`<p>page</p>${html}`)]))
    const { page, answered } = await ui.open({ messages: pages.length, mails })
    const opened: string[] = []
    page.context().on('page', (other) => opened.push(other.url()))
    page.on('dialog', (dialog) => {
      opened.push(dialog.message())
      void dialog.dismiss()
    })
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('o')
    for (const [at, hostile] of pages.entries())
      await t.test(hostile.what, async () => {
        if (at > 0) await page.keyboard.press('j')
        await page.getByText(`The text of message ${at}.`).waitFor()
        await page.getByRole('button', { name: 'Show as page' }).click()
        if (opens) await page.getByRole('button', { name: 'Load pictures' }).click()
        await drawn(page, opens ? /\/frame\.html$/ : /^about:srcdoc$/)
        const frame = page.locator('iframe')
        assert.equal(await frame.getAttribute('sandbox'), frameSandbox)
        if (hostile.pressed) await pressLink(page)
        await place.showFree([hostile])
        assert.deepEqual(place.asked(), [])
        assert.deepEqual(
          answered.filter((url) => url.includes('wanted=') || !url.startsWith(ui.home)),
          [],
        )
        assert.equal(await page.evaluate(() => 'ran' in globalThis), false)
        assert.equal(page.url().split('#')[0], ui.home)
        assert.deepEqual(opened, [])
      })
  })

function mailOf(html: string): MadeMail {
  const size = { sizeBytes: html.length, heldBytes: html.length }
  return { parts: [{ part: 1, type: 'text/html', ...size, state: 'here' }], bytes: { 1: html } }
}

/** Until the frame has loaded what it is to show, which has a paragraph, with all that it may load, and that is on the screen. */
async function drawn(page: Page, address: RegExp): Promise<void> {
  await page.waitForFunction((address) => {
    const shown = document.querySelector('iframe')?.contentDocument
    return (
      shown?.readyState === 'complete' &&
      new RegExp(address).test(shown.URL) &&
      shown.querySelector('body p') &&
      [...shown.images].every((image) => image.complete)
    )
  }, address.source)
  await page.evaluate(async () => {
    for (let frames = 0; frames < 2; frames++) await new Promise((resolve) => requestAnimationFrame(resolve))
  })
}

/** Follows the first link, if there is one still. */
async function pressLink(page: Page): Promise<void> {
  await page.evaluate(() =>
    document
      .querySelector('iframe')
      ?.contentDocument?.querySelector('a')
      ?.dispatchEvent(new MouseEvent('click')),
  )
}

test('a page shows the pictures that came with it, says what it lacks, and its links are what they seem', {
  skip: notInChromium,
}, async (t) => {
  const html = `<p style="color: red">Hello</p><img src="cid:it@example.org" alt="here"><img src="https://pictures.example/a.png" alt="there"><a href="https://example.org/x">go</a>`
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
  const asked = await askedElsewhere(page)
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('o')
  await press(page, 'Show as page')
  await drawn(page, /^about:srcdoc$/)
  const frame = page.frameLocator('iframe')
  await page.getByText('1 remote picture, not loaded').waitFor()
  assert.match((await frame.getByAltText('here', { exact: true }).getAttribute('src')) ?? '', /^blob:/)
  assert.equal(await frame.getByAltText('there').getAttribute('src'), null)
  assert.equal(await frame.getByAltText('no').getAttribute('src'), null)
  const link = frame.getByText('go')
  assert.equal(await link.getAttribute('rel'), 'noopener noreferrer')
  assert.equal(await link.getAttribute('target'), '_blank')
  assert.deepEqual(asked, [])
})

test('pictures from elsewhere are loaded when somebody has been told what that says, and nothing else is', {
  skip: notInChromium,
}, async (t) => {
  const html = `<p>Look</p><img src="https://pictures.example/a.png" alt="a" onerror="top.ran=1"><img src="//pictures.example/b.png" srcset="https://pictures.example/c.png 2x" alt="b"><img src="http://pictures.example/d.png" alt="d"><body background="https://pictures.example/e.png"><video poster="https://pictures.example/f.png"></video><script src="https://pictures.example/g.js"></script><link rel="stylesheet" href="https://pictures.example/h.css"><a href="https://example.org/x">go</a><img src="cid:no">`
  const { page } = await (await openUi(t)).open({
    messages: 1,
    mails: {
      0: {
        parts: [{ part: 1, type: 'text/html', sizeBytes: 9, heldBytes: 9, state: 'here' }],
        bytes: { 1: html },
      },
    },
  })
  const asked = await askedElsewhere(page)
  await page.getByRole('option').first().waitFor()
  await page.keyboard.press('o')
  await press(page, 'Show as page')
  await page.getByText(/^3 remote pictures, not loaded\. Loading them tells the sender/).waitFor()
  await drawn(page, /^about:srcdoc$/)
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
  assert.equal(await page.evaluate(() => 'ran' in globalThis), false)
  assert.equal(await frame.getByText('go').getAttribute('rel'), 'noopener noreferrer')
  // What is asked for from there goes without cookies.
  const inFrame = page.frames().find((each) => each.parentFrame() === page.mainFrame())
  assert.equal(await inFrame?.evaluate('credentialless'), true)
})

/** What a page asks of pictures.example from now on, which has a tall picture at every address. */
async function askedElsewhere(page: Page): Promise<readonly string[]> {
  const asked: string[] = []
  await page.context().route(/^https?:\/\/[^/]*example/, async (route) => {
    const { referer } = await route.request().allHeaders()
    asked.push(`${route.request().url()}${referer === undefined ? '' : ' with a referrer'}`)
    await route.fulfill({ contentType: 'image/png', body: tallPicture })
  })
  return asked
}

/** 1 by 600 pixels. */
const tallPicture = await sharp({ create: { width: 1, height: 600, channels: 3, background: 'red' } })
  .png()
  .toBuffer()
