import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { linkConformance } from '../../testing/link.js'
import { readAll, readUntilCut, someBytes } from '../link/world.js'
import { notInChromium, serveProgram } from './chromium.js'
import { openPageLine } from './page-line.js'

describe('the line of a browser', { skip: notInChromium }, () => {
  linkConformance('fetch in Chromium', async (t, answer) => {
    const { link, pair } = await openPageLine(t, {
      respond: (request, _device, signal) => answer(request, signal),
    })
    assert.deepEqual(await pair(), { value: 'me' })
    return link
  })

  it('is paired by a link once, with a cookie that scripts do not see, and shut out when it is revoked', async (t) => {
    const { world, page, link, pair } = await openPageLine(t)
    await assert.rejects(readAll(await link.exchange(someBytes(10))), (error) => hasCode(error, 'AUTH'))
    assert.deepEqual(await pair(), { value: 'me' })
    assert.equal((await pair()).error?.code, 'AUTH')
    assert.equal(await page.evaluate(() => document.cookie), '')
    assert.deepEqual(await readAll(await link.exchange(someBytes(10))), someBytes(10))
    const [cookie] = await page.context().cookies()
    assert.deepEqual([cookie?.httpOnly, cookie?.sameSite], [true, 'Strict'])
    await page.reload()
    assert.deepEqual(await readAll(await link.exchange(someBytes(20))), someBytes(20), 'it stays paired')
    await world.devices.revokeDevice('chromium')
    await assert.rejects(readAll(await link.exchange(someBytes(10))), (error) => hasCode(error, 'AUTH'))
  })

  it('gives what came before a cut, and gives up on an answer that stands still', async (t) => {
    const { link, pair } = await openPageLine(t, {
      respond: async function* (request, _device, signal) {
        const [how] = await readAll(request)
        await new Promise((resolve) => setTimeout(resolve, 300))
        yield someBytes(5000)
        // By then everything that was written has gone out.
        await new Promise((resolve) => setTimeout(resolve, 300))
        if (how === 1) throw new Error('the responder fell over')
        if (how === 2)
          await new Promise<void>((resolve) =>
            signal.addEventListener('abort', () => resolve(), { once: true }),
          )
      },
    })
    await pair()
    assert.deepEqual(await readAll(await link.exchange(Uint8Array.of(0))), someBytes(5000))
    for (const how of [1, 2]) {
      const { bytes, error } = await readUntilCut(await link.exchange(Uint8Array.of(how)))
      assert.deepEqual(bytes, someBytes(5000))
      assert.ok(hasCode(error, 'LINK_FAILED'), String(error))
    }
  })

  it('carries nothing for a page of another origin, which has its cookie all the same', async (t) => {
    let exchanges = 0
    const { world, page, pair } = await openPageLine(t, {
      respond: async function* () {
        exchanges++
        yield someBytes(10)
      },
    })
    await pair()
    // Cookies don't tell ports apart: to the browser this is the same site.
    const elsewhere = await serveProgram('')
    t.after(() => elsewhere.close())
    const other = await page.context().newPage()
    await other.goto(elsewhere.url)
    const outcome = await other.evaluate(async (url) => {
      const ask = (init: RequestInit) =>
        fetch(url, { method: 'POST', credentials: 'include', ...init }).then(
          ({ type, status }) => `${type} ${status}`,
          String,
        )
      return [await ask({}), await ask({ mode: 'no-cors' }), await ask({ headers: { packetboat: '1' } })]
    }, `http://127.0.0.1:${world.server.address.port}/v1/exchange`)
    assert.deepEqual(outcome, ['TypeError: Failed to fetch', 'opaque 0', 'TypeError: Failed to fetch'])
    assert.equal(exchanges, 0)
    assert.equal((await page.context().cookies(elsewhere.url)).length, 1, 'it was sent along')
  })
})
