import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { letter } from '../../world/letter.js'
import { notInChromium } from '../chromium.js'
import { startOwnChromium } from '../own-chromium.js'
import { eventually, openReaderEndpoint, tabOf } from '../worker/reader-world.js'

const inbox = ['INBOX']
/** None begins like another. */
const dayOf = (day: number): string => `day${String(day).padStart(4, '0')}`

test('each message is found by its words as soon as its sync is over, also when the browser was killed in the one before', {
  skip: notInChromium,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'packetboat-search-'))
  const { endpoint, home, newToken } = await openReaderEndpoint(t)
  let sent = 0
  const deliver = (count: number): void => {
    for (const until = sent + count; sent < until; sent++)
      endpoint.mail.person.deliver(inbox, letter(`letter ${sent}`, { text: `The wind of ${dayOf(sent)}.` }))
  }
  deliver(20)
  let browser = await startOwnChromium(folder)
  t.after(async () => {
    await browser.kill()
    rmSync(folder, { recursive: true })
  })
  const open = async () => {
    const page = await browser.context.newPage()
    await page.goto(home)
    return tabOf(page)
  }
  let { port } = await open()
  const found = async (words: string): Promise<number> => (await port.search(words, 1000)).length
  await port.pair(await newToken())
  await port.sync()
  assert.deepEqual([await found('wind'), await found(dayOf(7))], [20, 1])
  // The cookie is on the disk then.
  await browser.close()
  browser = await startOwnChromium(folder)
  ;({ port } = await open())
  deliver(400)
  const broken = port.sync().catch(() => undefined)
  await eventually(async () => (await found('wind')) > 20)
  await browser.kill()
  await broken
  browser = await startOwnChromium(folder)
  ;({ port } = await open())
  const [row] = await port.mailboxes()
  const kept = await found('wind')
  t.diagnostic(`${kept} of ${row?.messages} messages were found after the kill, of ${sent}`)
  // What is found is here.
  assert.ok(kept >= 20 && kept <= (row?.messages ?? 0))
  await port.sync()
  deliver(1)
  await port.sync()
  assert.equal(await found('wind'), sent)
  for (let day = 0; day < sent; day += 20) assert.equal(await found(dayOf(day)), 1, dayOf(day))
})
