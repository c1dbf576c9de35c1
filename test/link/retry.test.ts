import assert from 'node:assert/strict'
import test from 'node:test'
import { hasCode, PacketboatError } from '../../src/errors/packetboat-error.js'
import { type RetryOptions, withRetries } from '../../src/link/line/retry.js'

const lost = () => new PacketboatError('LINK_FAILED', 'The line was lost.', 'Wait.')

/** A clock that only moves by pauses. */
function fakeTime(
  options: Partial<RetryOptions> = {},
): RetryOptions & { pauses: number[]; pass(ms: number): void } {
  let now = 0
  const pauses: number[] = []
  return {
    pauses,
    pass: (ms) => {
      now += ms
    },
    now: () => now,
    sleep: async (ms) => {
      pauses.push(ms)
      now += ms
    },
    random: () => 0,
    giveUpAfterMs: 10_000,
    firstPauseMs: 1000,
    maxPauseMs: 4000,
    ...options,
  }
}

test('pauses double up to the longest, and the last attempt is made when the time is up', async () => {
  const time = fakeTime()
  let runs = 0
  await assert.rejects(
    withRetries(async () => {
      runs++
      throw lost()
    }, time),
    (error) => {
      assert.ok(hasCode(error, 'LINK_FAILED'))
      assert.match(error.message, /The line was lost\. Gave up after 8 attempts in 10 s/)
      assert.equal(error.next.match(/kept/g)?.length, 1)
      assert.ok(hasCode(error.cause, 'LINK_FAILED'))
      return true
    },
  )
  assert.deepEqual(time.pauses, [500, 1000, 2000, 2000, 2000, 2000, 500])
  assert.equal(runs, 8)
})

test('jitter stretches a pause up to its whole length', async () => {
  const time = fakeTime({ random: () => 0.999 })
  await assert.rejects(
    withRetries(async () => {
      throw lost()
    }, time),
  )
  assert.deepEqual(time.pauses.slice(0, 3).map(Math.round), [1000, 1999, 3998])
})

test('progress makes pauses small again and the patience whole', async () => {
  const time = fakeTime()
  let runs = 0
  const result = await withRetries(async (progressed, attempt) => {
    assert.equal(attempt, ++runs)
    time.pass(6000)
    if (runs === 9) return 'done'
    if (runs % 2 === 0) progressed()
    throw lost()
  }, time)
  assert.equal(result, 'done')
  assert.deepEqual(new Set(time.pauses), new Set([500, 1000]))
})

test('any other error ends it at once, as it is', async () => {
  const refused = new PacketboatError('AUTH', 'Not known.', 'Pair again.')
  const time = fakeTime()
  await assert.rejects(
    withRetries(async () => {
      throw refused
    }, time),
    (error) => error === refused,
  )
  assert.deepEqual(time.pauses, [])
})

test('an abort during a pause ends it', async () => {
  const stop = new AbortController()
  const time = fakeTime({
    signal: stop.signal,
    sleep: async (_ms, signal) => {
      stop.abort(new Error('stopped'))
      signal?.throwIfAborted()
    },
  })
  await assert.rejects(
    withRetries(async () => {
      throw lost()
    }, time),
    /stopped/,
  )
})

test('each pause is told before it begins', async () => {
  const told: unknown[] = []
  const time = fakeTime({
    giveUpAfterMs: 600,
    onRetry: ({ attempt, pauseMs }) => told.push([attempt, pauseMs]),
  })
  await assert.rejects(
    withRetries(async () => {
      throw lost()
    }, time),
  )
  assert.deepEqual(told, [
    [1, 500],
    [2, 100],
  ])
})
