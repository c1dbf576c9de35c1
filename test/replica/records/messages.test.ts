import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Origin } from '../../../src/replica/change.js'
import {
  isReferredTo,
  isShown,
  liveMessagesOf,
  messagesOf,
} from '../../../src/replica/content/messages-of-content.js'
import { deleteMailbox } from '../../../src/replica/mailboxes.js'
import {
  changeFlags,
  expungeMessage,
  forgetMessage,
  getMessage,
  isLive,
  liveMessages,
  messageByNumber,
  messageByUpstream,
  numberMessage,
  rehouseMessage,
  renumberMessage,
  reserveUid,
  revealMessages,
  reviveMessage,
} from '../../../src/replica/messages.js'
import { tables } from '../../../src/replica/tables.js'
import { id } from '../world.js'
import { content, device, local, worldOf } from './message-world.js'
import { rowsOf } from './open.js'

test('messages get numbers and UIDs in a row, and are counted', async () => {
  const { counts, of, does, change, add } = await worldOf(['a', 'b'])
  await change((act) => add(act, 'c', { flags: ['\\Seen'] }))
  assert.deepEqual(await counts(), { messages: 3, unseen: 2, uidNext: 4, uidShown: 3, numberNext: 4 })
  for (const [name, number] of [
    ['a', 1],
    ['c', 3],
  ] as const) {
    const record = await of(name)
    assert.deepEqual([record.number, record.uid, record.created === record.modseq], [number, number, true])
    assert.equal('renumbered' in record, false)
  }
  await does('a', (act, message) => changeFlags(act, message, { add: ['\\Seen'], remove: [] }))
  assert.deepEqual(await counts(), { messages: 3, unseen: 1, uidNext: 4, uidShown: 3, numberNext: 4 })
  await does('b', (act, message) => expungeMessage(act, message, { base: [] }))
  assert.deepEqual(await counts(), { messages: 2, unseen: 0, uidNext: 4, uidShown: 3, numberNext: 4 })
  await does('b', (act, message) => reviveMessage(act, message, ['x']))
  assert.deepEqual(await counts(), { messages: 3, unseen: 1, uidNext: 4, uidShown: 3, numberNext: 4 })
  const revived = await of('b')
  assert.deepEqual([revived.number, revived.flags, revived.expunged], [2, ['x'], false])
})

test('a message stands once in the log, where it changed last, and in the tombstones while it is one', async () => {
  const { rows, does, db, of, box } = await worldOf(['a', 'b'])
  const number = ['1 a', '2 b']
  const reference = ['a', 'b']
  assert.deepEqual(await rows(), { log: ['a', 'b'], number, tombstone: [], reference, todo: [] })
  await does('a', (act, message) => expungeMessage(act, message, { base: [], movedTo: id('b') }), device)
  assert.deepEqual(await rows(), {
    log: ['b', 'a'],
    number,
    tombstone: ['a'],
    reference: ['b', 'a'],
    todo: ['a'],
  })
  assert.deepEqual([(await of('a')).movedTo, (await box()).head], [id('b'), (await of('a')).modseq])
  await does('b', (act, message) => changeFlags(act, message, { add: ['x'], remove: [] }))
  await does('a', (act, message) => reviveMessage(act, message, []))
  assert.deepEqual((await rows()).tombstone, [])
  assert.deepEqual((await rows()).log, ['b', 'a'])
  // Should the upstream expunge it all the same, it lives on there.
  assert.equal((await of('a')).movedTo, id('b'))
  // Nothing to revive, nothing to expunge twice.
  const { modseq } = await of('a')
  await does('a', (act, message) => reviveMessage(act, message, ['y']))
  assert.equal((await of('a')).modseq, modseq)
  await does('a', (act, message) => expungeMessage(act, message, { base: [] }))
  const gone = await of('a')
  await does('a', (act, message) => expungeMessage(act, message, { base: [], movedTo: id('b') }))
  assert.deepEqual(await of('a'), gone)
  assert.deepEqual(
    [
      isLive(gone),
      isLive(await of('b')),
      isLive(undefined),
      isLive({ ...gone, expunged: false, hidden: true }),
    ],
    [false, true, false, false],
  )
  assert.equal((await messageByNumber(db, id('INBOX'), 1))?.guid, id('a'))
  assert.equal(await messageByNumber(db, id('INBOX'), 9), undefined)
})

test('what the mail store did it need not be told; what anybody else did it must', async () => {
  for (const [origin, todo] of [
    [{ kind: 'mail-store' }, []],
    [local, ['a']],
    [device, ['a']],
    [{ kind: 'upstream' }, ['a']],
  ] as const) {
    const { rows } = await worldOf(['a'], { origin })
    assert.deepEqual((await rows()).todo, todo, origin.kind)
  }
})

test('what a device did it is not told again, from where it first did so, until somebody else does something', async () => {
  const { of, does } = await worldOf(['a'])
  const { modseq } = await of('a')
  assert.equal('echo' in (await of('a')), false)
  const flag = (name: string, by: Origin) =>
    does('a', (act, message) => changeFlags(act, message, { add: [name], remove: [] }), by)
  await flag('x', device)
  await flag('y', device)
  assert.deepEqual((await of('a')).echo, { device: 'device', base: modseq })
  const before = (await of('a')).modseq
  await flag('z', { kind: 'device', device: 'other' })
  assert.deepEqual((await of('a')).echo, { device: 'other', base: before })
  await flag('w', local)
  assert.equal('echo' in (await of('a')), false)
})

test('live messages are listed by number, from one to before another, either way', async () => {
  const { db, does } = await worldOf(['a', 'b', 'c', 'd', 'e'])
  await does('c', (act, message) => expungeMessage(act, message, { base: [] }))
  const list = async (options?: Parameters<typeof liveMessages>[2]) =>
    (await rowsOf(liveMessages(db, id('INBOX'), options))).map(({ number }) => number)
  assert.deepEqual(await list(), [1, 2, 4, 5])
  assert.deepEqual(await list({ reverse: true }), [5, 4, 2, 1])
  assert.deepEqual(await list({ from: 2, to: 5 }), [2, 4])
  assert.deepEqual(await list({ from: 4 }), [4, 5])
  assert.deepEqual(await list({ to: 2, reverse: true }), [1])
  assert.deepEqual(await rowsOf(liveMessages(db, id('Work'))), [])
})

test('of a message that is hidden only its name is known, until its content has come', async () => {
  const { rows, change, add, counts, of, db } = await worldOf([])
  const unread = { ...content, whole: false }
  const before = await counts()
  await change(async (act) => add(act, 'a', { hidden: true, uid: 7 }), device)
  await change(async (act) => add(act, 'b', { hidden: true }))
  assert.deepEqual(await rows(), { log: [], number: [], tombstone: [], reference: ['a', 'b'], todo: [] })
  assert.deepEqual(await counts(), before)
  assert.deepEqual([(await of('a')).modseq, (await of('a')).origin], [0, 'device'])
  await change((act) => revealMessages(act, unread))
  assert.deepEqual((await rows()).number, ['1 a', '2 b'])
  assert.deepEqual([(await of('a')).uid, (await of('b')).uid], [7, 8])
  assert.equal((await of('a')).hidden, false)
  assert.equal('echo' in (await of('a')), false)
  // By whom: the device's is written to the mail store, and the mail store's own is not.
  assert.deepEqual((await rows()).todo, ['a'])
  const seen = (await of('a')).modseq
  await change((act) => revealMessages(act, unread))
  assert.equal((await of('a')).modseq, seen)
  assert.equal((await messagesOf(db, content.id)).length, 2)
})

test('a UID that was set aside is given, unless others above it were', async () => {
  const { change, add, of, counts } = await worldOf(['a'])
  await change((act) => add(act, 'b', { uid: 9 }))
  assert.deepEqual(await counts(), { messages: 2, unseen: 2, uidNext: 10, uidShown: 9, numberNext: 3 })
  await change((act) => add(act, 'c', { uid: 9 }))
  await change((act) => add(act, 'd', { uid: 4 }))
  assert.deepEqual([(await of('b')).uid, (await of('c')).uid, (await of('d')).uid], [9, 10, 11])
})

test('a message is renumbered to the UID wished for, or the next, and that is noted', async () => {
  const { of, does, counts } = await worldOf(['a', 'b'])
  const renumber = (name: string, uid: number) =>
    does(name, (act, message) => renumberMessage(act, message, uid))
  await renumber('a', 8)
  assert.deepEqual([(await of('a')).uid, (await of('a')).renumbered], [8, (await of('a')).modseq])
  assert.deepEqual([(await counts()).uidNext, (await counts()).uidShown], [9, 8])
  await renumber('b', 3)
  assert.equal((await of('b')).uid, 9)
  const { modseq } = await of('b')
  await renumber('b', 9)
  assert.equal((await of('b')).modseq, modseq)
  await does('b', (act, message) => expungeMessage(act, message, { base: [] }))
  await renumber('b', 50)
  assert.equal((await of('b')).uid, 9)
})

test('a UID is reserved where UIDs are given, above all that were', async () => {
  for (const [hasUpstream, uid, given, next] of [
    [false, 5, 5, 6],
    [false, 2, 2, 3],
    [false, 1, 0, 2],
    [false, undefined, 0, 2],
    [true, 5, 0, 1],
  ] as const) {
    const { change, counts } = await worldOf(['a'], { hasUpstream })
    assert.equal(await change((act) => reserveUid(act, id('INBOX'), uid)), given)
    assert.equal((await counts()).uidNext, next, `${hasUpstream} ${uid}`)
    assert.equal(await change((act) => reserveUid(act, id('nowhere'), 9)), 0)
  }
})

test('a message that goes to another mailbox without a move leaves nothing behind, and appears there', async () => {
  const { does, rows, counts, of, db } = await worldOf(['a', 'b'])
  await does('a', (act, message) => rehouseMessage(act, message, id('Work')), device)
  const { log, number, todo } = await rows()
  assert.deepEqual([log, number, todo], [['b', 'a'], ['2 b', '1 a'], ['a']])
  assert.equal((await of('a')).mailbox, id('Work'))
  assert.equal((await counts('Work')).messages, 1)
  assert.equal(await messageByNumber(db, id('INBOX'), 1), undefined)
})

test('nor does it take the number there that the upstream has given to another message', async () => {
  const { add, change, does, of, db } = await worldOf([], { hasUpstream: true })
  await change(async (act) => void (await add(act, 'a', { upstream: 1 })), local)
  await change(async (act) => void (await add(act, 'b', { upstream: 2 })), local)
  await change(async (act) => void (await add(act, 'c', { mailbox: id('Work'), upstream: 1 })), local)
  for (const name of ['a', 'b']) await does(name, (act, message) => rehouseMessage(act, message, id('Work')))
  const named = async (number: number) => (await messageByUpstream(db, id('Work'), number))?.guid
  assert.deepEqual([await named(1), await named(2)], [id('c'), id('b')])
  await does('a', (act, message) => numberMessage(act, message, { upstream: 3, uid: 0 }))
  assert.deepEqual([await named(1), await named(3)], [id('c'), id('a')])
  assert.deepEqual([(await of('a')).upstream, (await of('c')).upstream], [3, 1])
})

test('a message that is forgotten leaves no trace', async () => {
  const { change, rows, counts, of, db, add } = await worldOf(['a'], { origin: device })
  await change((act) => add(act, 'b', { flags: ['\\Seen'], upstream: 4 }), device)
  await change(async ({ tx }) => {
    tables.upload.put(tx, id('b'), { begun: false, waits: false })
    await forgetMessage(tx, await of('b'))
  })
  assert.deepEqual(await rows(), {
    log: ['a'],
    number: ['1 a'],
    tombstone: [],
    reference: ['a'],
    todo: ['a'],
  })
  assert.deepEqual([(await counts()).messages, (await counts()).unseen], [1, 1])
  assert.equal(await getMessage(db, id('b')), undefined)
  assert.equal(await tables.upload.has(db, id('b')), false)
  assert.equal(await messageByUpstream(db, id('INBOX'), 4), undefined)
  await change(async ({ tx }) => forgetMessage(tx, await of('a')))
  assert.deepEqual([(await counts()).messages, (await counts()).unseen], [0, 0])
})

test('mail outlives its mailbox: what is put into one that was deleted brings it back', async () => {
  const { change, add, box } = await worldOf([])
  await change(async (act) => deleteMailbox(act, await box('Work')))
  await change((act) => add(act, 'a', { mailbox: id('Work'), hidden: true }))
  assert.equal((await box('Work')).deleted, true)
  await change((act) => add(act, 'b', { mailbox: id('Work') }))
  assert.deepEqual([(await box('Work')).deleted, (await box('Work')).messages], [false, 1])
  await assert.rejects(
    change((act) => add(act, 'c', { mailbox: id('nowhere') })),
    /unknown mailbox/,
  )
})

test('messages of a content are listed with the live ones first', async () => {
  const { db, does, of, change } = await worldOf(['a', 'b', 'c'])
  await does('a', (act, message) => expungeMessage(act, message, { base: [] }))
  const names = async () => (await messagesOf(db, content.id)).map(({ guid }) => guid)
  assert.deepEqual(await names(), [id('b'), id('c'), id('a')])
  await change(async ({ tx }) => tables.message.delete(tx, id('c')))
  assert.deepEqual(await names(), [id('b'), id('a')])
  assert.equal((await of('a')).expunged, true)
})

test('a database whose expunged messages stand among the live ones is read alike, and ends alike', async () => {
  const { change, db, does, of } = await worldOf(['a', 'b', 'c'])
  for (const name of ['a', 'b'])
    await does(name, (act, message) => expungeMessage(act, message, { base: [] }))
  // As it was written before there was a table for them.
  await change(async ({ tx }) => {
    for (const name of ['a', 'b']) {
      tables.pastReference.delete(tx, content.id, id(name))
      tables.reference.put(tx, content.id, id(name), true)
    }
  })
  const live = async () => {
    const guids: string[] = []
    for await (const { guid } of liveMessagesOf(db, content.id)) guids.push(guid)
    return guids
  }
  assert.deepEqual(await live(), [id('c')])
  assert.deepEqual(
    (await messagesOf(db, content.id)).map(({ guid }) => guid),
    [id('c'), id('a'), id('b')],
  )
  await does('a', (act, message) => reviveMessage(act, message, []))
  assert.deepEqual(await live(), [id('a'), id('c')])
  for (const name of ['a', 'c'])
    await does(name, (act, message) => expungeMessage(act, message, { base: [] }))
  assert.deepEqual([await isShown(db, content.id), await isReferredTo(db, content.id)], [false, true])
  for (const name of ['a', 'b', 'c']) await change(async ({ tx }) => forgetMessage(tx, await of(name)))
  assert.equal(await isReferredTo(db, content.id), false)
})
