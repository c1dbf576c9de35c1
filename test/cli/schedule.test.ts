import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepSchedule } from '../../src/cli/schedule/keep-schedule.js'
import { nextRun, nextRuns } from '../../src/cli/schedule/next-runs.js'

const at = (text: string): number => new Date(text).getTime()
const hourly = { name: 'hourly', at: '0 * * * *' }
const morning = { name: 'morning', at: '30 6 * * 1-5' }
const never = { name: 'never', at: '0 0 31 2 *' }

test('the next runs of several rules come in the order of time', () => {
  const runs = nextRuns([hourly, morning, never], at('2026-11-27T05:10'), 4)
  assert.deepEqual(
    runs.map(({ rule, ms }) => [rule.name, ms]),
    [
      ['hourly', at('2026-11-27T06:00')],
      ['morning', at('2026-11-27T06:30')],
      ['hourly', at('2026-11-27T07:00')],
      ['hourly', at('2026-11-27T08:00')],
    ],
  )
  // A Friday.
  assert.equal(nextRun(morning, at('2026-11-27T06:30')), at('2026-11-30T06:30'))
  assert.equal(nextRun(never, at('2026-11-27T06:30')), undefined)
})

for (const wrong of ['', 'soon', '* * * *', '0 0 * * * *', '61 * * * *', '0 25 * * *', '* * * * * * *'])
  test(`"${wrong}" is no time`, () => assert.throws(() => nextRun({ at: wrong }, 0)))

/** A machine whose clock moves when somebody sleeps or works, and may jump meanwhile. */
function machine(options: {
  readonly from: string
  readonly until: string
  /** How long each run takes, ms. */
  readonly takesMs?: number
  /** At the first sleep that ends behind the first time, the clock is set to the second. */
  readonly jump?: readonly [string, string]
}) {
  let nowMs = at(options.from)
  let jump = options.jump
  const stop = new AbortController()
  const ran: string[] = []
  let longestMs = 0
  const check = (): void => {
    if (jump && nowMs >= at(jump[0])) {
      nowMs = at(jump[1])
      jump = undefined
    }
    if (nowMs >= at(options.until) && !jump) stop.abort(new Error('until here'))
  }
  const clock = {
    now: () => nowMs,
    sleep: async (ms: number, signal: AbortSignal) => {
      longestMs = Math.max(longestMs, ms)
      nowMs += ms
      check()
      signal.throwIfAborted()
    },
    signal: stop.signal,
    run: async ({ name }: { readonly name: string }, missed: boolean) => {
      ran.push(`${new Date(nowMs).toTimeString().slice(0, 5)} ${name}${missed ? ' late' : ''}`)
      nowMs += options.takesMs ?? 1000
      check()
    },
  }
  return {
    keep: async (rules: Parameters<typeof keepSchedule<typeof hourly>>[0]): Promise<string[]> => {
      await assert.rejects(keepSchedule(rules, clock), /until here/)
      return ran
    },
    longest: () => longestMs,
  }
}

test('each rule runs when its time has come', async () => {
  const { keep, longest } = machine({ from: '2026-11-27T05:10', until: '2026-11-27T08:30' })
  assert.deepEqual(await keep([hourly, morning, never]), [
    '06:00 hourly',
    '06:30 morning',
    '07:00 hourly',
    '08:00 hourly',
  ])
  assert.ok(longest() <= 60_000, 'a suspended machine is noticed soon after it wakes')
})

test('what was missed while the machine slept is run once', async () => {
  const { keep } = machine({
    from: '2026-11-27T05:10',
    until: '2026-11-27T12:30',
    jump: ['2026-11-27T05:20', '2026-11-27T11:10'],
  })
  assert.deepEqual(await keep([hourly, morning]), ['11:10 hourly late', '11:10 morning late', '12:00 hourly'])
})

test('what came due while a long run was at work is run once after it', async () => {
  const { keep } = machine({ from: '2026-11-27T05:30', until: '2026-11-27T11:00', takesMs: 2.5 * 3_600_000 })
  assert.deepEqual(await keep([hourly]), ['06:00 hourly', '08:30 hourly late'])
})

test('a clock that is set back does not put the next run off', async () => {
  const { keep } = machine({
    from: '2026-11-27T05:30',
    until: '2026-11-25T10:30',
    jump: ['2026-11-27T06:10', '2026-11-25T09:10'],
  })
  assert.deepEqual(await keep([hourly]), ['06:00 hourly', '10:00 hourly'])
})

test('without any rule that will ever be due it ends', async () => {
  await keepSchedule([never], {
    now: () => 0,
    sleep: async () => assert.fail('nothing to wait for'),
    signal: new AbortController().signal,
    run: async () => assert.fail('nothing to do'),
  })
})
