import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as soon } from 'node:timers/promises'
import { createTurns } from '../../../src/cli/serving/turns.js'

/** Turns whose patience ends when the test says so, and what has begun and ended. */
function makeTurns(most: number) {
  const impatient: (() => void)[] = []
  const turns = createTurns(
    most,
    (over) =>
      new Promise((done) => {
        impatient.push(done)
        over.addEventListener('abort', () => done())
      }),
  )
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const begin = (name: string): Promise<void> =>
    turns(async () => {
      begun.push(name)
      await new Promise<void>((end) => ends.set(name, end))
      if (name === 'broken') throw new Error('broken')
    })
  return {
    begin,
    begun,
    end: (name: string) => ends.get(name)?.(),
    loseItsPatience: (n: number) => impatient[n]?.(),
  }
}

test('so many at a time, in their order, and an error gives its turn back too', async () => {
  const { begin, begun, end } = makeTurns(2)
  const all = ['broken', 'b', 'c', 'd'].map(begin)
  const broken = assert.rejects(all[0] ?? Promise.resolve(), /broken/)
  await soon()
  assert.deepEqual(begun, ['broken', 'b'])
  end('broken')
  await broken
  await soon()
  assert.deepEqual(begun, ['broken', 'b', 'c'])
  for (const name of ['b', 'c', 'd']) {
    end(name)
    await soon()
  }
  await Promise.all(all.slice(1))
  assert.equal(begun.length, 4)
})

test('what takes too long keeps on, and holds up nobody', async () => {
  const { begin, begun, end, loseItsPatience } = makeTurns(1)
  const endless = begin('endless')
  const others = ['b', 'c'].map(begin)
  await soon()
  assert.deepEqual(begun, ['endless'])
  loseItsPatience(0)
  await soon()
  assert.deepEqual(begun, ['endless', 'b'])
  end('endless')
  await endless
  await soon()
  // It has given its turn back once already.
  assert.deepEqual(begun, ['endless', 'b'])
  end('b')
  await soon()
  end('c')
  await Promise.all(others)
  assert.deepEqual(begun, ['endless', 'b', 'c'])
})
