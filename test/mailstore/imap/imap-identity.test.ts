import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncReport } from '../../../src/sync/initiator/sync-options.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { mailText } from '../../../testing/mail-store.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide } from '../../world/side.js'
import { startCourier, whyNoCourier } from '../servers/courier-server.js'
import { startCyrus, whyNoCyrus } from '../servers/cyrus-server.js'
import { startDovecot, whyNoDovecot } from '../servers/dovecot-server.js'
import { linesOf } from '../servers/imap-lines.js'
import { imapSide } from '../servers/imap-world.js'
import { mailServers, waysToSpeak } from '../servers/mail-servers.js'

/** What a message is known by when the server calls it by another UID, and what is read again for that. */

const everything: Policy = { ...defaultPolicy, textBytes: 1e9, smallBytes: 1e9, attachmentBytes: 1e9 }
const skip = whyNoDovecot()
const dovecot = skip === undefined ? startDovecot() : undefined
after(async () => (await dovecot)?.stop())

const still = ({ listed, changed, found, sent, written }: SyncReport): object => ({
  listed,
  changed,
  found,
  sent,
  written,
})
const nothing = { listed: 0, changed: 0, found: 0, sent: 0, written: 0 }

for (const [how, without] of [
  ['by the server’s name for its bytes', []],
  ['by its bytes', ['X-GUID']],
] as const)
  test(`after another UIDVALIDITY, and after a move, a message is known again ${how}`, { skip }, async () => {
    const server = await dovecot
    if (!server) return
    const { account, store, mail, user, close } = await imapSide(server, { without })
    try {
      const client = await makeSide('client', { hasUpstream: true, random: seededRandom(3), numbered: true })
      const link = memoryLink(() => account)
      const run = (): Promise<SyncReport> => sync(client.account, { link, policy: everything })
      await mail.createMailbox(['Box'])
      for (let n = 0; n < 6; n++)
        await mail.deliver(
          ['INBOX'],
          mailText(`m${n}`, 'a long text\r\n'.repeat(2000)),
          n % 2 === 1 ? ['\\Seen'] : [],
        )
      await run()
      await run()
      const before = linesOf(client.mail.snapshot())
      server.renumber(user, 'INBOX')
      const traffic = store.traffic()
      await run()
      const { received } = store.traffic()
      assert.deepEqual(linesOf(client.mail.snapshot()), before)
      assert.deepEqual(linesOf(await mail.snapshot()), before)
      if (without.length === 0)
        assert.ok(received - traffic.received < 20_000, `${received - traffic.received} bytes were read`)
      assert.deepEqual(still(await run()), nothing)
      // A move.
      const [message] = (await mail.snapshot()).get('INBOX') ?? []
      if (!message) throw new Error('no mail')
      const start = store.traffic().received
      await mail.move(['INBOX'], message.locator, ['Box'])
      await run()
      const cost = store.traffic().received - start
      if (without.length === 0) assert.ok(cost < 10_000, `${cost} bytes were read`)
      assert.deepEqual(linesOf(client.mail.snapshot()), linesOf(await mail.snapshot()))
      await run()
      assert.deepEqual(still(await run()), nothing)
    } finally {
      await close()
    }
  })

test('a message with several labels is read once, and what the server says is a view of others is left out', {
  skip: whyNoCyrus(),
}, async () => {
  const server = await startCyrus()
  const { account, store, mail, user, close } = await imapSide(server, { leaveOut: ['\\Archive', 'Secret'] })
  const imap = await server.login(user)
  try {
    await imap.command('CREATE "Everything" (USE (\\Archive))')
    for (const name of ['Secret', 'Red', 'Green']) await mail.createMailbox([name])
    const text = mailText('labelled', 'a long text\r\n'.repeat(4000))
    await mail.deliver(['INBOX'], text)
    const [message] = (await mail.snapshot()).get('INBOX') ?? []
    for (const name of ['Everything', 'Secret', 'Red', 'Green'])
      await mail.copy(['INBOX'], message?.locator ?? '', [name])
    const client = await makeSide('client', { hasUpstream: true, random: seededRandom(4) })
    const start = store.traffic().received
    await sync(client.account, { link: memoryLink(() => account), policy: everything })
    const here = client.mail.snapshot()
    assert.deepEqual([...here.keys()].sort(), ['Green', 'INBOX', 'Red'])
    for (const messages of here.values()) assert.equal(messages.length, 1)
    const cost = store.traffic().received - start
    assert.ok(cost < text.length * 2, `${cost} bytes were read for a message of ${text.length}`)
  } finally {
    await imap.logout()
    await close()
    await server.stop()
  }
})

test('flags of a mailbox without mod-sequences are read again when its counts change, or after a while', {
  skip,
}, async () => {
  const server = await dovecot
  if (!server) return
  let skew = 0
  const options = { without: ['CONDSTORE', 'QRESYNC'], flagsFreshMs: 60_000, now: () => Date.now() + skew }
  const { store, mail, close } = await imapSide(server, options)
  try {
    const tokenOf = async (): Promise<string | undefined> => (await store.mailboxes())[0]?.token
    await mail.deliver(['INBOX'], mailText('one'))
    const first = await tokenOf()
    const [message] = (await mail.snapshot()).get('INBOX') ?? []
    await mail.setFlags(['INBOX'], message?.locator ?? '', ['\\Answered'])
    assert.equal(await tokenOf(), first)
    skew = 61_000
    const second = await tokenOf()
    assert.notEqual(second, first)
    await mail.setFlags(['INBOX'], message?.locator ?? '', ['\\Answered', '\\Seen'])
    assert.notEqual(await tokenOf(), second)
  } finally {
    await close()
  }
})

test('a keyword that the server can not hold stays with the replicas', { skip: whyNoCourier() }, async () => {
  const server = await startCourier({ keywords: false })
  const { account, mail, close } = await imapSide(server)
  try {
    await mail.deliver(['INBOX'], mailText('one'))
    const link = memoryLink(() => account)
    const [here, there] = [
      await makeSide('here', { hasUpstream: true, random: seededRandom(5) }),
      await makeSide('there', { hasUpstream: true, random: seededRandom(6) }),
    ]
    const run = (side: typeof here): Promise<SyncReport> => sync(side.account, { link, policy: everything })
    await run(here)
    const [message] = here.mail.snapshot().get('INBOX') ?? []
    here.mail.person.setFlags(['INBOX'], message?.locator ?? '', ['\\Flagged', 'work'])
    for (const side of [here, there, here, there]) await run(side)
    const [onServer] = (await mail.snapshot()).get('INBOX') ?? []
    assert.deepEqual(onServer?.flags, ['\\Flagged'])
    await mail.setFlags(['INBOX'], onServer?.locator ?? '', ['\\Seen'])
    for (const side of [here, there]) {
      await run(side)
      assert.deepEqual(side.mail.snapshot().get('INBOX')?.[0]?.flags, ['\\Seen', 'work'], side.name)
    }
  } finally {
    await close()
    await server.stop()
  }
})

test('a server whose mod-sequences have gone back is looked at as a whole', { skip }, async () => {
  const server = await dovecot
  if (!server) return
  const { store, mail, close } = await imapSide(server)
  try {
    await mail.deliver(['INBOX'], mailText('one'))
    const { token } = await store.messages(['INBOX'])
    const { stands } = await store.messages(['INBOX'], { since: token })
    assert.ok(stands, 'changes only')
    const later = token.replace(/m(\d+)$/, (_, modseq) => `m${Number(modseq) + 1000}`)
    const whole = await store.messages(['INBOX'], { since: later })
    assert.equal(whole.stands, undefined)
    assert.equal(whole.messages.length, 1)
  } finally {
    await close()
  }
})

for (const { name, skip, start } of mailServers)
  test(`${name}: that the last message has gone is told like any other`, { skip }, async () => {
    const server = await start()
    try {
      for (const { called, without } of waysToSpeak) {
        const { store, mail, close } = await imapSide(server, { without })
        try {
          for (const each of ['one', 'two', 'three']) await mail.deliver(['INBOX'], mailText(each))
          const { token, messages } = await store.messages(['INBOX'])
          const last = messages.at(-1)?.locator ?? ''
          await mail.remove(['INBOX'], last.replace(/.*\./, ''))
          const now = await store.messages(['INBOX'], { since: token })
          const stands = (locator: string): boolean =>
            now.stands?.(locator) ?? now.messages.some((message) => message.locator === locator)
          assert.deepEqual(
            messages.map(({ locator }) => stands(locator)),
            [true, true, false],
            called,
          )
        } finally {
          await close()
        }
      }
    } finally {
      await server.stop()
    }
  })
