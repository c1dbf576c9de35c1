import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tables } from '../../../src/replica/tables.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { Carrier } from '../../../src/sync/link.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { letter } from '../../world/letter.js'
import type { memoryLink } from '../../world/memory-link.js'
import type { Side } from '../../world/side.js'
import { makePair } from '../../world/star.js'

const mail = (subject: string, bytes = 0): Uint8Array =>
  letter(subject, {
    to: 'bob@example.org',
    attachments: bytes === 0 ? [] : [{ seed: subject.length, bytes }],
  })

/** Where attachments come too. */
const everything = { ...defaultPolicy, attachmentBytes: 1e9 }

const world = () => makePair({ seed: 23, lookEveryMs: 1 })

/** The same line; `act` happens at the other end once so many bytes have come down. */
function interrupted(link: ReturnType<typeof memoryLink>, after: number, act: () => void): Carrier {
  let [came, done] = [0, false]
  async function* watch(answer: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const bytes of answer) {
      came += bytes.length
      if (came > after && !done) {
        done = true
        act()
      }
      yield bytes
    }
  }
  return { exchange: async (request, signal) => watch(await link.exchange(request, signal)) }
}

const shown = (side: Side, mailbox = 'INBOX'): string[] =>
  (side.mail.snapshot().get(mailbox) ?? []).map(({ bytes }) => new TextDecoder('latin1').decode(bytes))

const isWhole = (text: string): boolean => !text.includes('X-Packetboat-Partial')

test('what arrives while an attachment is half sent overtakes it, and the attachment goes on', async () => {
  const { endpoint, client, link } = await world()
  endpoint.mail.person.createMailbox(['Work'])
  endpoint.mail.person.deliver(['INBOX'], mail('old', 200_000))
  let atText: number | undefined
  const report = await sync(client.account, {
    link: interrupted(link, 50_000, () => {
      endpoint.mail.person.deliver(['Work'], mail('urgent'))
      endpoint.mail.person.createMailbox(['Fresh'])
      endpoint.mail.person.deliver(['Fresh'], mail('urgent too', 30_000))
    }),
    policy: everything,
    showEveryMs: 0,
    onProgress: () => {
      if (shown(client, 'Work').some((text) => text.includes('The text of urgent.')))
        atText ??= link.stats.down
    },
  })
  assert.equal(report.exchanges, 1)
  assert.ok(atText !== undefined && atText < 100_000, `the urgent text was shown after ${atText} bytes`)
  for (const mailbox of ['INBOX', 'Work', 'Fresh']) {
    assert.deepEqual(shown(client, mailbox), shown(endpoint, mailbox))
    assert.equal(shown(client, mailbox).length, 1)
  }
  const before = link.stats.down
  const again = await sync(client.account, { link, policy: everything })
  assert.deepEqual([again.listed, again.changed, again.written], [0, 0, 0])
  assert.ok(link.stats.down - before < 60, 'nothing was left to tell')
})

test('a line that breaks behind an overtaking loses nothing', async () => {
  for (let cut = 40_000; cut < 120_000; cut += 5003) {
    const { endpoint, client, link } = await world()
    endpoint.mail.person.deliver(['INBOX'], mail('old', 60_000))
    endpoint.mail.person.deliver(['INBOX'], mail('doomed'))
    link.cutAfter({ down: cut })
    await sync(client.account, {
      link: interrupted(link, 30_000, () => {
        const doomed = endpoint.mail
          .snapshot()
          .get('INBOX')!
          .find(({ bytes }) => /doomed/.test(new TextDecoder().decode(bytes)))!
        endpoint.mail.person.remove(['INBOX'], doomed.locator)
        for (let i = 0; i < 30; i++) endpoint.mail.person.deliver(['INBOX'], mail(`urgent ${i}`, 500 + i))
      }),
      policy: everything,
    }).catch(() => undefined)
    link.cutAfter({})
    await sync(client.account, { link, policy: everything })
    assert.deepEqual(shown(client).sort(), shown(endpoint).sort(), `cut at ${cut}`)
  }
})

test('a big part that somebody waits for lets little new mail go first; a small one does not', async () => {
  for (const [size, textFirst] of [
    [100_000, true],
    [3000, false],
  ] as const) {
    const { endpoint, client, link } = await world()
    const thrifty = { ...defaultPolicy, smallBytes: 100, attachmentBytes: 100 }
    endpoint.mail.person.deliver(['INBOX'], mail('old', size))
    await sync(client.account, { link, policy: thrifty })
    const { db } = client.account.replica
    await db.transact(async (tx) => {
      for await (const { key } of tables.partial.list(tx)) tables.wanted.put(tx, key[0], 1, true)
    })
    endpoint.mail.person.deliver(['INBOX'], mail('new'))
    let wholeAtText: boolean | undefined
    await sync(client.account, {
      link,
      policy: thrifty,
      showEveryMs: 0,
      onProgress: () => {
        if (shown(client).some((text) => text.includes('The text of new.')))
          wholeAtText ??= shown(client).some((text) => text.includes('Subject: old') && isWhole(text))
      },
    })
    assert.equal(wholeAtText, !textFirst, `${size} bytes`)
    assert.ok(shown(client).every(isWhole))
  }
})
