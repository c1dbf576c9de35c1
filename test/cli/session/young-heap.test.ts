import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { getHeapSpaceStatistics } from 'node:v8'
import { keepHeapSmall } from '../../../src/cli/session/v8-flags.js'

const youngHeapBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0

/**
 * Uses so many MB, a part of them for a while, as messages that come and go. Gives the most bytes
 * that the young heap had: V8 makes it smaller in between, whenever it finds it too large.
 */
async function use(megabytes: number): Promise<number> {
  let used: object[] = []
  let most = 0
  for (let done = 0; done < megabytes; done++) {
    if (done % 8 === 0) used = []
    for (let i = 0; i < 1000; i++) used.push({ bytes: new Array(120).fill(i) })
    await wait(0)
    most = Math.max(most, youngHeapBytes())
  }
  return most
}

/** Where a step is as large as all the room that it may have, it gets none. */
const steps = Number.parseInt(process.versions.node, 10) < 26

test('what is new has little room at first, and in a run that does much some more, once', async () => {
  keepHeapSmall()
  const first = await use(20)
  const later = await use(600)
  assert.ok(first <= 4 * 1024 * 1024, `${first} bytes`)
  assert.ok(
    (steps ? later > first : later === first) && later <= 16 * 1024 * 1024,
    `${later} bytes, ${first} before`,
  )
  const atTheEnd = await use(300)
  assert.ok(atTheEnd <= later, `${atTheEnd} bytes, ${later} before`)
})
