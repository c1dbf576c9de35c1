import assert from 'node:assert/strict'
import { test } from 'node:test'
import { letter } from '../../world/letter.js'
import { latin } from '../../world/shown.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

/** The text of a letter goes first, and the rest of it behind the texts of all others: its file isn't opened for that again. */

const inbox = ['INBOX']
const count = 20
/** A header of which the cold fields travel apart. */
const mail = (subject: string): Uint8Array =>
  Buffer.from(
    `DKIM-Signature: v=1; b=${'x'.repeat(2000)}\nReceived: from a.example.org\n${latin(letter(subject))}`,
    'latin1',
  )

async function makeWorld() {
  const { endpoint, client, run } = await makePair({ seed: 5 })
  for (let n = 0; n < count; n++) endpoint.mail.person.deliver(inbox, mail(`letter ${n}`))
  const opened = new Map<string, number>()
  /** Called when a file has been opened, with how often it was by now. */
  const world = { onOpen: (_locator: string, _times: number): void => {} }
  const { open } = endpoint.mail
  const mailStore = endpoint.account.mailStore
  mailStore.open = async (path, locator) => {
    const times = (opened.get(locator) ?? 0) + 1
    opened.set(locator, times)
    world.onOpen(locator, times)
    return open(path, locator)
  }
  return { endpoint, client, run, opened, world }
}

const letters = (side: Side): string[] =>
  [...side.mail.snapshot().values()]
    .flat()
    .map(({ bytes }) => latin(bytes))
    .sort()

test('a letter is opened once when it is found, and once to be sent', async () => {
  const { endpoint, client, run, opened } = await makeWorld()
  await run()
  assert.deepEqual(letters(client), letters(endpoint))
  assert.deepEqual([...new Set(opened.values())], [2])
})

test('a letter that is written into or removed when its text has gone comes as it was', async () => {
  const { endpoint, client, run, world } = await makeWorld()
  const before = letters(endpoint)
  const sent: string[] = []
  world.onOpen = (locator, times) => {
    if (times !== 2 || sent.push(locator) < count) return
    const [changed = '', removed = ''] = sent
    const [file] = (endpoint.mail.snapshot().get('INBOX') ?? []).filter((each) => each.locator === changed)
    assert.ok(file)
    const bytes = Buffer.from(latin(file.bytes).replaceAll('x', 'y'), 'latin1')
    endpoint.mail.person.putBack(inbox, changed, { ...file, bytes })
    endpoint.mail.person.remove(inbox, removed)
  }
  await run()
  assert.equal(sent.length, count)
  assert.ok(letters(client).every((text, i) => text === before[i]))
  await run()
  assert.equal(letters(client).length, count - 1)
  assert.ok(letters(client).every((text) => before.includes(text)))
})
