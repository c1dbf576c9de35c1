import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { MessageRow, ReaderPort } from '../../../src/reader/port.js'
import { letter } from '../../world/letter.js'
import { notInChromium } from '../chromium.js'
import { startOwnChromium } from '../own-chromium.js'
import { eventually, openReaderEndpoint, tabOf } from '../worker/reader-world.js'

/** Of LevelDB: a record of 900 bytes begins, and 40 of them are there. */
const halfARecord = Buffer.concat([Buffer.from('78563412840301', 'hex'), Buffer.alloc(40)])

/** What a browser leaves that is killed amid a write. Returns the log's place. */
function tearLog(profile: string): string {
  const databases = join(profile, 'Default', 'IndexedDB')
  const [database = ''] = readdirSync(databases)
  const name = readdirSync(join(databases, database))
    .filter((each) => each.endsWith('.log'))
    .sort()
    .at(-1)
  const log = join(databases, database, name ?? '')
  appendFileSync(log, halfARecord)
  return log
}

test('a browser that was killed amid a write keeps its database, and what was done before and after', {
  skip: notInChromium,
}, async (t) => {
  const { endpoint, home, newToken } = await openReaderEndpoint(t)
  const profile = mkdtempSync(join(tmpdir(), 'packetboat-torn-'))
  t.after(() => rmSync(profile, { recursive: true, force: true }))
  endpoint.mail.person.deliver(['INBOX'], letter('hello'))
  const rowOf = async (port: ReaderPort): Promise<MessageRow | undefined> => {
    const [inbox] = await port.mailboxes()
    return (await port.list(inbox?.guid ?? '', 0, 1)).rows[0]
  }
  const live = async (life: (port: ReaderPort) => Promise<unknown>): Promise<void> => {
    const browser = await startOwnChromium(profile)
    try {
      const page = await browser.context.newPage()
      await page.goto(home)
      await life(tabOf(page).port)
    } finally {
      await browser.kill()
    }
  }
  const mark = async (port: ReaderPort, flag: string): Promise<void> => {
    const guid = (await rowOf(port))?.guid ?? ''
    await port.mark([guid], { add: [flag], remove: [] })
  }

  await live(async (port) => {
    await port.pair(await newToken())
    await port.sync()
    await mark(port, 'before')
  })
  const torn = tearLog(profile)
  await live(async (port) => assert.deepEqual((await rowOf(port))?.flags, ['before']))
  await live(async (port) => {
    await mark(port, 'after')
    // Chromium puts the log aside when it finds the time: killed before that, it would come up without its database.
    await eventually(async () => !existsSync(torn), 120_000)
  })
  await live(async (port) => assert.deepEqual((await rowOf(port))?.flags, ['after', 'before']))
})
