import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, renameSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { openMaildir } from '../../../src/mailstore/maildir/maildir.js'
import { type MailboxUse, useAt, withAct } from '../../../src/replica/mailbox-use.js'
import { createMailbox, getMailbox, listMailboxes } from '../../../src/replica/mailboxes.js'
import { pathText } from '../../../src/replica/model.js'
import { tables } from '../../../src/replica/tables.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import { openingOrder, rankedMailboxes } from '../../../src/sync/policy/mailbox-order.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import type { Spool } from '../../../src/sync/submission/spool.js'
import { open } from '../../replica/records/open.js'
import { id } from '../../replica/world.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { memorySpool } from '../../world/memory-spool.js'
import { makePair } from '../../world/star.js'
import { mailing, statesOf } from '../submission/sending.js'

const dayMs = 86_400_000
const start = 20_000 * dayMs
const after = (acts: readonly number[]): MailboxUse | undefined =>
  acts.reduce<MailboxUse | undefined>((use, ms) => withAct(use, ms), undefined)
const scoreOf = (acts: readonly number[], nowMs: number): number =>
  useAt(after(acts), nowMs)?.score ?? Number.NaN

test('what was done fades by half in four days, and is forgotten after sixteen', () => {
  const use = after([start, start + 1000])
  assert.equal(useAt(undefined, start), undefined)
  assert.deepEqual(useAt(use, start + 5000), { score: 0, acts: 2, agoMs: 4000 })
  const next = useAt(use, start + dayMs)?.score ?? 0
  assert.ok(next > 0)
  assert.ok(Math.abs((useAt(use, start + 5 * dayMs)?.score ?? 0) - next / 2) < 1e-9)
  assert.equal(useAt(use, start + 15 * dayMs)?.acts, 2)
  assert.equal(useAt(use, start + 16 * dayMs), undefined)
})

test('one act yesterday counts for less than ten the day before, and for more than one then', () => {
  const now = start + 3 * dayMs
  const yesterday = scoreOf([start + 2 * dayMs], now)
  assert.ok(yesterday < scoreOf(Array(10).fill(start + dayMs), now))
  assert.ok(yesterday > scoreOf([start + dayMs], now))
  assert.equal(scoreOf(Array(1000).fill(start), now), scoreOf(Array(20).fill(start), now))
})

test('a clock that was ahead, or behind, breaks nothing and is forgotten', () => {
  const ahead = withAct(after([start]), start + 4000 * dayMs)
  assert.equal(useAt(ahead, start + dayMs), undefined)
  const again = withAct(ahead, start + dayMs)
  assert.deepEqual(useAt(again, start + dayMs + 60_000), { score: 0, acts: 1, agoMs: 60_000 })
  const behind = withAct(again, 0)
  assert.equal(useAt(behind, start + dayMs), undefined)
})

test('whatever the clock says, the record stays small, and the score changes at most once a day', () => {
  const times = fc.array(fc.integer({ min: -1000 * dayMs, max: 40_000 * dayMs }), { maxLength: 60 })
  fc.assert(
    fc.property(times, fc.integer({ min: 0, max: 40_000 }), fc.nat(dayMs - 1), (acts, day, ms) => {
      const use = after(acts)
      if (use) assert.ok(use.acts.length <= 16 && use.acts.every((count) => count >= 0 && count <= 20))
      const at = (offset: number) => useAt(use, day * dayMs + offset)
      const found = at(ms)
      if (found) assert.ok(Number.isFinite(found.score) && found.score >= 0 && found.agoMs >= 0)
      // Acts of the day itself move nothing that is in use already.
      if (found && use && use.day === day)
        assert.equal(useAt(withAct(use, day * dayMs + ms), day * dayMs + ms)?.score, found.score)
      assert.equal(at(0)?.score, found?.score)
    }),
  )
})

test('what is said of the order is all that does not go by name alone, where a person has any part in it', async () => {
  const { replica, change } = await open({ hasUpstream: true })
  const names = ['INBOX', 'Archive', 'Work', 'Trash', 'Junk', 'Sub/INBOX', 'INBOX/Sub']
  await change(async (act) => {
    for (const name of names) {
      const specialUse = name === 'Trash' || name === 'Junk' ? `\\${name}` : undefined
      await createMailbox(act, { guid: id(name), path: name.split('/'), ...(specialUse && { specialUse }) })
    }
  })
  const order = async (...priority: string[]) =>
    (await openingOrder(replica, priority)).map((guid) => names.find((name) => id(name) === guid))
  assert.deepEqual(await order(), [])
  assert.deepEqual(await order('Work'), ['Work', 'INBOX'])
  assert.deepEqual(await order('INBOX'), ['INBOX'])
  assert.deepEqual(await order('Junk', 'Work'), ['Junk', 'Work', 'INBOX'])
  await change(async ({ tx }) => {
    for (const name of ['Archive', 'Trash', 'Junk'])
      tables.mailbox.put(tx, id(name), {
        ...(await getMailbox(tx, id(name)))!,
        use: withAct(undefined, 0),
      })
  })
  assert.deepEqual(await order(), ['INBOX', 'Archive'])
  assert.deepEqual(
    (await rankedMailboxes(replica, [])).map(({ mailbox, why }) => `${pathText(mailbox.path)} ${why}`),
    [
      'INBOX inbox',
      'Archive in use',
      'INBOX/Sub name',
      'Sub/INBOX name',
      'Work name',
      'Junk last',
      'Trash last',
    ],
  )
})

async function makeWorld(mailboxes: readonly string[]) {
  const { endpoint, client, link } = await makePair({ seed: 5 })
  for (const name of mailboxes) {
    if (name !== 'INBOX') endpoint.mail.person.createMailbox(name.split('/'))
    for (let i = 0; i < 3; i++) endpoint.mail.person.deliver(name.split('/'), letter(`${name} ${i}`))
  }
  const { account } = client
  const run = (spool?: Spool) => sync(account, { link, policy: defaultPolicy, ...(spool && { spool }) })
  await run()
  const ranks = async (priority: readonly string[] = []) =>
    (await rankedMailboxes(account.replica, priority)).map(
      ({ mailbox, why }) => `${pathText(mailbox.path)} ${why}`,
    )
  const locator = (name: string, at = 0) => client.mail.snapshot().get(name)?.[at]?.locator ?? ''
  return { endpoint, client, run, ranks, locator, person: client.mail.person }
}

test('what only came down, or stood there before the first sync, makes no mailbox one in use', async () => {
  const { ranks, client, run } = await makeWorld(['INBOX', 'Archive', 'Work'])
  assert.deepEqual(await ranks(), ['INBOX inbox', 'Archive name', 'Work name'])
  client.nowMs += dayMs
  await run()
  assert.deepEqual(await openingOrder(client.account.replica, []), [])
})

test('reading, flagging, filing and writing make a mailbox one in use; a delivery does not', async () => {
  const acts: [string, (person: Awaited<ReturnType<typeof makeWorld>>) => void][] = [
    ['read', ({ person, locator }) => person.setFlags(['Work'], locator('Work'), ['\\Seen'])],
    ['flag', ({ person, locator }) => person.setFlags(['Work'], locator('Work'), ['\\Flagged'])],
    ['expunge', ({ person, locator }) => person.remove(['Work'], locator('Work'))],
    ['copy', ({ person, locator }) => person.copy(['Archive'], locator('Archive'), ['Work'])],
    ['sent', ({ person }) => person.deliver(['Work'], letter('sent'), ['\\Seen'])],
    ['draft', ({ person }) => person.deliver(['Work'], letter('draft'), ['\\Draft'])],
  ]
  for (const [what, act] of acts) {
    const world = await makeWorld(['INBOX', 'Archive', 'Work'])
    act(world)
    await world.run()
    assert.deepEqual(await world.ranks(), ['INBOX inbox', 'Work in use', 'Archive name'], what)
  }
  const world = await makeWorld(['INBOX', 'Work'])
  world.person.deliver(['Work'], letter('delivered'))
  await world.run()
  assert.deepEqual(await world.ranks(), ['INBOX inbox', 'Work name'])
})

test('mail programs file copies of what packetboat sends: that does not make Sent a mailbox in use', async () => {
  const { endpoint, client, run, ranks, person } = await makeWorld(['INBOX', 'Archive', 'Sent'])
  endpoint.account = { ...endpoint.account, mailing }
  const spool = memorySpool()
  await run()
  spool.put(Buffer.from(letter('sent')).toString())
  person.deliver(['Sent'], letter('sent'), ['\\Seen'])
  await run(spool)
  assert.deepEqual(await statesOf(client), ['ashore'])
  assert.deepEqual(await ranks(), ['INBOX inbox', 'Archive name', 'Sent name'])
})

test('ranks named in the settings go first, then INBOX, then what was used most and latest; Trash and Junk never by use', async () => {
  const { client, run, ranks, locator, person } = await makeWorld(['INBOX', 'A', 'B', 'C', 'D', 'Trash'])
  const read = (name: string, count: number) => {
    for (let at = 0; at < count; at++) person.setFlags([name], locator(name, at), ['\\Seen'])
  }
  const { db } = client.account.replica
  await db.transact(async (tx) => {
    for (const mailbox of await listMailboxes(tx))
      if (mailbox.path[0] === 'Trash')
        tables.mailbox.put(tx, mailbox.guid, { ...mailbox, specialUse: '\\Trash' })
  })
  read('C', 1)
  read('Trash', 3)
  await run()
  client.nowMs += dayMs
  read('B', 3)
  await run()
  client.nowMs += dayMs
  read('A', 1)
  await run()
  // A was first used today: behind those that were before.
  const order = ['INBOX inbox', 'B in use', 'C in use', 'A in use', 'D name', 'Trash last']
  assert.deepEqual(await ranks(), order)
  read('A', 3)
  read('C', 3)
  await run()
  assert.deepEqual(await ranks(), order)
  assert.deepEqual((await ranks(['D', 'B'])).slice(0, 3), ['D priority', 'B priority', 'INBOX inbox'])
  client.nowMs += dayMs
  assert.deepEqual((await ranks())[1], 'A in use')
})

test('a mailbox that a mail program has opened is in use, though nothing was read', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'packetboat-opened-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const { endpoint, client } = await makePair({ seed: 6 })
  endpoint.mail.person.createMailbox(['Work'])
  for (let i = 0; i < 3; i++) endpoint.mail.person.deliver(['Work'], letter(`work ${i}`))
  const mailStore = await openMaildir(root, {
    names: 'mutf7',
    now: Date.now,
    randomBytes: (size) => randomBytes(size),
    create: true,
  })
  const account = { ...client.account, mailStore }
  const link = memoryLink(() => endpoint.account)
  const run = () => sync(account, { link, policy: defaultPolicy })
  const why = async () =>
    (await rankedMailboxes(account.replica, [])).find(({ mailbox }) => pathText(mailbox.path) === 'Work')
  await run()
  await run()
  assert.equal((await why())?.why, 'name')
  const [fresh, cur] = ['new', 'cur'].map((name) => join(root, '.Work', name)) as [string, string]
  assert.equal(readdirSync(fresh).length, 3)
  for (const name of readdirSync(fresh)) renameSync(join(fresh, name), join(cur, `${name}:2,`))
  for (const folder of [fresh, cur]) utimesSync(folder, 1_800_000_000, 1_800_000_000)
  await run()
  // Three files, one look.
  const seen = await why()
  assert.equal(`${seen?.why} ${seen?.use?.acts}`, 'in use 1')
  await run()
  assert.equal((await why())?.use?.acts, 1)
  // What packetboat itself moves there is nobody's doing.
  endpoint.mail.person.deliver(['Work'], letter('later'))
  await run()
  const there = endpoint.mail.snapshot().get('Work')?.at(-1)?.locator ?? ''
  endpoint.mail.person.setFlags(['Work'], there, ['\\Seen'])
  await run()
  for (const folder of [fresh, cur]) utimesSync(folder, 1_800_000_100, 1_800_000_100)
  await run()
  assert.equal((await why())?.use?.acts, 1)
})
