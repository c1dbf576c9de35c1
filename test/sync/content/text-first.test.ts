import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tables } from '../../../src/replica/tables.js'
import { readTexts } from '../../../src/sync/content/message-text.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { base64Lines, letter } from '../../world/letter.js'
import type { Side } from '../../world/side.js'
import { everything, makePair } from '../../world/star.js'

/** Texts of the messages of which parts are here, and not yet what stands around them. */
async function textsWithoutStructure({ account }: Side): Promise<(string | undefined)[]> {
  const found: (string | undefined)[] = []
  for await (const { value } of tables.content.list(account.replica.db))
    if (value.held.length > 0 && !value.skeleton)
      found.push((await readTexts(account, value, 1000)).texts[0]?.text)
  return found
}

test('a text can be read as soon as it is here, before the structure that follows the texts of all mailboxes', async () => {
  const [one, two, three] = [1, 2, 3].map((seed) => base64Lines(seed, 6000))
  const found: (string | undefined)[] = []
  for (let cut = 4000; cut < 20_000; cut += 4000) {
    const { client, endpoint, link, run } = await makePair({ seed: 91, policy: everything })
    for (const text of [one, two, three])
      endpoint.mail.person.deliver(['INBOX'], letter('figures', { text: text ?? '' }))
    await scanMailStore(endpoint.account)
    link.cutAfter({ down: cut })
    await run({}).catch(() => undefined)
    found.push(...(await textsWithoutStructure(client)))
  }
  const beginnings = [one, two, three].map((text) => text?.replaceAll('\r', '').slice(0, 200))
  assert.ok(found.length > 0, 'no cut lay between a text and its structure')
  for (const text of found)
    assert.ok(beginnings.includes(text?.replaceAll('\r', '').slice(0, 200)), text ?? 'nothing')
})
