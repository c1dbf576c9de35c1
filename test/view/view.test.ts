import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import type { Correspondent } from '../../src/reader/port.js'
import { foundRows } from '../../src/reader/view/found-rows.js'
import { mailboxRows } from '../../src/reader/view/mailbox-rows.js'
import { messagePage } from '../../src/reader/view/message-page.js'
import { partBytes, type Rules, shownMessage } from '../../src/reader/view/shown-message.js'
import { ThreadOrders } from '../../src/reader/view/thread-orders.js'
import { wantedParts } from '../../src/reader/view/wanted-parts.js'
import { getMessage } from '../../src/replica/messages.js'
import { tables } from '../../src/replica/tables.js'
import { sayWishes } from '../../src/replica/wishes.js'
import { defaultPolicy } from '../../src/sync/policy/policy.js'
import { letter } from '../world/letter.js'
import type { Side } from '../world/side.js'
import { makePair } from '../world/star.js'
import { inboxOf } from './inbox.js'

const rules: Rules = {
  policy: defaultPolicy,
  estimate: (bytes) => ({ seconds: bytes / 1000, cost: undefined }),
}

async function pageOf(side: Side, from = 0, count = 50) {
  const { guid } = await inboxOf(side)
  return messagePage(side.account.replica.db, new ThreadOrders(), guid, { from, count })
}

describe('what a reader shows', () => {
  it('of mailboxes: their order, why, and what is unread', async () => {
    const { endpoint, client, run } = await makePair({ seed: 5 })
    endpoint.mail.person.deliver(['INBOX'], letter('new'))
    endpoint.mail.person.deliver(['INBOX'], letter('read'), ['\\Seen'])
    endpoint.mail.person.createMailbox(['Lists'])
    await run()
    const rows = await mailboxRows(client.account.replica, ['Lists'])
    assert.deepEqual(
      rows.map(({ path, messages, unseen, why }) => [path.join('/'), messages, unseen, why]),
      [
        ['Lists', 0, 0, 'priority'],
        ['INBOX', 2, 1, 'inbox'],
      ],
    )
  })

  it('of a mailbox: a page by thread, whatever is asked for', async () => {
    const { endpoint, client, run } = await makePair({ seed: 6 })
    const { person } = endpoint.mail
    person.deliver(['INBOX'], letter('question', { id: 'q', from: 'Ann <ann@example.org>' }))
    person.deliver(['INBOX'], letter('other', { id: 'o' }))
    person.deliver(['INBOX'], letter('answer', { id: 'a', answers: 'q', to: 'Bob <bob@example.org>' }))
    await run()
    const { total, rows } = await pageOf(client)
    assert.equal(total, 3)
    assert.deepEqual(
      rows.map(({ subject, depth }) => [subject, depth]),
      [
        ['question', 0],
        ['answer', 1],
        ['other', 0],
      ],
    )
    assert.deepEqual(rows[1]?.to, [{ name: 'Bob', address: 'bob@example.org' }])
    assert.deepEqual((await pageOf(client, 1, 1)).rows, [rows[1]])
    for (const [from, count] of [
      [3, 10],
      [1e9, 1],
      [0, 0],
      [Number.NaN, Number.NaN],
      [0, -1],
    ] as const)
      assert.deepEqual((await pageOf(client, from, count)).rows, [], `${from} ${count}`)
  })

  it('of a message: its texts, its parts, what they would take, and what is wanted of them', async () => {
    const { endpoint, client, run } = await makePair({ seed: 7 })
    const attachments = [
      { bytes: 300_000, name: 'chart.png' },
      { bytes: 1000, name: 'small.png' },
    ]
    endpoint.mail.person.deliver(
      ['INBOX'],
      letter('chart', { text: 'see below', cc: 'c@d.example', attachments }),
    )
    await run()
    const { account } = client
    const guid = (await pageOf(client)).rows[0]?.guid ?? ''
    const message = await shownMessage(account, guid, rules)
    assert.deepEqual(message.texts, [{ part: 0, text: 'see below', cut: false }])
    assert.deepEqual(message.cc, [{ name: '', address: 'c@d.example' }])
    assert.equal(message.missingBytes, 300_000)
    assert.deepEqual(
      message.parts.map(({ name, state, seconds }) => [name, state, seconds]),
      [
        [undefined, 'here', undefined],
        ['chart.png', 'deferred', 300],
        ['small.png', 'here', undefined],
      ],
    )
    assert.equal((await partBytes(account, guid, 2)).bytes.length, 1000)
    for (const part of [1, 3, 99, -1])
      await assert.rejects(partBytes(account, guid, part), (error) => hasCode(error, 'NOT_FOUND'), `${part}`)
    assert.deepEqual(await wantedParts(account.replica, rules, []), [])
    const { content } = (await getMessage(account.replica.db, guid)) ?? { content: '' }
    await sayWishes(account.replica.db, [{ content, parts: [1], word: 'now' }])
    const [wanted] = await wantedParts(account.replica, rules, [])
    assert.deepEqual([wanted?.message, wanted?.subject, wanted?.part.name], [guid, 'chart', 'chart.png'])
    await run()
    assert.equal((await partBytes(account, guid, 1)).bytes.length, 300_000)
    assert.deepEqual(await wantedParts(account.replica, rules, []), [])
  })

  it('of a message: to whom an answer goes, nobody twice and not to oneself', async () => {
    const { endpoint, client, run } = await makePair({ seed: 11 })
    const { account } = client
    const heard = { name: 1, identities: ['Me <Me@Example.org>', '*@mine.example'] }
    const many = (count: number) =>
      Array.from({ length: count }, (_, at) => `p${at}@many.example`).join(',\n ')
    const mails: readonly [header: string, to: string, cc: string][] = [
      [
        'From: Ann <ann@x.example>\nTo: me@example.org, bob@x.example\nCc: BOB@x.example, cy@mine.example',
        'ann',
        'bob',
      ],
      ['From: ann@x.example\nReply-To: list@x.example\nTo: list@x.example', 'list', ''],
      ['From: ann@x.example\nReply-To:\nTo: undisclosed-recipients:;', 'ann', ''],
      ['From: me@example.org\nTo: ann@x.example, me@example.org\nCc: dan@x.example', 'ann me', 'dan'],
      ['From: me@example.org', 'me', ''],
      ['Subject: from nobody', '', ''],
    ]
    const { person } = endpoint.mail
    for (const [header] of mails) person.deliver(['INBOX'], Buffer.from(`${header}\n\nhello\n`))
    for (const count of [200, 4000])
      person.deliver(
        ['INBOX'],
        Buffer.from(`From: "Ann \u202e" <ann@x.example>\nTo: ${many(count)}\n\nhello\n`),
      )
    await run()
    await account.replica.db.transact(async (tx) => tables.outboxThere.put(tx, heard))
    const rows = (await pageOf(client)).rows.toReversed()
    const shown = []
    for (const { guid } of rows) shown.push(await shownMessage(account, guid, rules))
    const names = (some: readonly Correspondent[]) =>
      some.map(({ address }) => address.split('@')[0]?.toLowerCase()).join(' ')
    assert.deepEqual(
      shown.slice(0, -2).map(({ reply }) => [names(reply.to), names(reply.cc)]),
      mails.map(([, to, cc]) => [to, cc]),
    )
    const [few, thousands] = shown.slice(-2)
    assert.deepEqual([few?.to.length, few?.reply.cc.length, few?.namesAll], [200, 200, true])
    // Of so long a header the rest isn't here: a reply to all is not to look as if it were one.
    assert.deepEqual([thousands?.to.length, thousands?.namesAll], [20, false])
    assert.deepEqual(few?.from, [{ name: 'Ann', address: 'ann@x.example' }])
  })

  it('of a message whose lines go on: that they do, with the spaces that say so', async () => {
    const { endpoint, client, run } = await makePair({ seed: 8 })
    const type = 'Content-Type: text/plain; format=flowed; delsp=yes\nContent-ID: <it@example.org>\n'
    endpoint.mail.person.deliver(['INBOX'], Buffer.from(`Subject: flow\n${type}\nthis goes \non\n`))
    await run()
    const guid = (await pageOf(client)).rows[0]?.guid ?? ''
    const { texts, parts } = await shownMessage(client.account, guid, rules)
    assert.deepEqual(texts, [{ part: 0, text: 'this goes \non', cut: false, flowed: { deleteSpace: true } }])
    assert.equal(parts[0]?.contentId, 'it@example.org')
  })

  it('of a message with a long header: how its parts are written and what they are called, from the rest of it', async () => {
    const { endpoint, client, run } = await makePair({ seed: 12 })
    const to = Array.from({ length: 400 }, (_, at) => `p${at}@many.example`).join(',\n ')
    const type = 'Content-Type: text/plain; format=flowed\nContent-ID: <it@example.org>\n'
    endpoint.mail.person.deliver(
      ['INBOX'],
      Buffer.from(`Subject: long\nTo: ${to}\n${type}\nthis goes \non\n`),
    )
    await run()
    const guid = (await pageOf(client)).rows[0]?.guid ?? ''
    const { texts, parts } = await shownMessage(client.account, guid, rules)
    assert.deepEqual(texts[0]?.flowed, { deleteSpace: false })
    assert.equal(parts[0]?.contentId, 'it@example.org')
  })

  it('of a message that is gone: that it is', async () => {
    const { client } = await makePair({ seed: 9 })
    await assert.rejects(shownMessage(client.account, 'nonsense', rules), (error) =>
      hasCode(error, 'NOT_FOUND'),
    )
  })

  it('of words: what is here of them, the newest first', async () => {
    const { endpoint, client, run } = await makePair({ seed: 10 })
    for (const each of ['wind', 'sail', 'wind and sail'])
      endpoint.mail.person.deliver(['INBOX'], letter(each, { text: `of ${each}` }))
    await run()
    const found = async (words: string, count = 10) =>
      (await foundRows(client.account, words, { count })).map(({ subject }) => subject)
    assert.deepEqual(await found('wind'), ['wind and sail', 'wind'])
    assert.deepEqual(await found('wind', 1), ['wind and sail'])
    assert.deepEqual(await found('nothing'), [])
    for (const typed of [' ', 'from:', 'from: ann'])
      await assert.rejects(found(typed), (error) => hasCode(error, 'USAGE'))
  })
})
