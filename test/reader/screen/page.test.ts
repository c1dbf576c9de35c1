import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { worldOf } from '../../link/world.js'
import { listenTo, notInChromium, startChromium } from '../chromium.js'

/** An endpoint that serves the reader, and a browser for it. */
async function openWorld(t: TestContext) {
  const { server, devices } = await worldOf(t, { via: 'http', reader: 'dist/reader' })
  const browser = await startChromium()
  t.after(() => browser.close())
  return {
    browser,
    home: `http://127.0.0.1:${server.address.port}/reader/`,
    newToken: async () => (await devices.addReader({ account: 'me', name: 'chromium' })).token,
  }
}

test('the page that a link opens pairs the browser, under its policy, and keeps the link nowhere', {
  skip: notInChromium,
}, async (t) => {
  const { browser, home, newToken } = await openWorld(t)
  const token = await newToken()
  const page = await browser.newPage()
  const complaints = listenTo(page)
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
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
    asked.every((url) => url.startsWith(new URL('/', home).href) || url === 'about:blank'),
    asked.join('\n'),
  )
  // Of the refusal.
  assert.deepEqual(
    complaints.filter((each) => !/\b401\b/.test(each)),
    [],
  )
})

test('a browser that is not paired is told how it can be, and pairs by a link that is opened in the same tab', {
  skip: notInChromium,
}, async (t) => {
  const { browser, home, newToken } = await openWorld(t)
  const token = await newToken()
  const page = await browser.newPage()
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
  const { browser, home } = await openWorld(t)
  const page = await browser.newPage({ locale: 'de-CH' })
  await page.goto(home)
  await page.getByText('Um diesen Browser zu koppeln').waitFor()
  assert.equal(await page.getAttribute('html', 'lang'), 'de')
  await page.goto('about:blank')
  await page.goto(`${home}#pair=nonsense`)
  await page.locator('#said[lang=en]').waitFor()
})

test('a page whose worker is there no more says so', { skip: notInChromium }, async (t) => {
  const { browser, home } = await openWorld(t)
  const context = await browser.newContext({ serviceWorkers: 'block' })
  const page = await context.newPage()
  await page.route('**/worker-*.js', (route) => route.fulfill({ status: 404 }))
  await page.goto(home)
  await page.getByText('The part of the reader that keeps the mail has stopped').waitFor()
})

test('a page that is still being loaded says so', { skip: notInChromium }, async (t) => {
  const { browser, home } = await openWorld(t)
  const context = await browser.newContext({ serviceWorkers: 'block' })
  const page = await context.newPage()
  let arrive = (): void => undefined
  const onItsWay = new Promise<void>((resolve) => {
    arrive = resolve
  })
  await page.route('**/worker-*.js', async (route) => {
    await onItsWay
    await route.continue()
  })
  await page.goto(home)
  await page.getByText('The reader is being loaded.').waitFor()
  arrive()
  await page.getByText('To pair this browser, open the link').waitFor()
})
