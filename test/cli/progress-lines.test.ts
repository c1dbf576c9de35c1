import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import stringWidth from 'string-width'
import { progressLines } from '../../src/cli/sync-run/progress-lines.js'
import { createTally } from '../../src/cli/sync-run/run-tally.js'
import { type ExchangeTally, nothingCounted } from '../../src/sync/initiator/exchange-tally.js'
import { createProgressMeter, type ProgressView } from '../../src/told/progress-view.js'
import { someLink } from './running/some-link.js'

const plain = { strong: (text: string) => text, faint: (text: string) => text }
const counts = { listed: 0, changed: 0, structured: 0, uploaded: 0, matched: 0, texts: 0, contents: 0 }
const nothing: ProgressView = { counts, up: 0, down: 0, rate: 0, deferred: { parts: 0, bytes: 0 } }
const middle: ProgressView = {
  counts: { ...counts, listed: 34, contents: 12 },
  up: 2100,
  down: 120_000,
  rate: 1100,
  share: 0.436,
  totalBytes: 280_000,
  secondsLeft: 150,
  item: { subject: 'Route and weather for the next days', sizeBytes: 48_000, heldBytes: 12_000 },
  deferred: { parts: 3, bytes: 1_200_000 },
}

const cases: readonly [what: string, view: ProgressView, columns: number, lines: readonly string[]][] = [
  ['before anything', nothing, 80, ['Connecting', '0 B down · 0 B up · 0 B/s']],
  [
    'while the endpoint is silent',
    { ...nothing, up: 500, working: 0 },
    80,
    ['Waiting for the endpoint', '0 B down · 500 B up · 0 B/s'],
  ],
  [
    'while the endpoint reads its mail',
    { ...nothing, up: 500, down: 300, working: 4000 },
    80,
    ['The endpoint is reading its mail: 4000 messages so far', '300 B down · 500 B up · 0 B/s'],
  ],
  [
    'in the middle',
    middle,
    80,
    [
      '█████████████░░░░░░░░░░░░░░░░░ 43 % of 280 kB · 3 min left · 1.1 kB/s',
      'Route and weather for the next days 12 kB of 48 kB',
      '34 new · 12 complete · 120 kB down · 2.1 kB up · 3 deferred (1.2 MB)',
    ],
  ],
  [
    'in the middle, on 40 columns',
    middle,
    40,
    [
      '43 % of 280 kB · 3 min left · 1.1 kB/s',
      'Route and weather for t… 12 kB of 48 kB',
      '34 new · 12 complete · 120 kB down',
    ],
  ],
  [
    'at the end',
    { ...middle, share: 1, secondsLeft: 0 },
    60,
    [
      '██████████████████████ 99 % of 280 kB · 0 s left · 1.1 kB/s',
      'Route and weather for the next days 12 kB of 48 kB',
      '34 new · 12 complete · 120 kB down · 2.1 kB up',
    ],
  ],
]
for (const [what, view, columns, lines] of cases)
  test(`the display ${what}`, () => assert.deepEqual(progressLines(view, columns, plain), lines))

test('no line is wider than the terminal, and nothing that others wrote steers it', () => {
  const amount = fc.oneof(fc.nat(), fc.double({ min: 0, noNaN: true }))
  const view = fc.record(
    {
      counts: fc.record({
        listed: fc.nat(),
        changed: fc.nat(),
        structured: fc.nat(),
        uploaded: fc.nat(),
        matched: fc.nat(),
        texts: fc.nat(),
        contents: fc.nat(),
      }),
      up: fc.nat(),
      down: fc.nat(),
      rate: amount,
      deferred: fc.record({ parts: fc.nat(), bytes: fc.nat() }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      totalBytes: fc.nat(),
      secondsLeft: amount,
      working: fc.nat(),
      item: fc.record({
        subject: fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.constantFrom('\u001b[2J\u009b31m\u202e日本語'.repeat(9), '\u{e0020}'),
        ),
        sizeBytes: fc.nat(),
        heldBytes: fc.nat(),
      }),
    },
    { requiredKeys: ['counts', 'up', 'down', 'rate', 'deferred'] },
  )
  fc.assert(
    fc.property(view, fc.integer({ min: 40, max: 200 }), (shown, columns) => {
      for (const line of progressLines(shown, columns, plain)) {
        assert.ok(stringWidth(line) < columns, `${stringWidth(line)} of ${columns}: ${line}`)
        // Joiners and tags of emoji are no such signs.
        assert.doesNotMatch(line, /[\p{Cc}\p{Bidi_C}\p{Cs}]/u)
      }
    }),
  )
})

const answer = (more: Partial<ExchangeTally>): ExchangeTally => ({
  ...nothingCounted(),
  working: undefined,
  ...more,
})

test('the total is what comes over the line, and comes closer to that the more has come, also where an answer is cut', () => {
  const tally = createTally(0, someLink)
  const look = createProgressMeter(tally)
  // Text that becomes a fifth of its size: 20 kB in all.
  const at = (payloadBytes: number) => ({
    payloadBytes,
    textWireBytes: payloadBytes / 5,
    answerBytes: payloadBytes / 5,
  })
  const announced = (bytes: number) => ({ totals: { messages: 9, bytes, storedBytes: 0 } })
  const first = answer({ ...announced(100_000), ...at(0) })
  tally.exchanges.add(first)
  assert.ok(Math.abs((look(0).totalBytes ?? 0) - 20_000) <= 15_000)
  Object.assign(first, at(40_000))
  assert.deepEqual([look(1).totalBytes, look(1).share], [20_000, 0.4])
  tally.exchanges.add(answer({ ...announced(60_000), ...at(30_000) }))
  assert.deepEqual([look(2).totalBytes, look(2).share], [20_000, 0.7])
  // What is stored as it is comes as it is.
  const stored = answer({
    totals: { messages: 0, bytes: 50_000, storedBytes: 50_000 },
    payloadBytes: 10_000,
    storedBytes: 10_000,
    answerBytes: 10_000,
  })
  tally.exchanges.clear()
  tally.exchanges.add(stored)
  assert.deepEqual([look(3).totalBytes, look(3).share], [50_000, 0.2])
})

test('the time left goes by what is still to come on the line, text as small as it was so far', () => {
  const tally = createTally(0, someLink)
  const look = createProgressMeter(tally)
  const received = answer({ totals: { messages: 9, bytes: 100_000, storedBytes: 50_000 } })
  tally.exchanges.add(received)
  assert.equal(look(0).secondsLeft, undefined)
  received.payloadBytes = 20_000
  received.textWireBytes = 5000
  tally.down = 5000
  // 30 kB of text at a quarter and 50 kB as they are, at 500 bytes a second.
  assert.equal(look(10_000).secondsLeft, 115)
})
