import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { byThread, ThreadOrders } from '../../src/reader/view/thread-orders.js'
import { letter } from '../world/letter.js'
import { makePair } from '../world/star.js'
import { inboxOf } from './inbox.js'

/** `c:2` answers the message of number 2, each one being a minute younger than the one before. */
function order(...messages: readonly string[]): string {
  const placed = messages.map((each, at) => {
    const [guid = '', answers] = each.split(':')
    return {
      guid,
      number: at + 1,
      upstream: at + 1,
      answers: answers ? Number(answers) : undefined,
      arrivedMs: 60_000 * at,
    }
  })
  return byThread(placed)
    .map(({ guid, depth }) => `${guid}${depth}`)
    .join(' ')
}

describe('messages by thread', () => {
  it('stand with the newest first', () => assert.equal(order('a', 'b', 'c'), 'c0 b0 a0'))
  it('stand below what they answer, and move up with it', () =>
    assert.equal(order('a', 'b', 'c:1', 'd:3', 'e:1'), 'a0 c1 d2 e1 b0'))
  it('begin a thread where what they answer is not here, or came later', () =>
    assert.equal(order('a:2', 'b:1', 'c:9', 'd:4'), 'd0 c0 a0 b1'))
  it('may go as deep as they like', () => {
    const deep = Array.from({ length: 20_000 }, (_, at) => (at === 0 ? 'm' : `m:${at}`))
    assert.ok(order(...deep).endsWith(' m19999'))
  })
})

describe('the order of a mailbox', () => {
  it('is brought up to date with what came, went and moved', async () => {
    const { endpoint, client, run } = await makePair({ seed: 3 })
    const { person } = endpoint.mail
    const gone = person.deliver(['INBOX'], letter('a'))
    for (const each of ['b', 'c']) person.deliver(['INBOX'], letter(each))
    await run()
    const { db } = client.account.replica
    const { guid } = await inboxOf(client)
    const orders = new ThreadOrders()
    const first = await orders.of(db, guid)
    assert.equal(first.length, 3)
    assert.equal(await orders.of(db, guid), first, 'nothing changed: nothing is made anew')
    person.remove(['INBOX'], gone)
    person.deliver(['INBOX'], letter('d'))
    person.deliver(['INBOX'], letter('e'))
    await run()
    const now = await orders.of(db, guid)
    assert.deepEqual(now, await new ThreadOrders().of(db, guid))
    assert.equal(now.length, 4)
  })

  it('is empty for a mailbox that is not there', async () => {
    const { client } = await makePair({ seed: 3 })
    assert.deepEqual(await new ThreadOrders().of(client.account.replica.db, '0'.repeat(32)), [])
  })
})
