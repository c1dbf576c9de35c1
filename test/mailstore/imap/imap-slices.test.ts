import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { openMaildir } from '../../../src/mailstore/maildir/maildir.js'
import { listMailboxes } from '../../../src/replica/mailboxes.js'
import { liveMessages } from '../../../src/replica/messages.js'
import { tables } from '../../../src/replica/tables.js'
import type { Account } from '../../../src/sync/account.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { mailText } from '../../../testing/mail-store.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { subjectOf } from '../../world/shown.js'
import { makeSide, type Side } from '../../world/side.js'
import { everything } from '../../world/star.js'
import { startDovecot, whyNoDovecot } from '../servers/dovecot-server.js'
import { imapSide } from '../servers/imap-world.js'
import { mailServers } from '../servers/mail-servers.js'

/** The first page of mail on a real server is shown before the rest has been read, by IMAP and from a Maildir that Dovecot numbers. */

const slice = 4
const inbox = 30
const box = 20

const namesOf = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${String(i).padStart(2, '0')}`)

const subjectsIn = (side: Side, mailbox: string): string[] =>
  (side.mail.snapshot().get(mailbox) ?? []).map(({ bytes }) => subjectOf(bytes)).sort()

/** A first sync: what the device shows first, while the endpoint hasn't read all, and that nothing is missing in the end. */
async function assertPageFirst(endpoint: Account): Promise<void> {
  const client = await makeSide('client', { hasUpstream: true, random: seededRandom(5) })
  const link = memoryLink(() => endpoint, { sliceMessages: slice })
  const { db } = endpoint.replica
  let page: readonly string[] | undefined
  let isReading: Promise<boolean> | undefined
  const report = await sync(client.account, {
    link,
    policy: everything,
    showEveryMs: 0,
    onProgress: () => {
      const shown = subjectsIn(client, 'INBOX')
      if (shown.length < slice || page !== undefined) return
      page = shown
      isReading = tables.unread.any(db)
    },
  })
  assert.deepEqual(page, namesOf('m', inbox).slice(-slice))
  assert.equal(await isReading, true)
  assert.deepEqual([report.exchanges, report.listed], [1, inbox + box])
  assert.deepEqual(subjectsIn(client, 'INBOX'), namesOf('m', inbox))
  assert.deepEqual(subjectsIn(client, 'Box'), namesOf('b', box))
  assert.equal(await tables.unread.any(db), false)
  for (const { guid, path } of await listMailboxes(db)) {
    const uids: number[] = []
    for await (const { uid } of liveMessages(db, guid)) uids.push(uid)
    const count = path[0] === 'INBOX' ? inbox : box
    assert.deepEqual(
      uids,
      Array.from({ length: count }, (_, i) => i + 1),
      `UIDs of ${path.join('/')}`,
    )
  }
}

const mail = [
  ...namesOf('m', inbox).map((name) => ['INBOX', name] as const),
  ...namesOf('b', box).map((name) => ['Box', name] as const),
]

for (const { name, skip, start } of mailServers) {
  const server = skip === undefined ? start() : undefined
  after(async () => (await server)?.stop())
  test(`${name}: the newest of INBOX are shown first, by IMAP`, { skip }, async (t) => {
    const running = await server
    if (!running) return
    const endpoint = await imapSide(running)
    t.after(() => endpoint.close())
    await endpoint.mail.createMailbox(['Box'])
    for (const [mailbox, subject] of mail) await endpoint.mail.deliver([mailbox], mailText(subject))
    await assertPageFirst(endpoint.account)
  })
}

test('Dovecot: the newest of INBOX are shown first, from the Maildir that it numbers', {
  skip: whyNoDovecot(),
}, async (t) => {
  const dovecot = await startDovecot()
  t.after(() => dovecot.stop())
  const tree = dovecot.maildir('there')
  const imap = await dovecot.login('there')
  t.after(() => imap.logout())
  await imap.command('CREATE Box')
  for (const [mailbox, subject] of mail) await imap.append(mailbox, mailText(subject))
  const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size))
  const mailStore = await openMaildir(tree, { names: 'mutf7', now: Date.now, randomBytes: random })
  const { account } = await makeSide('endpoint', { hasUpstream: false, random: seededRandom(6) })
  await assertPageFirst({ ...account, mailStore })
  assert.deepEqual(dovecot.complaints(), [])
})
