import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Change, Origin } from '../../../src/replica/change.js'
import {
  announceMessage,
  changeFlags,
  expungeMessage,
  messageByUpstream,
  movedOn,
  numberMessage,
} from '../../../src/replica/messages.js'
import type { ContentRecord, MessageRecord } from '../../../src/replica/records.js'
import { updateReplicaRecord } from '../../../src/replica/replica.js'
import { tables } from '../../../src/replica/tables.js'
import { id } from '../world.js'
import { content, device, local, worldOf } from './message-world.js'
import { rowsOf } from './open.js'

test('a message is found by the upstream’s number, which another may have got since', async () => {
  const { db, does, of, journal } = await worldOf(['a', 'b'], {
    hasUpstream: true,
    origin: { kind: 'upstream' },
  })
  const told = await journal()
  const number = (name: string, upstream: number, uid: number) =>
    does(name, (act, message) => numberMessage(act, message, { upstream, uid }), { kind: 'upstream' })
  const at = async (upstream: number) => (await messageByUpstream(db, id('INBOX'), upstream))?.guid
  await number('a', 5, 50)
  assert.deepEqual([await at(5), (await of('a')).uid], [id('a'), 50])
  const { modseq } = await of('a')
  await number('a', 5, 50)
  assert.equal((await of('a')).modseq, modseq)
  await number('a', 5, 51)
  assert.deepEqual([(await of('a')).uid, await at(5)], [51, id('a')])
  await number('b', 5, 60)
  await number('a', 6, 51)
  assert.deepEqual([await at(5), await at(6)], [id('b'), id('a')])
  await number('a', 7, 51)
  assert.deepEqual([await at(6), await at(7)], [undefined, id('a')])
  await number('a', 0, 0)
  assert.deepEqual(await rowsOf(tables.upstream.list(db, [id('INBOX'), 0])), [])
  assert.equal(await at(7), undefined)
  assert.deepEqual(await journal(), told)
})

test('flags that are so already change nothing, and the journal tells only what changed', async () => {
  const world = await worldOf(['a'], { hasUpstream: true })
  await world.does('a', (act, message) => changeFlags(act, message, { add: ['x', 'y'], remove: ['z'] }))
  assert.deepEqual((await world.journal()).at(-1), {
    op: 'flags',
    message: id('a'),
    add: ['x', 'y'],
    remove: [],
  })
  const { modseq } = await world.of('a')
  await world.does('a', (act, message) => changeFlags(act, message, { add: ['x'], remove: ['z'] }))
  assert.equal((await world.of('a')).modseq, modseq)
  await world.does('a', (act, message) => changeFlags(act, message, { add: ['x'], remove: ['y', 'z'] }))
  assert.deepEqual((await world.journal()).at(-1), { op: 'flags', message: id('a'), add: [], remove: ['y'] })
  assert.deepEqual((await world.of('a')).flags, ['x'])
})

test('an expunge is journaled with what was known, unless it is silent', async () => {
  const { does, journal } = await worldOf(['a', 'b', 'c'], { hasUpstream: true })
  const before = (await journal()).length
  await does('a', (act, message) => expungeMessage(act, message, { base: ['x'] }))
  await does('b', (act, message) => expungeMessage(act, message, { base: [], movedTo: id('c') }))
  await does('c', (act, message) => expungeMessage(act, message, { base: [], silent: true }))
  assert.deepEqual((await journal()).slice(before), [
    { op: 'expunge', message: id('a'), base: ['x'] },
    { op: 'expunge', message: id('b'), base: [], movedTo: id('c') },
  ])
})

test('a message that was moved is followed to where it lives, a hundred moves far', async () => {
  const { db, of, change, add, does } = await worldOf([])
  const names = Array.from({ length: 102 }, (_, i) => `m${i}`)
  await change(async (act) => {
    for (const name of names) await add(act, name)
  })
  await change(async ({ tx }) => {
    for (const [i, name] of names.slice(0, -1).entries())
      tables.message.put(tx, id(name), { ...(await of(name)), expunged: true, movedTo: id(`m${i + 1}`) })
  })
  const from = async (name: string) => (await movedOn(db, await of(name)))?.guid
  assert.equal(await from('m101'), id('m101'))
  assert.equal(await from('m100'), id('m101'))
  assert.equal(await from('m1'), id('m101'))
  assert.equal(await from('m0'), undefined)
  // By another name that it has by now.
  await change(async ({ tx }) => {
    tables.message.put(tx, id('m99'), { ...(await of('m99')), movedTo: id('old name') })
    tables.renamed.put(tx, id('old name'), id('m101'))
  })
  assert.equal(await from('m99'), id('m101'))
  await does('m101', (act, message) => expungeMessage(act, message, { base: [] }))
  assert.equal(await from('m99'), undefined)
})

for (const [what, record, more, told] of [
  [
    'its bytes',
    content,
    {},
    { op: 'append', flags: ['x'], digest: content.digest, sizeBytes: 10, adopt: true },
  ],
  ['a copy', content, { source: 'b' }, { op: 'copy', source: id('b'), flags: ['x'], base: ['y'] }],
  [
    'its UID too',
    content,
    { uid: 7 },
    { op: 'append', digest: content.digest, sizeBytes: 10, adopt: true, uid: 7 },
  ],
  ['nothing, as long as it has no digest', { ...content, digest: undefined }, {}, undefined],
] as const)
  test(`the upstream is told of a message that a device made by ${what}`, async () => {
    const { change, of, add, journal, db } = await worldOf([], { hasUpstream: true })
    const upstream: Origin = { kind: 'upstream' }
    await change((act) => add(act, 'a', { flags: ['x'] }), upstream)
    await change((act) => add(act, 'b', { flags: ['y'] }), upstream)
    const source = 'source' in more ? await of('b') : undefined
    const given = { ...(source && { source }), ...('uid' in more && { uid: more.uid }) }
    const { digest, ...rest } = record
    const whole: ContentRecord = { ...rest, ...(digest !== undefined && { digest }) }
    const before = (await journal()).length
    await change(async (act) => announceMessage(act, await of('a'), whole, given), device)
    const [entry] = (await journal()).slice(before)
    const where = { mailbox: id('INBOX'), message: id('a'), internalDateMs: 0, flags: ['x'] }
    assert.deepEqual(entry, told && { ...where, ...told })
    const upload = await tables.upload.get(db, id('a'))
    assert.deepEqual(upload, told?.op === 'append' ? { begun: false, waits: false } : undefined)
    const journaled = (await rowsOf(tables.journalOf.list(db))).map(({ key }) => key[0])
    assert.deepEqual(journaled, !told ? [] : source ? [id('a'), id('b')] : [id('a')])
    assert.equal(await tables.expected.has(db, content.id), false)
  })

test('what is not whole yet is expected, and what the upstream may have waits for its word', async () => {
  const { change, of, add, db } = await worldOf([], { hasUpstream: true })
  await change((act) => add(act, 'a'), { kind: 'upstream' })
  const given = { ...content, whole: false, upstreamHas: true }
  await change(async (act) => announceMessage(act, await of('a'), given), device)
  assert.equal(await tables.expected.has(db, content.id), true)
  assert.deepEqual(await tables.upload.get(db, id('a')), { begun: false, waits: true })
  const alone = await worldOf(['a'])
  await alone.change(async (act) => announceMessage(act, await alone.of('a'), given), device)
  assert.deepEqual([await alone.journal(), await tables.expected.has(alone.db, content.id)], [[], false])
})

for (const [what, act, counts] of [
  ['reading', (one: Change, m: MessageRecord) => changeFlags(one, m, { add: ['\\Seen'], remove: [] }), true],
  ['expunging', (one: Change, m: MessageRecord) => expungeMessage(one, m, { base: [] }), true],
  ['a number', (one: Change, m: MessageRecord) => numberMessage(one, m, { upstream: 3, uid: 4 }), false],
] as const)
  test(`a mailbox is in use by what a person does there, once the first sync has ended: ${what}`, async () => {
    for (const [by, hasUpstream, firstSyncEnded, wanted] of [
      [{ kind: 'mail-store' }, true, true, counts],
      [local, true, true, counts],
      [device, true, true, false],
      [{ kind: 'upstream' }, true, true, false],
      [local, false, true, false],
      [local, true, false, false],
    ] as const) {
      const { change, does, box } = await worldOf(['a'], { hasUpstream })
      await change(({ tx }) => updateReplicaRecord(tx, (record) => ({ ...record, firstSyncEnded })))
      await does('a', act, by)
      assert.equal((await box()).use !== undefined, wanted, `${by.kind} ${hasUpstream} ${firstSyncEnded}`)
    }
  })

test('a mailbox is in use when mail is written or filed there, not when it is delivered', async () => {
  for (const [more, wanted] of [
    [{}, false],
    [{ flags: ['\\Flagged'] }, false],
    [{ flags: ['\\Seen'] }, true],
    [{ flags: ['\\Draft'] }, true],
    [{ flags: ['\\Seen'], byHand: false }, false],
    [{ byHand: true }, true],
  ] as const) {
    const { change, add, box } = await worldOf([], { hasUpstream: true })
    await change(({ tx }) => updateReplicaRecord(tx, (record) => ({ ...record, firstSyncEnded: true })))
    await change((act) => add(act, 'a', more))
    assert.equal((await box()).use !== undefined, wanted, JSON.stringify(more))
  }
})
