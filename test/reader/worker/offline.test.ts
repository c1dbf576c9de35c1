import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { letter } from '../../world/letter.js'
import { notInChromium, startChromium } from '../chromium.js'
import { eventually, openReaderWorld, readerFiles } from './reader-world.js'

/** Until what keeps the files has all of them. */
const kept = "navigator.serviceWorker.ready.then(() => 'kept')"

/** Serves what `files` gives just then as an endpoint does, and notes what it was asked for. */
async function serveFiles(
  t: TestContext,
  files: () => Readonly<Record<string, string | Uint8Array>>,
): Promise<{ readonly home: string; readonly asked: string[] }> {
  const asked: string[] = []
  const server = createServer(({ url = '/' }, response) => {
    const name = url.slice(1) || 'index.html'
    const body = files()[name]
    asked.push(name)
    const types: Record<string, string> = { js: 'text/javascript', html: 'text/html', css: 'text/css' }
    const type = types[name.split('.').at(-1) ?? ''] ?? 'text/plain'
    const age =
      name.includes('-') && name !== 'service-worker.js' ? 'max-age=31536000, immutable' : 'no-cache'
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': type, 'cache-control': age })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  return { home: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, asked }
}

describe('the files of the reader', { skip: notInChromium }, () => {
  it('are kept, so that the page opens with its mail while the endpoint is away', async (t) => {
    const { endpoint, world, newToken, openTab } = await openReaderWorld(t)
    endpoint.mail.person.deliver(['INBOX'], letter('hello'))
    const { page, port } = await openTab()
    await port.pair(await newToken())
    await port.sync()
    assert.equal(await page.evaluate(kept), 'kept')
    await world.server.close()
    const beganMs = performance.now()
    await page.reload()
    const [inbox] = await port.mailboxes()
    const { rows } = await port.list(inbox?.guid ?? '', 0, 50)
    t.diagnostic(`its rows were there after ${Math.round(performance.now() - beganMs)} ms`)
    assert.deepEqual(
      rows.map(({ subject }) => subject),
      ['hello'],
    )
    await assert.rejects(port.sync({ seconds: 1 }), /LINK_FAILED|BUDGET/)
  })

  it('are kept with the words of a language where the browser prefers it, and nowhere else', async (t) => {
    const files = await readerFiles()
    for (const language of ['de-CH', 'en']) {
      const { home, asked } = await serveFiles(t, () => files)
      const browser = await startChromium(language)
      t.after(() => browser.close())
      const page = await browser.newPage()
      await page.goto(home)
      assert.equal(await page.evaluate(kept), 'kept')
      assert.equal(
        asked.some((name) => name.startsWith('german-')),
        language === 'de-CH',
      )
    }
  })

  it('cost those that have changed when there is another version, which is used when the last tab is closed', async (t) => {
    let files = await readerFiles()
    const { home, asked } = await serveFiles(t, () => files)
    const browser = await startChromium()
    t.after(() => browser.close())
    const context = await browser.newContext()
    const first = await context.newPage()
    await first.goto(home)
    await first.evaluate(kept)
    // Another version: one chunk has another name, and what names it.
    const worker = Object.keys(files).find((name) => /^worker-\w{8}\.js$/.test(name)) ?? ''
    const changed = worker.replace(/-\w{8}/, '-CHANGED1')
    const text = (name: string): string => files[name]?.toString() ?? ''
    files = {
      ...files,
      [changed]: `${text(worker)}\n`,
      'index.html': text('index.html').replace(worker, changed),
      'service-worker.js': text('service-worker.js')
        .replace(worker, changed)
        .replace(/\?page=\w{8}/, '?page=12345678'),
    }
    asked.length = 0
    await first.evaluate('navigator.serviceWorker.ready.then((ready) => ready.update())')
    await eventually(async () => asked.includes(changed) && asked.includes('index.html'))
    await first.reload()
    assert.equal(
      await first.getAttribute('html', 'data-worker'),
      worker,
      'a tab of the version before is open',
    )
    await first.close()
    const second = await context.newPage()
    await eventually(async () => {
      await second.goto(home)
      return (await second.getAttribute('html', 'data-worker')) === changed
    })
    assert.deepEqual([...new Set(asked)].sort(), [changed, 'index.html', 'service-worker.js'].sort())
  })
})
