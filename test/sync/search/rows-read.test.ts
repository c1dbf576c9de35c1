import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { decodeEnvelope } from '../../../src/mime/headers/envelope-codec.js'
import { listMailboxes } from '../../../src/replica/mailboxes.js'
import type { Store } from '../../../src/store/store.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { answerQuestion } from '../../../src/sync/search/answer-question.js'
import { findMessages } from '../../../src/sync/search/find-messages.js'
import { readQuestion } from '../../../src/sync/search/read-question.js'
import { updateIndex } from '../../../src/sync/search/update-index.js'
import { letter } from '../../world/letter.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side } from '../../world/side.js'

/** How much of the database a question reads, which at a hundred thousand messages is what it takes. */

const dayMs = 86_400_000
const beganMs = Date.parse('2015-01-01T12:00:00Z')
const many = 6000

interface Counted {
  readonly side: Side
  rows: number
}

function counting(store: Store, count: (rows: number) => void): Store {
  return {
    ...store,
    generation: () => store.generation(),
    commit: (batch) => store.commit(batch),
    close: () => store.close(),
    get: (key) => {
      count(1)
      return store.get(key)
    },
    getMany: (keys) => {
      count(keys.length)
      return store.getMany(keys)
    },
    list: async function* (range, options) {
      for await (const entry of store.list(range, options)) {
        count(1)
        yield entry
      }
    },
  }
}

async function makeLarge(): Promise<Counted> {
  const counted = { rows: 0 }
  const side = await makeSide('here', {
    hasUpstream: false,
    random: seededRandom(1),
    watchStore: (store) =>
      counting(store, (rows) => {
        counted.rows += rows
      }),
  })
  const { person } = side.mail
  for (const path of [['Some'], ['Small']]) person.createMailbox(path)
  // What lies side by side in a mailbox arrived years apart.
  for (let i = 0; i < many; i++) {
    const at = (i * 7) % many
    const rare = at === 40 ? ' rare' : ''
    const bytes = letter(`Dues ${at}${rare}`, { from: `P${at % 50} <p@example.org>` })
    person.deliver(i % 10 === 0 ? ['Some'] : ['INBOX'], bytes, [], beganMs + at * dayMs)
  }
  for (const at of [1, 2]) person.deliver(['Small'], letter(`Small ${at}`), [], beganMs + at * dayMs)
  await scanMailStore(side.account)
  await updateIndex(side.account)
  // What came last is oldest: no block has days of its own any more.
  for (let i = 1; i <= 600; i++) person.deliver(['INBOX'], letter(`Dues ${-i}`), [], beganMs - i * dayMs)
  await scanMailStore(side.account)
  await updateIndex(side.account)
  return Object.assign(counted, { side })
}

describe('a question to a large account', () => {
  let large: Counted
  before(async () => {
    large = await makeLarge()
  })

  const kinds: readonly (readonly [typed: string, subjects: readonly string[], most: number])[] = [
    ['dues', ['Dues 5999', 'Dues 5998'], 2400],
    ['subject:due', ['Dues 5999', 'Dues 5998'], 2400],
    ['dues before:2020', ['Dues 1825', 'Dues 1824'], 2400],
    ['"dues" after:2016', ['Dues 5999', 'Dues 5998'], 2400],
    ['after:2016', ['Dues 5999', 'Dues 5998'], 2400],
    ['before:2020', ['Dues 1825', 'Dues 1824'], 2400],
    ['in:INBOX', ['Dues 5999', 'Dues 5998'], 2400],
    ['in:Some before:2030', ['Dues 5470', 'Dues 5460'], 2400],
    ['in:Small dues', [], 2400],
    ['in:Small small', ['Small 2', 'Small 1'], 100],
    ['in:Small before:2016', ['Small 2', 'Small 1'], 100],
    ['rare', ['Dues 40 rare'], 100],
  ]
  for (const [typed, subjects, most] of kinds)
    it(`reads no more than it takes to show the newest: ${typed}`, async () => {
      const { account } = large.side
      account.replica.db.rest()
      large.rows = 0
      const { messages } = await findMessages(account, { question: readQuestion(typed), limit: 2 })
      assert.deepEqual(
        messages.map(({ content }) => decodeEnvelope(content.envelope ?? new Uint8Array()).subject),
        subjects,
      )
      assert.ok(large.rows <= most, `${large.rows} rows`)
    })

  it('reads little of what whoever asks has', async () => {
    const { account } = large.side
    const { db } = account.replica
    const mailboxes: Record<string, { log: number; missing: []; ashore: { from: number; to: number }[] }> = {}
    let log = 0
    for (const { guid, head, path } of await listMailboxes(db)) {
      log = Math.max(log, head)
      mailboxes[guid] = { log: head, missing: [], ashore: path[0] === 'Some' ? [{ from: 1, to: 4 }] : [] }
    }
    db.rest()
    large.rows = 0
    const asked = { number: 1, text: 'dues', most: 20, mostBytes: 2000 }
    const asker = { device: 'd'.repeat(32), cursor: { log, mailboxes }, takesPart: () => true }
    const { signal } = new AbortController()
    const { entries, total } = await answerQuestion(
      account,
      asked,
      asker as unknown as Parameters<typeof answerQuestion>[2],
      { left: 0, patience: { naming: signal, reading: signal }, signal },
    )
    assert.equal(total, entries.length)
    assert.equal(total, 3)
    assert.ok(large.rows < 400, `${large.rows} rows`)
  })
})
