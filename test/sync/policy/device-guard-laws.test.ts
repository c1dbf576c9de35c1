import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addMessage, expungeMessage, getMessage } from '../../../src/replica/messages.js'
import { tables } from '../../../src/replica/tables.js'
import { id } from '../../replica/world.js'
import {
  by,
  copy,
  drop,
  everything,
  expunge,
  type Guarded,
  guarded,
  headOf,
  names,
  weekMs,
} from './device-guard-world.js'

/** What one request may take, by tables; whole syncs are in device-guard.test.ts. */

const take = (world: Guarded, mailbox: string, count: number, from = 0) => {
  const all = names(mailbox, count, from)
  return world.ask(
    all.map((name) => expunge(name)),
    all,
  )
}

test('a week begins with what stands there, of which what is there to be emptied counts for nothing', async () => {
  const world = await guarded({ A: 3, 'B \\Archive': 1, 'T \\Trash': 2, Drafts: 1, Empty: 0 })
  const from = { A: '0/3', B: '0/1', T: '0/2', Drafts: '0/1' }
  assert.deepEqual(await world.counted(), { of: 4, gone: 0, from })
  const record = await tables.deletions.get(world.opened.replica.db, by)
  assert.deepEqual([record?.sinceMs, record?.head], [1000, await headOf(world)])
})

test('up to a share of a mailbox goes, and of what is more nothing does', async () => {
  for (const [count, goes] of [
    [1, 1],
    [2, 2],
    [3, 0],
  ] as const) {
    const world = await guarded({ A: 4, B: 40 })
    assert.equal((await take(world, 'A', count)).length, goes)
    assert.deepEqual(await world.counted(), { of: 44, gone: goes, from: { A: `${goes}/4`, B: '0/40' } })
  }
})

test('what went before in the week counts, and another mailbox has its own share', async () => {
  const world = await guarded({ A: 4, B: 4, C: 40 })
  assert.equal((await take(world, 'A', 2)).length, 2)
  assert.equal((await take(world, 'A', 1, 2)).length, 0)
  assert.equal((await take(world, 'B', 2)).length, 2)
  assert.deepEqual(await world.counted(), { of: 48, gone: 4, from: { A: '2/4', B: '2/4', C: '0/40' } })
})

test('a share of each is no more than a share of all', async () => {
  // Each of the mailboxes is new, so that a share of it is any number below the least.
  const world = await guarded({ A: 2, B: 2, C: 2 })
  const each = ['A0', 'B0', 'C0', 'A1']
  const all = each.map((name) => expunge(name))
  assert.deepEqual(await world.ask(all, each), [])
  assert.deepEqual(await world.ask(all.slice(0, 3), each.slice(0, 3)), ['A0', 'B0', 'C0'])
  assert.deepEqual(await world.ask([expunge('B1')], ['B1']), [])
})

test('what the request did not name beforehand is judged when it goes', async () => {
  const world = await guarded({ A: 4, B: 40 })
  assert.deepEqual(await world.ask([drop('nowhere')], names('A', 4)), ['A0', 'A1'])
  const all = await guarded({ A: 2, B: 2 })
  assert.deepEqual(await all.ask([drop('nowhere')], ['A0', 'B0', 'A1']), ['A0', 'B0'])
})

test('a mailbox that goes takes with it what the device knew, and is judged by that', async () => {
  const world = await guarded({ A: 4, B: 40 })
  assert.deepEqual(await world.ask([drop('A')], names('A', 4)), [])
  assert.equal((await world.counted()).gone, 0)
})

test('what is moved elsewhere does not count against what is expunged beside it', async () => {
  const world = await guarded({ A: 4, B: 40 })
  const moves = names('A', 3).flatMap((name) => [
    copy(`${name} moved`, name, 'B'),
    expunge(name, `${name} moved`),
  ])
  assert.deepEqual(await world.ask([...moves, expunge('A3')], ['A3']), ['A3'])
})

test('others have their turn after every 500 things that a request names', async () => {
  const world = await guarded({ A: 1 })
  for (const [count, turns] of [
    [499, 0],
    [500, 1],
    [1000, 2],
  ] as const) {
    let rests = 0
    const entries = Array.from({ length: count }, (_, i) => expunge(`x${i}`))
    await world.watch(entries, async () => undefined, {
      author: { ...everything, rest: async () => void rests++ },
    })
    assert.equal(rests, turns, `${count}`)
  }
})

test('a message that is named twice, or is gone, counts once, or not', async () => {
  const world = await guarded({ A: 4, B: 40 })
  assert.equal((await take(world, 'A', 1)).length, 1)
  const twice = [expunge('A0'), expunge('A1'), expunge('A1'), expunge('nowhere')]
  assert.deepEqual(await world.ask(twice, ['A1']), ['A1'])
})

for (const [what, other, operations, goes] of [
  ['in another mailbox it stands too', 'B', [], 4],
  ['it stands in Trash too', 'T', [], 4],
  ['it is moved to another mailbox', undefined, 'B', 4],
  ['it is moved to Trash', undefined, 'T', 4],
  ['it is moved to a mailbox that is not there', undefined, 'nowhere', 0],
  ['it is nowhere else', undefined, undefined, 0],
] as const)
  test(`all of a mailbox may go when ${what}`, async () => {
    const world = await guarded({ A: 4, B: 40, 'T \\Trash': 0 })
    const all = names('A', 4)
    if (other) for (const name of all) await world.add(`${name} again`, other, { content: name })
    const entries = all.flatMap((name) =>
      typeof operations === 'string'
        ? [copy(`${name} moved`, name, operations), expunge(name, `${name} moved`)]
        : [expunge(name)],
    )
    const gone = await world.watch(entries, async (guard, change) => {
      const taken: string[] = []
      for (const name of all) {
        // The journal is applied in order, so the copy exists by then.
        if (operations === 'B' || operations === 'T')
          await addMessage(change, {
            guid: id(`${name} moved`),
            mailbox: id(operations),
            content: id(name),
            flags: [],
            internalDateMs: 0,
          })
        if (await guard?.mayGo((await getMessage(change.tx, id(name)))!)) taken.push(name)
      }
      return taken
    })
    assert.equal(gone.length, goes)
    const trashed = other === 'T' || operations === 'T'
    // What is moved to Trash counts then, over all mailboxes.
    assert.deepEqual(await world.counted(), {
      of: 44,
      gone: trashed ? 4 : 0,
      from: { A: '0/4', B: '0/40' },
    })
    assert.equal(await tables.trashedBy.count(world.opened.replica.db, [by]), trashed ? 4 : 0)
  })

for (const [mailbox, guard, allow, goes] of [
  ['A', {}, [], false],
  ['A', {}, ['A'], true],
  ['A', {}, ['B'], false],
  ['A', { onlyOperatorAllows: true }, ['A'], false],
  ['A', { onlyOperatorAllows: false }, ['A'], true],
  ['A', { share: 1 }, [], true],
  ['T \\Trash', {}, [], true],
  ['T \\Junk', {}, [], true],
  ['Trash', {}, [], false],
  ['Drafts', {}, [], false],
] as const)
  test(`all of ${mailbox} may go or not, allowed ${JSON.stringify(allow)} with ${JSON.stringify(guard)}`, async () => {
    const world = await guarded({ [mailbox]: 4, B: 40 })
    const all = names(mailbox.split(' ')[0] ?? '', 4)
    const gone = await world.ask(
      all.map((name) => expunge(name)),
      all,
      { guard: { share: 0.5, least: 2, ...guard }, allow },
    )
    assert.equal(gone.length, goes ? 4 : 0)
    assert.equal((await world.counted()).gone, 0)
  })

test('what came within the week to the mail store goes freely, unless it was there before or a device made it', async () => {
  for (const [more, goes] of [
    [{}, 4],
    [{ device: 'other' }, 0],
    [{ content: 'B0' }, 4],
  ] as const) {
    const world = await guarded({ A: 0, B: 40, C: 4 })
    for (const name of names('A', 4)) await world.add(name, 'A', more)
    assert.equal((await take(world, 'A', 4)).length, goes, JSON.stringify(more))
    assert.equal((await world.counted()).gone, 0)
  }
  // It was kept from the device before: the same again is no news.
  const world = await guarded({ A: 0, B: 40 })
  for (const name of names('A', 4)) await world.add(name, 'A')
  await world.opened.change(async ({ tx }) => {
    for (const name of names('A', 4)) tables.keptFrom.put(tx, by, id('A'), id(name), true)
  })
  assert.equal((await take(world, 'A', 4)).length, 0)
})

test('a draft that was written since goes freely, one that stood there does not', async () => {
  const world = await guarded({ Drafts: 4, B: 40 })
  for (const name of names('Drafts', 4, 4)) await world.add(name, 'Drafts', { device: 'device' })
  assert.equal((await take(world, 'Drafts', 4, 4)).length, 4)
  assert.equal((await take(world, 'Drafts', 4)).length, 0)
})

test('what the device has moved to something like Trash goes from there when that is emptied', async () => {
  const world = await guarded({ Trash: 4, B: 40 })
  await world.opened.change(async ({ tx }) => {
    for (const name of names('Trash', 3)) tables.trashedBy.put(tx, by, id(name), true)
  })
  assert.equal((await take(world, 'Trash', 3)).length, 3)
  assert.equal((await world.counted()).gone, 0)
  assert.equal((await take(world, 'Trash', 1, 3)).length, 1)
  assert.equal((await world.counted()).gone, 1)
})

test('a week later the counts begin again; a clock that is set back begins the week again with the same', async () => {
  const world = await guarded({ A: 4, B: 40 })
  await take(world, 'A', 2)
  const sinceMs = async () => (await tables.deletions.get(world.opened.replica.db, by))?.sinceMs
  world.opened.nowMs += weekMs - 1
  assert.equal((await take(world, 'A', 1, 2)).length, 0)
  assert.equal(await sinceMs(), 1000)
  world.opened.nowMs = 500
  assert.equal((await take(world, 'A', 1, 2)).length, 0)
  assert.equal(await sinceMs(), 500)
  assert.equal((await world.counted()).gone, 2)
  await world.opened.change(async ({ tx }) =>
    tables.deletionsIn.put(tx, 'another pairing', id('A'), { of: 9, gone: 1 }),
  )
  world.opened.nowMs = 500 + weekMs
  assert.equal((await take(world, 'A', 1, 2)).length, 1)
  assert.deepEqual(await world.counted(), { of: 42, gone: 1, from: { A: '1/2', B: '0/40' } })
  assert.equal(await tables.deletionsIn.has(world.opened.replica.db, 'another pairing', id('A')), true)
})

test('when a week begins only what lies in Trash yet is remembered as thrown away', async () => {
  const world = await guarded({ Trash: 2, B: 3 })
  await world.opened.change(async (change) => {
    const { tx } = change
    for (const name of ['Trash0', 'Trash1', 'B0', 'nowhere']) tables.trashedBy.put(tx, by, id(name), true)
    tables.trashedBy.put(tx, 'another', id('B0'), true)
    await expungeMessage(change, (await getMessage(tx, id('Trash1')))!, { base: [] })
  })
  // One of two stands elsewhere, the other where it was thrown.
  await world.add('B9', 'B', { content: 'Trash0' })
  world.opened.nowMs += weekMs
  await world.ask([drop('nowhere')], [])
  const kept: string[] = []
  for await (const { key } of tables.trashedBy.list(world.opened.replica.db)) kept.push(`${key[0]} ${key[1]}`)
  assert.deepEqual(kept.sort(), [`another ${id('B0')}`, `${by} ${id('Trash0')}`])
})

test('a journal that takes nothing is not watched, nor any where the guard is off', async () => {
  const world = await guarded({ A: 4 })
  const isWatched = (operations: Parameters<Guarded['watch']>[0], share = 0.5) =>
    world.watch(operations, async (guard) => guard !== undefined, { guard: { share, least: 2 } })
  assert.equal(await isWatched([copy('a', 'A0', 'A')]), false)
  assert.equal(await isWatched([]), false)
  assert.equal(await isWatched([copy('a', 'A0', 'A'), expunge('A0')]), true)
  assert.equal(await isWatched([drop('A')]), true)
  assert.equal(await isWatched([drop('A')], 1), false)
})

test('the journal goes on in another transaction with what was counted meanwhile', async () => {
  const world = await guarded({ A: 4, B: 40 })
  const { change } = world.opened
  const guard = await world.watch([drop('nowhere')], async (one) => one)
  // The device asks twice at once.
  await change(async ({ tx }) => {
    tables.deletions.put(tx, by, { ...(await tables.deletions.get(tx, by))!, gone: 21 })
  })
  const may = await change(async (one) => {
    await guard?.goOn(one)
    return [await guard?.mayGo(await world.of('A0')), await guard?.mayGo(await world.of('A1'))]
  })
  assert.deepEqual(may, [true, false])
  assert.equal((await world.counted()).gone, 22)
})
