import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReaderPort } from '../../../src/reader/port.js'
import type { Guid } from '../../../src/replica/model.js'
import { act, meetFrom, stateOf } from '../../sync/conflicts/conflict-matrix.js'
import { both, rows } from '../../sync/conflicts/conflict-table.js'
import { letter } from '../../world/letter.js'
import { subjectOf } from '../../world/shown.js'
import { notInChromium } from '../chromium.js'
import { browserActor } from './browser-actor.js'
import { openReaderWorld } from './reader-world.js'

/** docs/CONFLICTS.md, "Every pair", where one side is a browser: some of it with `npm test`, all of it with `npm run test:reader`. */
const every = process.env['PACKETBOAT_MORE'] ? 1 : 9

// A browser's mail store has no numbers that could be made anew.
const pairs = rows.flatMap(both).filter(({ here }) => here !== 'UIDVALIDITY changed')

for (const [index, { here, there, state, log }] of pairs.filter((_, n) => n % every === 0).entries())
  test(`in a browser ${here}, at the endpoint ${there}`, async () => {
    const outcome = await meetFrom(here, there, await browserActor(index))
    assert.equal(outcome.state, state)
    assert.deepEqual(
      outcome.noted.filter((kind) => !log.includes(kind)),
      [],
    )
  })

type Act = (port: ReaderPort, message: Guid, mailboxes: ReadonlyMap<string, Guid>) => Promise<void>
const flag = (add: readonly string[], remove: readonly string[] = []): Act => {
  return (port, message) => port.mark([message], { add, remove })
}
const move = (to: string): Act => {
  return (port, message, mailboxes) => port.move([message], mailboxes.get(to) ?? '')
}
/** What a page lets a person do. */
const inPage: Readonly<Record<string, Act>> = {
  'flag added': flag(['\\Seen']),
  'flag removed': flag([], ['\\Answered']),
  'marked important': flag(['\\Flagged']),
  expunged: (port, message) => port.remove([message]),
  'moved to X': move('X'),
  'moved to Y': move('Y'),
}
const onMessage = ['keyword added', 'copied to X', 'draft replaced', ...Object.keys(inPage)]

test('what a person does in Chromium meets what was done at the endpoint as the table says', {
  skip: notInChromium,
}, async (t) => {
  const { endpoint, newToken, openTab } = await openReaderWorld(t)
  const { person } = endpoint.mail
  for (const name of ['Box', 'X', 'Y']) person.createMailbox([name])
  const { port } = await openTab()
  await port.pair(await newToken())
  const met = pairs.filter(({ here, there }) => here in inPage && onMessage.includes(there))
  assert.equal(met.length, Object.keys(inPage).length * onMessage.length)
  for (const { here, there, state } of met) {
    const what = `${here} / ${there}`
    person.deliver(['Box'], letter('m'), ['\\Answered'])
    await port.sync()
    const mailboxes = new Map((await port.mailboxes()).map(({ path, guid }) => [path.join(), guid]))
    const shown = async (name: string) => (await port.list(mailboxes.get(name) ?? '', 0, 9)).rows
    await inPage[here]?.(port, (await shown('Box'))[0]?.guid ?? '', mailboxes)
    await act(there, endpoint, 'there')
    await port.sync()
    assert.equal(await stateOf(endpoint), state, what)
    const [all, rowsThere] = [[] as string[], [] as string[]]
    for (const name of ['Box', 'X', 'Y']) {
      for (const { subject, flags } of await shown(name)) all.push([name, subject, ...flags].join(' '))
      for (const { bytes, flags, locator } of endpoint.mail.snapshot().get(name) ?? []) {
        rowsThere.push([name, subjectOf(bytes), ...flags].join(' '))
        person.remove([name], locator)
      }
    }
    assert.deepEqual(all.sort(), rowsThere.sort(), what)
    await port.sync()
  }
})
