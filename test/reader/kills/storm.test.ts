import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { BrowserContext } from 'playwright-core'
import type { ReaderPort } from '../../../src/reader/port.js'
import { listSubmissions } from '../../../src/replica/submission/submissions.js'
import { seed } from '../../../testing/seed.js'
import { mailing } from '../../sync/submission/sending.js'
import { letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import { subjectOf } from '../../world/shown.js'
import { notInChromium } from '../chromium.js'
import { startOwnChromium } from '../own-chromium.js'
import { openReaderEndpoint, tabOf } from '../worker/reader-world.js'
import { diligentPerson } from './diligent-person.js'

const kills = Number(process.env['PACKETBOAT_KILLS'] ?? 8)
/** No list gives more than 500 rows at once. */
const mostLetters = 300
/** A life is at most so long, ms. */
const longestMs = 1500

test(`what a reader has said was done is there when the whole browser is killed, ${kills} times`, {
  skip: notInChromium,
}, async (t) => {
  const random = seededRandom(seed)
  const { endpoint, home, newToken } = await openReaderEndpoint(t)
  endpoint.account = { ...endpoint.account, mailing }
  const person = diligentPerson(random)
  const profile = mkdtempSync(join(tmpdir(), 'packetboat-profile-'))
  t.after(() => rmSync(profile, { recursive: true, force: true }))
  let delivered = 0
  const deliver = (): void => {
    const text = Buffer.from(random.bytes(random.below(6000))).toString('base64')
    endpoint.mail.person.deliver(['INBOX'], letter(`letter ${delivered++}`, { text }))
  }
  endpoint.mail.person.createMailbox(['Later'])
  for (let n = 0; n < 10; n++) deliver()
  let isPaired = false
  const openReader = async (context: BrowserContext) => {
    const page = await context.newPage()
    await page.goto(home)
    const tab = tabOf(page)
    const { account } = await tab.port.state()
    if (isPaired)
      assert.ok(account !== undefined, `after ${person.done} acts it has come up without its database`)
    return tab
  }
  const settle = async (token?: string): Promise<void> => {
    const browser = await startOwnChromium(profile)
    try {
      const { port } = await openReader(browser.context)
      if (token !== undefined) await port.pair(token)
      isPaired = true
      await person.look(port)
      do await port.sync()
      while ((await port.state()).unsent > 0)
      await person.look(port)
      await compare()
      await browser.close()
    } finally {
      await browser.kill()
    }
  }
  const assertAllLetters = (): void => {
    const subjects = [...endpoint.mail.snapshot().values()].flat().map(({ bytes }) => subjectOf(bytes))
    assert.equal(subjects.filter((subject) => subject.startsWith('letter')).length, delivered)
  }
  /** The endpoint has all of it, once. */
  const compare = async (): Promise<void> => {
    const there = new Map<string, string>()
    for (const [at, messages] of endpoint.mail.snapshot())
      for (const { bytes, flags } of messages) {
        const subject = subjectOf(bytes)
        assert.ok(!there.has(subject), `${subject} is at the endpoint twice`)
        there.set(subject, `${at} ${flags.filter((flag) => flag.startsWith('n')).join()}`)
      }
    for (const [what, result] of person.known) {
      const [, kind, subject = ''] = /^(place|mark) of (.*)$/.exec(what) ?? []
      const [place, mark] = there.get(subject)?.split(' ') ?? []
      if (kind === undefined) assert.equal(there.has(result), result !== 'gone', `${what}: ${result}`)
      else assert.equal(kind === 'place' ? place : mark, result, what)
    }
    assertAllLetters()
    const recipients = (await listSubmissions(endpoint.account.replica.db)).flatMap(
      ({ envelope }) => envelope.recipients,
    )
    assert.deepEqual(recipients.sort(), person.sent.map((name) => `${name}@example.org`).sort())
  }

  /** Some are killed while they open the database. */
  const liveAndDie = async (ms: number, from: 'its start' | 'its first act'): Promise<void> => {
    const browser = await startOwnChromium(profile)
    let killed = false
    const opening = openReader(browser.context).then(async ({ port }) => {
      await person.look(port)
      return port
    })
    const living = opening.then((port) => Promise.race([person.act(port), syncing(port)]))
    const failed = new Promise<never>((_, reject) =>
      living.catch((error: unknown) => {
        if (!killed) reject(error)
      }),
    )
    try {
      const dying = from === 'its start' ? pause(ms) : opening.then(() => pause(ms))
      await Promise.race([dying, failed])
    } finally {
      killed = true
      await browser.kill()
    }
  }
  const syncing = async (port: ReaderPort): Promise<never> => {
    for (;;) {
      if (delivered < mostLetters && random.below(3) === 0) deliver()
      await port.sync()
    }
  }

  await settle(await newToken())
  for (let n = 1; n <= kills; n++) {
    await liveAndDie(random.below(longestMs), random.below(4) === 0 ? 'its start' : 'its first act')
    if (n % 20 !== 0) continue
    await settle()
    t.diagnostic(`${n} kills, ${person.done} acts`)
  }
  await settle()
  t.diagnostic(`${person.done} acts, ${delivered} letters, ${person.sent.length} sent`)
  assert.ok(person.done >= kills / 2)
})
