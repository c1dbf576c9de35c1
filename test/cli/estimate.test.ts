import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Estimate, estimate, type LineFigures } from '../../src/cli/estimate.js'
import { formatAgo } from '../../src/cli/sizes.js'

test('time and price are told as far as the line is known', () => {
  const cases: [bytes: number, line: LineFigures, expected: Estimate][] = [
    [1e6, {}, {}],
    [1e6, { bytesPerSecond: 0 }, {}],
    [1e6, { bytesPerSecond: 250 }, { seconds: 4000 }],
    [500_000, { perMegabyte: 7 }, { price: 3.5 }],
    [1e6, { perMinute: 1.2 }, {}],
    // A line that bills both ways, and of which nobody knows how fast it is: half a price would be a wrong one.
    [1e6, { perMegabyte: 7, perMinute: 1.2 }, {}],
    [6000, { bytesPerSecond: 100, perMinute: 1.5 }, { seconds: 60, price: 1.5 }],
    [1.2e6, { bytesPerSecond: 20_000, perMegabyte: 5, perMinute: 2 }, { seconds: 60, price: 8 }],
    [0, { bytesPerSecond: 250, perMegabyte: 7 }, { seconds: 0, price: 0 }],
  ]
  for (const [bytes, line, expected] of cases)
    assert.deepEqual(estimate(bytes, line), expected, JSON.stringify(line))
})

test('how long ago something was, in the words of a person', () => {
  const cases: [ms: number, words: string][] = [
    [0, 'now'],
    [59_999, '59 seconds ago'],
    [60_000, '1 minute ago'],
    [2 * 3_600_000, '2 hours ago'],
    [86_400_000, 'yesterday'],
    [15 * 86_400_000, '15 days ago'],
  ]
  for (const [ms, words] of cases) assert.equal(formatAgo(ms), words)
})
