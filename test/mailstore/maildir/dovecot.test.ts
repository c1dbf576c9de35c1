import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openMaildir } from '../../../src/mailstore/maildir/maildir.js'
import { openReplica } from '../../../src/replica/replica.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { openDatabase } from '../../../src/store/open-database.js'
import { type Account, exclusiveQueue } from '../../../src/sync/account.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncReport } from '../../../src/sync/initiator/sync-options.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { diskWork } from '../../../src/sync/write/disk-work.js'
import { loadZstd } from '../../../src/wire/compression/zstd.js'
import { mailText } from '../../../testing/mail-store.js'
import { memoryLink } from '../../world/memory-link.js'
import { type Random, seededRandom } from '../../world/random.js'
import { sha256 } from '../../world/side.js'
import { type DovecotServer, startDovecot, whyNoDovecot } from '../servers/dovecot-server.js'
import type { ImapClient } from '../servers/imap-client.js'
import { nobody } from '../servers/unpacked-peers.js'

/** Two trees, each with a running Dovecot and mail programs over IMAP beside it, kept in step. */

const skip = whyNoDovecot()
const everything: Policy = { ...defaultPolicy, textBytes: 1e9, smallBytes: 1e9, attachmentBytes: 1e9 }

async function openSide(root: string, hasUpstream: boolean): Promise<Account> {
  const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size))
  const replica = await openReplica({
    db: openDatabase(new MemoryStore()),
    hasUpstream,
    now: Date.now,
    randomBytes: random,
  })
  const mailStore = await openMaildir(root, { names: 'mutf7', now: Date.now, randomBytes: random })
  const codec = await loadZstd()
  const guard = { share: 1, least: 1 }
  return {
    replica,
    mailStore,
    createHash: sha256,
    codec,
    guard,
    diskWork,
    exclusive: exclusiveQueue(),
    proofs: new Map(),
    sight: { clear: false, missing: new Set() },
  }
}

/** Does something with a Dovecot user's rights: what root wrote there, Dovecot couldn't read. */
async function asItsUser<T>(work: () => Promise<T>): Promise<T> {
  process.setegid?.(nobody)
  process.seteuid?.(nobody)
  try {
    return await work()
  } finally {
    process.seteuid?.(0)
    process.setegid?.(0)
  }
}

interface World {
  readonly dovecot: DovecotServer
  readonly there: ImapClient
  readonly here: ImapClient
  run(policy?: Policy): Promise<SyncReport>
  /** Both sides' mail by IMAP, checked against everything that was ever shown. */
  look(mailbox: string): Promise<{ there: string[]; here: string[] }>
}

async function makeWorld(t: TestContext): Promise<World> {
  const dovecot = await startDovecot()
  t.after(() => dovecot.stop())
  const [server, client] = [dovecot.maildir('server'), dovecot.maildir('client')]
  const [there, here] = [await dovecot.login('server'), await dovecot.login('client')]
  t.after(async () => {
    await there.logout()
    await here.logout()
  })
  for (const imap of [there, here]) await imap.command('SELECT INBOX')
  const endpoint = await openSide(server, false)
  const account = await openSide(client, true)
  const link = memoryLink(() => endpoint)
  const shown = new Map<string, string>()
  const anywhere = new Map<string, string>()
  const listing = async (name: string, imap: ImapClient, mailbox: string): Promise<string[]> => {
    const { uidValidity, uidNext, messages } = await imap.fetchAll(mailbox)
    return messages.map(({ uid, flags, bytes }) => {
      assert.ok(uid < uidNext, `UID ${uid} is below UIDNEXT ${uidNext}`)
      const subject = /^Subject: (.*?)\r?$/m.exec(bytes)?.[1] ?? ''
      const digest = createHash('sha256').update(bytes, 'latin1').digest('hex').slice(0, 8)
      const key = `${name} ${mailbox} ${uidValidity} ${uid}`
      assert.equal(shown.get(key) ?? digest, digest, `${key} stands for one message for ever`)
      shown.set(key, digest)
      anywhere.set(`${mailbox} ${uidValidity} ${uid}`, subject)
      const kept = flags.filter((flag) => flag !== '\\Recent').sort()
      return `${uidValidity} ${uid} ${subject} ${digest} ${kept.join(',')}`
    })
  }
  return {
    dovecot,
    there,
    here,
    run: (policy = everything) => asItsUser(() => sync(account, { link, policy })),
    look: async (mailbox) => ({
      there: await listing('there', there, mailbox),
      here: await listing('here', here, mailbox),
    }),
  }
}

async function agree(world: World, ...mailboxes: string[]): Promise<void> {
  for (let round = 0; round < 5; round++) await world.run()
  for (const mailbox of mailboxes) {
    const { there, here } = await world.look(mailbox)
    assert.deepEqual(here, there, mailbox)
  }
  // That a mailbox gets the numbering of the other side is told as a warning.
  const complaints = world.dovecot.complaints().filter((line) => !line.includes('UIDVALIDITY changed'))
  assert.deepEqual(complaints, [])
}

test('UIDs and UIDVALIDITY are the same on both sides, whoever gave them', { skip }, async (t) => {
  const world = await makeWorld(t)
  for (let i = 0; i < 5; i++) await world.there.append('INBOX', mailText(`m${i}`))
  await world.run()
  await agree(world, 'INBOX')
  await world.here.append('INBOX', mailText('from here'), '\\Seen')
  await world.run()
  await world.there.append('INBOX', mailText('from there'))
  await agree(world, 'INBOX')
  const { here } = await world.look('INBOX')
  assert.equal(here.length, 7)
  assert.deepEqual(
    here.map((line) => Number(line.split(' ')[1])),
    [1, 2, 3, 4, 5, 6, 7],
  )
})

test('two messages that got one UID on two sides both get new ones', { skip }, async (t) => {
  const world = await makeWorld(t)
  for (let i = 0; i < 3; i++) await world.there.append('INBOX', mailText(`m${i}`))
  await agree(world, 'INBOX')
  await world.here.append('INBOX', mailText('here'))
  await world.there.append('INBOX', mailText('there'))
  const before = await world.look('INBOX')
  assert.equal(before.here.at(-1)?.split(' ')[1], before.there.at(-1)?.split(' ')[1])
  await agree(world, 'INBOX')
  const { here } = await world.look('INBOX')
  const [uids, subjects] = [
    here.map((line) => Number(line.split(' ')[1])),
    here.map((line) => line.split(' ')[2]),
  ]
  assert.deepEqual([...subjects].sort(), ['here', 'm0', 'm1', 'm2', 'there'])
  assert.ok(
    uids.every((uid) => uid !== 4),
    `${uids}`,
  )
})

test('a part that was deferred and comes later gives its message a new UID on both sides', {
  skip,
}, async (t) => {
  const world = await makeWorld(t)
  const noise = Buffer.from(seededRandom(1).bytes(30_000)).toString('base64').replace(/.{76}/g, '$&\r\n')
  const big = `From: a@example.org\r\nSubject: big\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n--b\r\nContent-Type: application/octet-stream; name=x\r\nContent-Transfer-Encoding: base64\r\n\r\n${noise}\r\n--b--\r\n`
  await world.there.append('INBOX', new TextEncoder().encode(big))
  await world.there.append('INBOX', mailText('small'))
  await world.run({ ...defaultPolicy, attachmentBytes: 100 })
  const first = await world.look('INBOX')
  assert.deepEqual(
    first.here.map((line) => line.split(' ')[2]),
    ['big', 'small'],
  )
  await agree(world, 'INBOX')
  const { here } = await world.look('INBOX')
  assert.ok(here.every((line) => !line.startsWith(`${first.here[0]?.split(' ').slice(0, 2).join(' ')} `)))
})

test('a numbering that Dovecot lost on either side comes back', { skip }, async (t) => {
  const world = await makeWorld(t)
  const trees = new Map(['client', 'server'].map((user) => [user, world.dovecot.maildir(user)]))
  for (let i = 0; i < 5; i++) await world.there.append('INBOX', mailText(`m${i}`))
  await world.there.command('SELECT INBOX')
  await world.there.command('STORE 2 +FLAGS (\\Deleted)')
  await world.there.command('EXPUNGE')
  await agree(world, 'INBOX')
  const before = await world.look('INBOX')
  for (const [user, tree] of trees) {
    for (const name of ['dovecot-uidlist', 'dovecot.index', 'dovecot.index.log', 'dovecot.index.cache'])
      rmSync(join(tree, name), { force: true })
    // A mailbox at rest: Dovecot looks again of itself where the folder's time is of this moment.
    for (const name of ['cur', 'new']) utimesSync(join(tree, name), 1_700_000_000, 1_700_000_000)
    const imap = await world.dovecot.login(user)
    assert.notEqual((await imap.fetchAll('INBOX')).uidValidity, Number(before.there[0]?.split(' ')[0]))
    await imap.logout()
    for (let round = 0; round < 3; round++) await world.run()
  }
  const complaints = world.dovecot.complaints().filter((line) => !/UIDVALIDITY changed/.test(line))
  assert.deepEqual(complaints, [])
  const fresh = [await world.dovecot.login('server'), await world.dovecot.login('client')]
  for (const imap of fresh) {
    const { uidValidity, messages } = await imap.fetchAll('INBOX')
    const lines = messages.map(
      ({ uid, bytes }) => `${uidValidity} ${uid} ${/^Subject: (.*?)\r?$/m.exec(bytes)?.[1]}`,
    )
    assert.deepEqual(
      lines,
      before.there.map((line) => line.split(' ').slice(0, 3).join(' ')),
    )
    await imap.logout()
  }
})

test('mail programs on both sides do things while it syncs: every UID stands for one message for ever', {
  skip,
}, async (t) => {
  const seed = Number(process.env['PACKETBOAT_SEED'] ?? 7)
  t.diagnostic(`seed ${seed}`)
  const random = seededRandom(seed)
  const world = await makeWorld(t)
  await world.there.command('CREATE Archive')
  let serial = 0
  for (let i = 0; i < 5; i++) await world.there.append('INBOX', mailText(`m${++serial}`))
  await world.run()
  const act = async (imap: ImapClient): Promise<void> => {
    const mailbox = random.pick(['INBOX', 'Archive'])
    const { messages } = await imap.fetchAll(mailbox).catch(() => ({ messages: [] }))
    const one = messages.length > 0 ? random.pick(messages) : undefined
    const kind = random.next()
    if (kind < 0.45 || !one) await imap.append(mailbox, mailText(`m${++serial}`)).catch(() => undefined)
    else await attempt(imap, random, one.uid, mailbox, kind)
  }
  for (let step = 0; step < 40; step++) {
    const syncing = random.next() < 0.5 ? world.run() : undefined
    await act(random.pick([world.there, world.here]))
    await act(random.pick([world.there, world.here]))
    await syncing
    await world.look('INBOX')
  }
  await agree(world, 'INBOX', 'Archive')
})

async function attempt(
  imap: ImapClient,
  random: Random,
  uid: number,
  mailbox: string,
  kind: number,
): Promise<void> {
  const other = mailbox === 'INBOX' ? 'Archive' : 'INBOX'
  const flag = random.pick(['\\Seen', '\\Flagged', '\\Answered', 'work'])
  if (kind < 0.7) await imap.command(`UID STORE ${uid} ${random.pick(['+', '-'])}FLAGS (${flag})`)
  else if (kind < 0.82) await imap.command(`UID MOVE ${uid} ${other}`)
  else if (kind < 0.88) await imap.command(`UID COPY ${uid} ${other}`)
  else {
    await imap.command(`UID STORE ${uid} +FLAGS (\\Deleted)`)
    await imap.command(`UID EXPUNGE ${uid}`)
  }
}
