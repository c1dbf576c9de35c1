import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Draft } from '../../../src/reader/port.js'
import { mailing } from '../../sync/submission/sending.js'
import { letter } from '../../world/letter.js'
import { notInChromium, startChromium } from '../chromium.js'
import { eventually, openReaderEndpoint, type Tab, tabOf } from './reader-world.js'

const laterFile = /\/later-acts-\w{8}\.js$/

const draftOf = (name: string, text = name): Draft => ({
  id: name.padEnd(20, 'd'),
  to: 'bob@example.org',
  cc: '',
  bcc: '',
  subject: text,
  text,
  files: [],
})

/** A paired tab with a letter, whose later file comes when it is let: none else keeps it. */
async function openHeld(t: TestContext) {
  const { endpoint, home, newToken } = await openReaderEndpoint(t)
  endpoint.account = { ...endpoint.account, mailing }
  endpoint.mail.person.deliver(['INBOX'], letter('hello'))
  const browser = await startChromium()
  t.after(() => browser.close())
  const context = await browser.newContext({ serviceWorkers: 'block' })
  const held: { readonly go: () => Promise<void>; readonly fail: () => Promise<void> }[] = []
  await context.route(laterFile, (route) => {
    held.push({ go: () => route.continue(), fail: () => route.abort() })
  })
  const page = await context.newPage()
  await page.goto(home)
  const tab = tabOf(page)
  await tab.port.pair(await newToken())
  await tab.port.sync()
  await eventually(async () => held.length > 0)
  return { tab, held }
}

async function subjects({ port }: Tab, name: string): Promise<string[]> {
  const found = (await port.mailboxes()).find(({ path }) => path.join() === name)
  return found ? (await port.list(found.guid, 0, 20)).rows.map(({ subject }) => subject) : []
}

describe('what the worker loads later', { skip: notInChromium }, () => {
  it('does in their order the acts that came before it, and keeps no others waiting', async (t) => {
    const { tab, held } = await openHeld(t)
    const { port } = tab
    const answered: string[] = []
    const acts = [
      port.saveDraft(draftOf('one')).then(() => answered.push('saved one')),
      port.send(draftOf('two')).then(() => answered.push('sent two')),
      port.saveDraft(draftOf('three')).then(() => answered.push('saved three')),
      port.discardDraft(draftOf('one').id).then(() => answered.push('discarded one')),
    ]
    const [inbox] = await port.mailboxes()
    const [hello] = (await port.list(inbox?.guid ?? '', 0, 1)).rows
    await port.mark([hello?.guid ?? ''], { add: ['\\Seen'], remove: [] })
    assert.deepEqual((await port.message(hello?.guid ?? '')).flags, ['\\Seen'])
    assert.deepEqual([answered, held.length], [[], 1])
    await held[0]?.go()
    await Promise.all(acts)
    assert.deepEqual(await subjects(tab, 'Drafts'), ['three'])
    assert.equal((await port.search('hello', 5)).length, 1)
  })

  it('is asked for again by the next act where it could not be loaded', async (t) => {
    const { tab, held } = await openHeld(t)
    const saved = tab.port.saveDraft(draftOf('one'))
    const refused = assert.rejects(saved, /LINK_FAILED: A part of the reader could not be loaded/)
    // The worker is at the draft before it answers this, and so both wait for the one load that fails.
    await tab.port.mailboxes()
    await held[0]?.fail()
    await refused
    const again = tab.port.saveDraft(draftOf('one'))
    await eventually(async () => held.length > 1)
    await held[1]?.go()
    await again
    assert.deepEqual(await subjects(tab, 'Drafts'), ['one'])
  })

  it('and all else of the page is there when the line goes right after the first load', async (t) => {
    const { endpoint, world, home, newToken } = await openReaderEndpoint(t)
    endpoint.account = { ...endpoint.account, mailing }
    endpoint.mail.person.deliver(['INBOX'], letter('hello'))
    const browser = await startChromium()
    t.after(() => browser.close())
    const page = await (await browser.newContext()).newPage()
    await page.goto(home)
    const tab = tabOf(page)
    const { port } = tab
    await port.pair(await newToken())
    await port.sync()
    await page.evaluate("navigator.serviceWorker.ready.then(() => 'kept')")
    await world.server.close()
    const useAll = async (name: string): Promise<void> => {
      await port.saveDraft(draftOf(`${name}A`))
      await port.saveDraft(draftOf(`${name}B`))
      await port.discardDraft(draftOf(`${name}B`).id)
      await port.send(draftOf(`${name}C`))
      assert.ok((await subjects(tab, 'Drafts')).includes(`${name}A`))
      assert.equal((await port.search('hello', 5)).length, 1)
      await port.ask(name)
      assert.equal((await port.ashore()).questions[0]?.words, name)
      await assert.rejects(port.settle(7, 'both'), /NOT_FOUND/)
      await assert.rejects(port.take('nothing', [0]), /NOT_FOUND/)
    }
    await useAll('before')
    await page.reload()
    await useAll('after')
  })
})
