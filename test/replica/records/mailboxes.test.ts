import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Origin } from '../../../src/replica/change.js'
import {
  createMailbox,
  deleteMailbox,
  freePath,
  getMailbox,
  isElsewhere,
  listMailboxes,
  mailboxAt,
  renameMailbox,
  restateMailbox,
  reviveMailbox,
  subscribeMailbox,
} from '../../../src/replica/mailboxes.js'
import { type MailboxPath, pathText } from '../../../src/replica/model.js'
import type { MailboxRecord } from '../../../src/replica/records.js'
import { updateReplicaRecord } from '../../../src/replica/replica.js'
import { tables } from '../../../src/replica/tables.js'
import { id } from '../world.js'
import { open, rowsOf } from './open.js'

const local: Origin = { kind: 'local' }
const device: Origin = { kind: 'device', device: 'device' }
const upstream: Origin = { kind: 'upstream' }

async function worldOf(
  names: readonly string[],
  { hasUpstream = false, origin = undefined as Origin | undefined } = {},
) {
  const { replica, change } = await open({ hasUpstream })
  const { db } = replica
  for (const name of names)
    await change((act) => createMailbox(act, { guid: id(name), path: name.split('/') }), origin)
  const of = async (name: string): Promise<MailboxRecord> => {
    const mailbox = await getMailbox(db, id(name))
    assert.ok(mailbox, name)
    return mailbox
  }
  const nameOf = (guid: string) => Buffer.from(guid, 'hex').toString('latin1').replace(/\.+$/, '')
  const rows = async () => ({
    path: (await rowsOf(tables.path.list(db))).map(({ key, value }) => `${key.join('/')} ${nameOf(value)}`),
    structure: (await rowsOf(tables.structure.list(db))).map(({ value }) => nameOf(value)),
    tombstone: (await rowsOf(tables.tombstone.list(db))).map(({ key }) => nameOf(key[1])),
    todo: (await rowsOf(tables.todoMailbox.list(db))).map(({ key }) => nameOf(key[0])),
  })
  const journal = async () => (await rowsOf(tables.journal.list(db))).map(({ value }) => value)
  return { db, replica, change, of, rows, journal }
}

test('a mailbox begins empty, subscribed, and with a UIDVALIDITY of 31 bits that is not zero', async () => {
  const { of, rows, change, db } = await worldOf(['A'])
  const record = await of('A')
  assert.deepEqual(record, {
    guid: id('A'),
    path: ['A'],
    uidValidity: record.uidValidity,
    uidNext: 1,
    uidShown: 0,
    numberNext: 1,
    subscribed: true,
    deleted: false,
    created: 1,
    modseq: 1,
    head: 1,
    messages: 0,
    unseen: 0,
  })
  assert.deepEqual(await rows(), { path: ['A A'], structure: ['A'], tombstone: [], todo: [] })
  const given = { uidValidity: 7, subscribed: false, specialUse: '\\Sent' }
  const made = await change((act) => createMailbox(act, { path: ['B', 'C'], ...given }), device)
  assert.deepEqual({ ...made, ...given, path: ['B', 'C'], origin: 'device' }, made)
  assert.match(made.guid, /^[0-9a-f]{32}$/)
  assert.deepEqual((await mailboxAt(db, ['B', 'C']))?.guid, made.guid)
  assert.equal(await mailboxAt(db, ['B']), undefined)
  assert.equal(isElsewhere(made, ['B', 'C']), false)
  assert.equal(isElsewhere(made, ['B']), true)
})

test('a UIDVALIDITY is drawn from all that there are', async () => {
  for (const [bytes, wanted] of [
    [[0, 0, 0, 0], 1],
    [[0x7f, 0xff, 0xff, 0xfe], 0x7fffffff],
    [[0x7f, 0xff, 0xff, 0xff], 1],
    [[0xff, 0xff, 0xff, 0xff], 2],
  ] as const) {
    const { replica, change } = await open()
    const given = { ...replica, randomBytes: () => Uint8Array.from(bytes) }
    const made = await change((act) =>
      createMailbox({ ...act, replica: given }, { guid: id('A'), path: ['A'] }),
    )
    assert.equal(made.uidValidity, wanted)
  }
})

test('a mailbox stands once in the log of mailboxes, by its name while it is live, and among the tombstones else', async () => {
  const { of, rows, change, db } = await worldOf(['A', 'B'])
  await change(async (act) => renameMailbox(act, await of('A'), ['C', 'D']), device)
  assert.deepEqual(await rows(), {
    path: ['B B', 'C/D A'],
    structure: ['B', 'A'],
    tombstone: [],
    todo: ['A'],
  })
  await change(async (act) => deleteMailbox(act, await of('B')))
  assert.deepEqual(await rows(), { path: ['C/D A'], structure: ['A', 'B'], tombstone: ['B'], todo: ['A'] })
  assert.deepEqual(
    (await listMailboxes(db)).map(({ path }) => pathText(path)),
    ['C/D'],
  )
  const gone = await of('B')
  await change((act) => deleteMailbox(act, gone))
  assert.deepEqual(await of('B'), gone)
  const revived = await change((act) => reviveMailbox(act, gone))
  assert.deepEqual(await rows(), {
    path: ['B B', 'C/D A'],
    structure: ['A', 'B'],
    tombstone: [],
    todo: ['A', 'B'],
  })
  assert.deepEqual([revived.deleted, revived.created, 'echo' in revived], [false, revived.modseq, false])
  const same = await of('B')
  assert.equal(await change((act) => reviveMailbox(act, same)), same)
  await change(async (act) => subscribeMailbox(act, await of('B'), true))
  assert.deepEqual(await of('B'), same)
  await change(async (act) => subscribeMailbox(act, await of('B'), false))
  assert.deepEqual([(await of('B')).subscribed, (await of('B')).modseq], [false, same.modseq + 1])
})

test('a mailbox comes back beside another that has got its name', async () => {
  const { of, change, rows } = await worldOf(['A/B'])
  await change(async (act) => deleteMailbox(act, await of('A/B')))
  await change((act) => createMailbox(act, { guid: id('C'), path: ['A', 'B'] }))
  await change(async (act) => reviveMailbox(act, await of('A/B')))
  assert.deepEqual((await rows()).path, ['A/B C', 'A/B (2) A/B'])
})

test('a mailbox that comes back has another numbering, unless the upstream knows the one that it had', async () => {
  for (const [hasUpstream, by, keeps] of [
    [false, local, false],
    [false, device, false],
    [true, local, true],
    [true, upstream, true],
    [true, device, false],
  ] as const) {
    const { of, change, journal } = await worldOf(['A'], { hasUpstream })
    const { uidValidity } = await of('A')
    await change(async (act) => deleteMailbox(act, await of('A')))
    const before = (await journal()).length
    await change(async (act) => reviveMailbox(act, await of('A')), by)
    assert.equal((await of('A')).uidValidity === uidValidity, keeps, `${hasUpstream} ${by.kind}`)
    const told: boolean = hasUpstream && by.kind !== 'upstream'
    assert.deepEqual(
      (await journal()).slice(before),
      told ? [{ op: 'mailbox-create', mailbox: id('A'), path: ['A'] }] : [],
    )
  }
})

test('the upstream is told of what was done here, and not of what it told itself', async () => {
  const steps = async (origin: Origin, hasUpstream = true) => {
    const { of, change, journal } = await worldOf(['A'], { hasUpstream, origin })
    await change(async (act) => renameMailbox(act, await of('A'), ['B']), origin)
    await change(async (act) => subscribeMailbox(act, await of('A'), false), origin)
    await change(async (act) => deleteMailbox(act, await of('A')), origin)
    return journal()
  }
  const mailbox = id('A')
  const all = [
    { op: 'mailbox-create', mailbox, path: ['A'] },
    { op: 'mailbox-rename', mailbox, from: ['A'], to: ['B'] },
    { op: 'mailbox-subscribe', mailbox, subscribed: false },
  ]
  for (const origin of [local, device, { kind: 'mail-store' } as const])
    assert.deepEqual(await steps(origin), all)
  assert.deepEqual(await steps(upstream), [])
  assert.deepEqual(await steps(local, false), [])
})

test('who made or renamed a mailbox is not told of it, until it is stated again for all', async () => {
  const { of, change } = await worldOf(['A'], { origin: device })
  // Whoever made it knows it by that.
  assert.deepEqual([(await of('A')).origin, 'echo' in (await of('A'))], ['device', false])
  await change(async (act) => renameMailbox(act, await of('A'), ['B']), device)
  const renamed = await of('A')
  assert.deepEqual(renamed.echo, { device: 'device', base: 1 })
  await change((act) => restateMailbox(act, renamed), device)
  const stated = await of('A')
  assert.equal('echo' in stated, false)
  assert.deepEqual({ ...stated, echo: renamed.echo, modseq: 2, head: 2 }, renamed)
  assert.equal(stated.modseq, 3)
})

test('a name that is taken gets the next number that is free', async () => {
  const { db } = await worldOf(['A', 'A (2)', 'B/A'])
  const free = (path: MailboxPath, self?: string) => freePath(db, path, self === undefined ? self : id(self))
  assert.deepEqual(await free(['A']), ['A (3)'])
  assert.deepEqual(await free(['A'], 'A'), ['A'])
  assert.deepEqual(await free(['A'], 'A (2)'), ['A (2)'])
  assert.deepEqual(await free(['B', 'A']), ['B', 'A (2)'])
  assert.deepEqual(await free(['B']), ['B'])
})

test('a mailbox is in use when a person renames it', async () => {
  for (const [by, wanted] of [
    [local, true],
    [upstream, false],
  ] as const) {
    const { of, change } = await worldOf(['A'], { hasUpstream: true })
    await change(({ tx }) => updateReplicaRecord(tx, (record) => ({ ...record, firstSyncEnded: true })))
    await change(async (act) => renameMailbox(act, await of('A'), ['B']), by)
    assert.equal((await of('A')).use !== undefined, wanted)
  }
})
