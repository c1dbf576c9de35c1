import assert from 'node:assert/strict'
import { test } from 'node:test'
import { paceWrites } from '../../../src/sync/initiator/write-pace.js'

/** A clock that is set by hand. */
function clock(): { now: () => number; ms: number } {
  const time = { ms: 1_000_000, now: () => time.ms }
  return time
}

const nothing = { listed: 0, texts: 0, contentBytes: 0 }

test('the first list and the first text are shown as soon as they are there, though more is coming for long', async () => {
  const time = clock()
  const pace = paceWrites(time.now)
  time.ms += 3000
  assert.equal(pace.isDue(nothing), false)
  time.ms += 100
  assert.equal(pace.isDue({ ...nothing, listed: 9, texts: 0 }), true)
  await pace.during(Promise.resolve())
  time.ms += 3000
  assert.equal(pace.isDue({ ...nothing, listed: 18, texts: 0 }), false)
  time.ms += 100
  assert.equal(pace.isDue({ ...nothing, listed: 18, texts: 1 }), true)
  await pace.during(Promise.resolve())
  time.ms += 2000
  assert.equal(pace.isDue({ ...nothing, listed: 18, texts: 2 }), false)
  time.ms += 3000
  assert.equal(pace.isDue({ ...nothing, listed: 18, texts: 2 }), true)
})

test('on a quick line nothing is written in part: all is there first', () => {
  const time = clock()
  const pace = paceWrites(time.now)
  time.ms += 900
  assert.equal(pace.isDue({ ...nothing, listed: 9, texts: 50 }), false)
})

test('where writing takes long it is done more rarely, and each time without a pause when that was asked for', async () => {
  for (const [everyMs, due] of [
    [5000, false],
    [0, true],
  ] as const) {
    const time = clock()
    const pace = paceWrites(time.now, everyMs)
    time.ms += 6000
    assert.equal(pace.isDue({ ...nothing, listed: 9, texts: 1 }), true)
    const writing = Promise.resolve().then(() => (time.ms += 2000))
    await pace.during(writing)
    time.ms += 19_000
    assert.equal(pace.isDue({ ...nothing, listed: 9, texts: 100 }), due)
    time.ms += 1000
    assert.equal(pace.isDue({ ...nothing, listed: 9, texts: 100 }), true)
  }
})

test('a clock that is set back shows too early rather than never', () => {
  const time = clock()
  const pace = paceWrites(time.now)
  time.ms = 0
  assert.equal(pace.isDue({ ...nothing, listed: 9, texts: 0 }), true)
})

test('many complete messages are written without a pause: until then they take room in the database', async () => {
  const time = clock()
  const pace = paceWrites(time.now)
  const come = { listed: 1000, texts: 1000, contentBytes: 140_000_000 }
  assert.equal(pace.isDue(come), true)
  await pace.during(Promise.resolve().then(() => (time.ms += 20_000)))
  assert.equal(pace.isDue({ ...come, contentBytes: 270_000_000 }), false)
  assert.equal(pace.isDue({ ...come, contentBytes: 280_000_000 }), true)
})
