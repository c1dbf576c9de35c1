import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextTryMs } from '../../../src/sync/submission/next-try.js'

const minuteMs = 60_000

test('tries follow one another quickly at first, then every hour, until it is too late', () => {
  const giveUpAfterMs = 5 * 24 * 60 * minuteMs
  const waits = [1, 2, 3, 4, 5, 6, 7, 100].map((tries) => nextTryMs(tries, 0, giveUpAfterMs))
  assert.deepEqual(
    waits.map((wait) => (wait ?? 0) / minuteMs),
    [1, 2, 5, 10, 30, 60, 60, 60],
  )
  assert.equal(nextTryMs(0, 0, giveUpAfterMs), minuteMs)
  assert.equal(nextTryMs(100, giveUpAfterMs - 1, giveUpAfterMs), 60 * minuteMs)
  assert.equal(nextTryMs(100, giveUpAfterMs, giveUpAfterMs), undefined)
  assert.equal(nextTryMs(1, 0, 0), undefined)
  // A clock that was set back makes no try come sooner.
  assert.equal(nextTryMs(1, -1000, giveUpAfterMs), minuteMs)
})

test('a clock that is suddenly days ahead gives nothing up before a day of tries', () => {
  const giveUpAfterMs = 5 * 24 * 60 * minuteMs
  let spanMs = 0
  let tries = 1
  for (let wait = nextTryMs(tries, giveUpAfterMs, giveUpAfterMs); wait !== undefined; tries++) {
    spanMs += wait
    wait = nextTryMs(tries + 1, giveUpAfterMs + spanMs, giveUpAfterMs)
  }
  assert.ok(spanMs >= 24 * 60 * minuteMs && spanMs < 26 * 60 * minuteMs, `${spanMs / minuteMs} min`)
  // Who wants less gets less.
  assert.equal(nextTryMs(4, 365 * giveUpAfterMs, 8 * minuteMs), undefined)
  assert.equal(nextTryMs(3, 365 * giveUpAfterMs, 8 * minuteMs), 5 * minuteMs)
})
