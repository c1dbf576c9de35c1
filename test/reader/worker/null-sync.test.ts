import assert from 'node:assert/strict'
import { test } from 'node:test'
import { respond } from '../../../src/sync/responder/respond.js'
import { folderOf } from '../../link/reader/browser.js'
import { selfSigned, worldOf } from '../../link/world.js'
import { letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import { makeSide } from '../../world/side.js'
import { notInChromium, startChromium } from '../chromium.js'
import { readerFiles, tabOf } from './reader-world.js'

/** In both directions, HTTP and TLS included: on a connection that is open, and with its handshakes on another one. */
const [mostOpen, mostNew] = [900, 6000]

test(`a sync of a browser that finds nothing costs ${mostOpen} bytes at most on an open connection, and ${mostNew} on a new one`, {
  skip: notInChromium,
}, async (t) => {
  const certificate = selfSigned()
  if (!certificate) return t.skip('there is no openssl command here')
  const endpoint = await makeSide('endpoint', { hasUpstream: false, random: seededRandom(47) })
  for (const subject of ['one', 'two', 'three']) endpoint.mail.person.deliver(['INBOX'], letter(subject))
  const world = await worldOf(t, {
    via: 'tls',
    tls: certificate,
    reader: folderOf(t, await readerFiles()),
    respond: (request, { deviceId }, signal) =>
      respond(endpoint.account, request, { signal, pairing: deviceId }),
  })
  const line = await world.slowLine()
  const { token } = await world.devices.addReader({ account: 'me', name: 'chromium' })
  // Trusted from the first: a browser that only overlooks what is wrong with a certificate connects twice.
  const trust = `--ignore-certificate-errors-spki-list=${Buffer.from(certificate.pin).toString('base64')}`
  const browser = await startChromium('en', [trust])
  t.after(() => browser.close())
  const context = await browser.newContext({ serviceWorkers: 'block' })
  const page = await context.newPage()
  await page.goto(`https://127.0.0.1:${line.address.port}/reader/`)
  const { port } = tabOf(page)
  await port.pair(token)
  // The later file has come by then, too.
  for (let n = 0; n < 2; n++) await port.sync()
  await port.search('one', 1)
  const costOf = async (work: () => Promise<unknown>): Promise<number> => {
    const { up, down } = line.counters
    await work()
    return line.counters.up - up + (line.counters.down - down)
  }
  const open = await costOf(() => port.sync())
  line.cut()
  line.restore()
  const anew = await costOf(() => port.sync())
  t.diagnostic(`${open} bytes on an open connection, ${anew} with a new one`)
  assert.ok(open <= mostOpen && open > 0, `${open} bytes`)
  assert.ok(anew <= mostNew && anew > open, `${anew} bytes`)
})
