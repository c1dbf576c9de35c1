import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askQuestion, listAsked, takeHits } from '../../../src/sync/search/asked-questions.js'
import { seededRandom } from '../../world/random.js'
import { messagesIn, subjectOf, treeOf } from '../../world/shown.js'
import { everything, makePair } from '../../world/star.js'

/** The same things happen to two accounts, of which one is asked about and taken from: both end alike. */

const dayMs = 86_400_000
const policy = { ...everything, windows: [{ mailboxes: [], keep: { days: 90 } }] }
const words = ['ann', 'dues', 'from:ann', 'in:Work', 'before:2023', '"dues harbour"', '!']

async function live(seed: number, asks: boolean) {
  const { endpoint, client, link, run } = await makePair({ seed })
  const { db } = client.account.replica
  const random = seededRandom(seed)
  const [there, here] = [endpoint.mail.person, client.mail.person]
  there.createMailbox(['Work'])
  let made = 0
  const anyOf = (side: typeof endpoint, isMeant: (subject: string) => boolean) => {
    const all = ['INBOX', 'Work'].flatMap((name) =>
      messagesIn(side, [name]).map((message) => ({
        path: [name],
        ...message,
        subject: subjectOf(message.bytes),
      })),
    )
    const meant = all.filter(({ subject }) => isMeant(subject))
    return meant.sort((a, b) => (a.subject < b.subject ? -1 : 1))[random.below(meant.length)]
  }
  const acts = {
    old: () => deliver('old', 100 + Math.floor(900 * random.next())),
    new: () => deliver('new', Math.floor(50 * random.next())),
    removeThere: () => {
      const message = anyOf(endpoint, () => true)
      if (message) there.remove(message.path, message.locator)
    },
    moveThere: () => {
      const message = anyOf(endpoint, () => true)
      if (message)
        there.move(message.path, message.locator, message.path[0] === 'INBOX' ? ['Work'] : ['INBOX'])
    },
    flagHere: async () => {
      // Where it was cut depends on what went: from here on both have the same.
      await run({ policy })
      const message = anyOf(client, (subject) => subject.startsWith('new'))
      if (message) here.setFlags(message.path, message.locator, ['\\Seen', '\\Answered'])
    },
    sync: () => run({ policy }),
    cut: async () => {
      link.cutAfter(random.pick([{ up: 100 }, { down: 60 }, { down: 300 }, { down: 1000 }]))
      await run({ policy }).catch(() => undefined)
      link.cutAfter({})
    },
    narrow: () => run({ policy, only: ['INBOX'] }),
  }
  function deliver(kind: string, daysOld: number): void {
    const text = `From: Ann <ann@example.org>\r\nSubject: ${kind} ${++made}\r\nMessage-ID: <${made}@example.org>\r\n\r\nHarbour dues, ${made}.\r\n`
    const at = endpoint.nowMs - daysOld * dayMs
    there.deliver([random.pick(['INBOX', 'Work'])], new TextEncoder().encode(text), ['\\Seen'], at)
  }
  const frequent = [
    'old',
    'old',
    'new',
    'sync',
    'sync',
    'removeThere',
    'moveThere',
    'flagHere',
    'cut',
    'narrow',
  ] as const
  for (let step = 0; step < 40; step++) {
    const act = random.pick(frequent)
    const [text, share] = [random.pick(words), random.next()]
    await acts[act]()
    if (!asks) continue
    await askQuestion(db, { text, most: 5, askedMs: 0 }, { again: share < 0.5 })
    const hits = (await listAsked(db)).flatMap(({ answer }) => answer?.hits?.entries ?? [])
    await takeHits(
      db,
      hits.filter((_, i) => (i + step) % 3 === 0),
    )
  }
  link.cutAfter({})
  for (let i = 0; i < 3; i++) await run({ policy })
  return { endpoint, client }
}

test('a question, and what is taken by it, changes no mail there', async () => {
  let taken = 0
  for (let seed = 1; seed <= 6; seed++) {
    const asked = await live(seed, true)
    const quiet = await live(seed, false)
    assert.deepEqual(treeOf(asked.endpoint), treeOf(quiet.endpoint), `seed ${seed}`)
    const there = Object.values(treeOf(asked.endpoint)).flat()
    const here = Object.values(treeOf(asked.client)).flat()
    for (const each of here) assert.ok(there.includes(each), `seed ${seed}: ${each}`)
    const isOld = (each: string): boolean => /^Subject: old/m.test(each)
    assert.ok(!Object.values(treeOf(quiet.client)).flat().some(isOld))
    taken += here.filter(isOld).length
  }
  assert.ok(taken > 10)
})
