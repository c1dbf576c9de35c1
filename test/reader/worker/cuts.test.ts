import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import { notInChromium, startChromium } from '../chromium.js'
import { openReaderEndpoint, tabOf } from './reader-world.js'

/** Between one cut and the next, bytes: of HTTP's heads too. */
const everyBytes = 97

test(`a sync is cut after every ${everyBytes}th byte in each direction, and goes on until both sides agree`, {
  skip: notInChromium,
}, async (t) => {
  const { endpoint, world, newToken } = await openReaderEndpoint(t)
  const line = await world.slowLine()
  const browser = await startChromium()
  t.after(() => browser.close())
  const page = await (await browser.newContext()).newPage()
  await page.goto(`http://${line.address.host}:${line.address.port}/reader/`)
  const { port } = tabOf(page)
  const random = seededRandom(97)
  const texts = new Map<string, string>()
  const deliver = (): void => {
    const [subject, text] = [`letter ${texts.size}`, Buffer.from(random.bytes(400)).toString('base64')]
    texts.set(subject, text)
    endpoint.mail.person.deliver(['INBOX'], letter(subject, { text }))
  }
  deliver()
  await port.pair(await newToken())
  await port.sync()
  const [inbox] = await port.mailboxes()
  const rows = async () => (await port.list(inbox?.guid ?? '', 0, 1000)).rows

  /** Whether it got so far. */
  const cut = async (way: 'up' | 'down', at: number): Promise<boolean> => {
    for (let n = 0; n < 3; n++) deliver()
    const keyword = `${way}${at}`
    await port.mark([(await rows())[0]?.guid ?? ''], { add: [keyword], remove: [] })
    const goal = line.counters[way] + at
    line.cutAfter({ [way]: at })
    let over = false
    const synced = port.sync().finally(() => {
      over = true
    })
    while (!over && line.counters[way] < goal) await pause(5)
    const isCut = !over
    line.restore()
    await synced
    assert.equal((await port.state()).unsent, 0, keyword)
    assert.equal((await rows()).length, texts.size, keyword)
    const there = endpoint.mail.snapshot().get('INBOX') ?? []
    assert.equal(there.length, texts.size, keyword)
    assert.equal(there.filter(({ flags }) => flags.includes(keyword)).length, 1, keyword)
    return isCut
  }
  const cuts = { up: 0, down: 0 }
  for (const way of ['up', 'down'] as const)
    for (let at = 1; await cut(way, at); at += everyBytes) cuts[way]++
  t.diagnostic(`${cuts.up} cuts up, ${cuts.down} down`)
  assert.ok(cuts.up > 5 && cuts.down > 5)
  for (const { guid, subject } of await rows())
    assert.equal((await port.message(guid)).texts[0]?.text.trim(), texts.get(subject))
})
