import { tables } from '../src/replica/tables.js'
import type { Store } from '../src/store/store.js'
import { sync } from '../src/sync/initiator/sync.js'
import { defaultPolicy } from '../src/sync/policy/policy.js'
import { memoryLink } from '../test/world/memory-link.js'
import { seededRandom } from '../test/world/random.js'
import { makeSide } from '../test/world/side.js'

/**
 * What one sync of each kind asks of the stores of both sides: `npx tsx scripts/store-calls.ts`. The numbers depend on nothing
 * but the code, so that they can be compared before and after a change.
 */

interface Calls {
  get: number
  list: number
  /** Entries that lists gave. */
  entries: number
  commit: number
}

const none = (): Calls => ({ get: 0, list: 0, entries: 0, commit: 0 })

function counting(store: Store, calls: Calls): Store {
  return {
    get: (key) => {
      calls.get++
      return store.get(key)
    },
    getMany: (keys) => {
      calls.get++
      return store.getMany(keys)
    },
    async *list(range, options) {
      calls.list++
      for await (const entry of store.list(range, options)) {
        calls.entries++
        yield entry
      }
    },
    commit: (batch) => {
      calls.commit++
      return store.commit(batch)
    },
    generation: () => store.generation(),
    close: () => store.close(),
  }
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const letter = (subject: string): Uint8Array =>
  encode(
    `From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: ${subject}\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\nMessage-ID: <${subject}@example.org>\r\n\r\nHello.\r\n`,
  )

/** With an attachment that doesn't come by itself. */
function picture(bytes: Uint8Array): Uint8Array {
  const lines = Buffer.from(bytes).toString('base64').replace(/.{76}/g, '$&\r\n')
  return encode(
    `From: Ann <ann@example.org>\r\nSubject: picture\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nLook.\r\n--b\r\nContent-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n${lines}\r\n--b--\r\n`,
  )
}

const random = seededRandom(1)
const calls = { client: none(), endpoint: none() }
const endpoint = await makeSide('endpoint', {
  hasUpstream: false,
  random,
  watchStore: (store) => counting(store, calls.endpoint),
})
const client = await makeSide('client', {
  hasUpstream: true,
  random,
  watchStore: (store) => counting(store, calls.client),
})
const link = memoryLink(() => endpoint.account)

async function row(what: string, perform: () => void | Promise<void>, each = 1): Promise<void> {
  await perform()
  for (const side of Object.values(calls)) Object.assign(side, none())
  await sync(client.account, { link, policy: defaultPolicy })
  const cell = (count: number): string => String(Math.round((count / each) * 10) / 10).padStart(7)
  const cells = Object.values(calls).flatMap((side) =>
    [side.get, side.list, side.entries, side.commit].map(cell),
  )
  console.log(`| ${what.padEnd(38)} | ${cells.join(' | ')} |`)
}

const inbox = ['INBOX']
let serial = 0
const deliver = (many: number): void => {
  for (let i = 0; i < many; i++) endpoint.mail.person.deliver(inbox, letter(`mail-${serial++}`))
}
const firstLocator = (): string => client.mail.snapshot().get('INBOX')?.[0]?.locator ?? ''

console.log(
  '|                                        | client                          ||||endpoint                        ||||',
)
console.log(
  '| one sync                               |    get |    list | entries |  commit |     get |    list | entries |  commit |',
)
console.log('|---|---|---|---|---|---|---|---|---|')
await row('first, 100 messages; for each', () => deliver(100), 100)
await row('nothing new', () => {})
await row('nothing new, once more', () => {})
await row('one flag up', () => client.mail.person.setFlags(inbox, firstLocator(), ['\\Seen']))
await row('one new message down', () => deliver(1))
await row('50 new messages down; for each', () => deliver(50), 50)
await row('one message up', () => {
  client.mail.person.deliver(inbox, letter('up'))
})
await row('one with a picture of 200 kB, deferred', () => {
  endpoint.mail.person.deliver(inbox, picture(random.bytes(200_000)))
})
await row('that picture, when it is wanted', async () => {
  const { replica } = client.account
  for await (const { key } of tables.partial.list(replica.db)) {
    const content = key[0]
    await replica.db.transact(async (tx) => tables.wanted.put(tx, content, 1, true))
  }
})
