import assert from 'node:assert/strict'
import { test } from 'node:test'
import { worldOf } from '../../link/world.js'
import { listenTo, notInChromium, startChromium } from '../chromium.js'

test('the page that a link opens pairs the browser, under its policy, and keeps the link nowhere', {
  skip: notInChromium,
}, async (t) => {
  const { server, devices } = await worldOf(t, { via: 'http', reader: 'dist/reader' })
  const { token } = await devices.addReader({ account: 'me', name: 'chromium' })
  const browser = await startChromium()
  t.after(() => browser.close())
  const page = await browser.newPage()
  const complaints = listenTo(page)
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  const home = `http://127.0.0.1:${server.address.port}/reader/`
  await page.goto(`${home}#pair=${token}`)
  await page.getByText('This browser is paired with the account me.').waitFor()
  assert.ok(page.url().startsWith(home) && !page.url().includes(token), page.url())
  await page.getByText('Never synced').waitFor()
  await page.reload()
  await page.getByRole('heading', { name: 'me', exact: true }).waitFor()
  await page.goto(`about:blank`)
  await page.goto(`${home}#pair=${token}`)
  await page.getByText('This link was used already').waitFor()
  assert.ok(
    asked.every((url) => url.startsWith(`http://127.0.0.1:${server.address.port}/`) || url === 'about:blank'),
    asked.join('\n'),
  )
  // Of the favourite icon, which there is none of, and of the refusal.
  assert.deepEqual(
    complaints.filter((each) => !/\b40[14]\b/.test(each)),
    [],
  )
})

test('a browser that is not paired is told how it can be, and pairs by a link that is opened in the same tab', {
  skip: notInChromium,
}, async (t) => {
  const { server, devices } = await worldOf(t, { via: 'http', reader: 'dist/reader' })
  const { token } = await devices.addReader({ account: 'me', name: 'chromium' })
  const browser = await startChromium()
  t.after(() => browser.close())
  const page = await browser.newPage()
  const home = `http://127.0.0.1:${server.address.port}/reader/`
  await page.goto(home)
  await page.getByText('To pair this browser, open the link').waitFor()
  // Nothing but the fragment is another: no browser loads the page anew for that.
  await page.goto(`${home}#pair=${token}`)
  await page.getByText('This browser is paired with the account me.').waitFor()
  assert.ok(!page.url().includes(token), page.url())
})

test('a browser that prefers German is spoken to in German, and a screen reader knows', {
  skip: notInChromium,
}, async (t) => {
  const { server } = await worldOf(t, { via: 'http', reader: 'dist/reader' })
  const browser = await startChromium()
  t.after(() => browser.close())
  const page = await browser.newPage({ locale: 'de-CH' })
  const home = `http://127.0.0.1:${server.address.port}/reader/`
  await page.goto(home)
  await page.getByText('Um diesen Browser zu koppeln').waitFor()
  assert.equal(await page.getAttribute('html', 'lang'), 'de')
  await page.goto('about:blank')
  await page.goto(`${home}#pair=nonsense`)
  await page.locator('#said[lang=en]').waitFor()
})

test('a page whose worker is there no more says so', { skip: notInChromium }, async (t) => {
  const { server } = await worldOf(t, { via: 'http', reader: 'dist/reader' })
  const browser = await startChromium()
  t.after(() => browser.close())
  const context = await browser.newContext({ serviceWorkers: 'block' })
  const page = await context.newPage()
  await page.route('**/worker-*.js', (route) => route.fulfill({ status: 404 }))
  await page.goto(`http://127.0.0.1:${server.address.port}/reader/`)
  await page.getByText('The part of the reader that keeps the mail has stopped').waitFor()
})
