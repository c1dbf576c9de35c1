import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAgo } from '../../src/told/sizes.js'

test('how long ago something was, in the words of a person', () => {
  const cases: [ms: number, words: string][] = [
    [-5_000, 'just now'],
    [0, 'just now'],
    [1_000, '1 second ago'],
    [59_999, '59 seconds ago'],
    [60_000, '1 minute ago'],
    [2 * 3_600_000, '2 hours ago'],
    [86_400_000, 'yesterday'],
    [15 * 86_400_000, '15 days ago'],
  ]
  for (const [ms, words] of cases) assert.equal(formatAgo(ms), words)
})
