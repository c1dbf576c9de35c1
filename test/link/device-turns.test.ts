import assert from 'node:assert/strict'
import test from 'node:test'
import { DeviceTurns } from '../../src/link/server/device-turns.js'

const overtaken = new Error('overtaken')

test('of a device two exchanges run at once: a third one ends the oldest, and waits for it', async () => {
  const turns = new DeviceTurns()
  const [first, second, third] = [new AbortController(), new AbortController(), new AbortController()]
  const leave = await turns.enter('a', first, overtaken)
  await turns.enter('a', second, overtaken)
  assert.ok(await turns.enter('b', new AbortController(), overtaken), 'another device has its own')
  let entered = false
  const waits = turns.enter('a', third, overtaken).then((given) => {
    entered = true
    return given
  })
  await Promise.resolve()
  assert.equal(first.signal.reason, overtaken)
  assert.equal(second.signal.aborted, false)
  assert.equal(entered, false)
  leave?.()
  assert.ok(await waits)
})

test('of several that wait the last one is let in, and the others are sent away', async () => {
  const turns = new DeviceTurns()
  const leave = await turns.enter('a', new AbortController(), overtaken)
  await turns.enter('a', new AbortController(), overtaken)
  const waiting = [1, 2, 3].map(() => turns.enter('a', new AbortController(), overtaken))
  assert.equal(await waiting[0], undefined)
  assert.equal(await waiting[1], undefined)
  leave?.()
  assert.ok(await waiting[2])
})

test('one that goes away while it waits is let go', async () => {
  const turns = new DeviceTurns()
  await turns.enter('a', new AbortController(), overtaken)
  await turns.enter('a', new AbortController(), overtaken)
  const gone = new AbortController()
  const waits = turns.enter('a', gone, overtaken)
  gone.abort()
  assert.equal(await waits, undefined)
})
