import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letter } from '../../world/letter.js'
import { subjectOf } from '../../world/shown.js'
import { notInChromium, startChromium } from '../chromium.js'
import { openReaderEndpoint, type Tab, tabOf } from './reader-world.js'

test('two browsers that delete the same messages, and move and mark another, agree: what was in Trash has gone, and Trash has both copies of what was not', {
  skip: notInChromium,
}, async (t) => {
  const { endpoint, home, newToken } = await openReaderEndpoint(t)
  const { person } = endpoint.mail
  person.createMailbox(['Trash'])
  person.createMailbox(['Later'])
  for (const subject of ['deleted', 'moved', 'stays']) person.deliver(['INBOX'], letter(subject))
  person.deliver(['Trash'], letter('old'))
  const browser = await startChromium()
  t.after(() => browser.close())
  const open = async (): Promise<Tab> => {
    const page = await (await browser.newContext()).newPage()
    await page.goto(home)
    const tab = tabOf(page)
    await tab.port.pair(await newToken())
    await tab.port.sync()
    return tab
  }
  const rowsOf = async ({ port }: Tab, name: string) => {
    const found = (await port.mailboxes()).find(({ path }) => path.join() === name)
    return { guid: found?.guid ?? '', rows: found ? (await port.list(found.guid, 0, 9)).rows : [] }
  }
  const guidOf = async (tab: Tab, subject: string, name = 'INBOX'): Promise<string> =>
    (await rowsOf(tab, name)).rows.find((row) => row.subject === subject)?.guid ?? ''
  const [one, two] = [await open(), await open()]
  for (const tab of [one, two]) {
    await tab.port.remove([await guidOf(tab, 'old', 'Trash')])
    await tab.port.remove([await guidOf(tab, 'deleted')])
  }
  await one.port.move([await guidOf(one, 'moved')], (await rowsOf(one, 'Later')).guid)
  await two.port.mark([await guidOf(two, 'moved')], { add: ['\\Seen'], remove: [] })
  for (const { port } of [one, two, one, two]) await port.sync()

  const expected = { INBOX: ['stays'], Later: ['moved \\Seen'], Trash: ['deleted', 'deleted'] }
  const there = endpoint.mail.snapshot()
  for (const [name, all] of Object.entries(expected)) {
    const atEndpoint = (there.get(name) ?? []).map(({ bytes, flags }) =>
      [subjectOf(bytes), ...flags].join(' '),
    )
    assert.deepEqual(atEndpoint, all, `${name} at the endpoint`)
    for (const tab of [one, two])
      assert.deepEqual(
        (await rowsOf(tab, name)).rows.map(({ subject, flags }) => [subject, ...flags].join(' ')),
        all,
        name,
      )
  }
  for (const { port } of [one, two]) assert.equal((await port.state()).unsent, 0)
})
