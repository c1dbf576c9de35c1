import assert from 'node:assert/strict'
import { test } from 'node:test'
import { doneWords } from '../../../src/cli/sync-run/run-words.js'
import { waitingWords } from '../../../src/told/waiting-parts.js'

const nothing = { parts: 0, bytes: 0 }

test('what comes by itself is told apart from what waits until somebody fetches it', () => {
  assert.deepEqual(waitingWords({ coming: nothing, deferred: nothing }), [])
  assert.deepEqual(
    waitingWords({ coming: { parts: 633, bytes: 700_000 }, deferred: { parts: 1, bytes: 90_000 } }),
    ['633 parts (700 kB) come with the next sync.', '1 part (90 kB) waits for packetboat fetch.'],
  )
})

test('a run that brought nothing but texts says so', () => {
  const counts = { listed: 0, changed: 0, structured: 0, uploaded: 0, matched: 0, texts: 12, contents: 0 }
  const cost = { up: 500, down: 15_000, seconds: 0.5, attempts: 1, done: 0 }
  const words = doneWords({ ...counts, ...cost } as Parameters<typeof doneWords>[0], {
    coming: { parts: 3, bytes: 1000 },
    deferred: nothing,
  })
  assert.match(words, /^12 texts\. 15 kB down.* 3 parts \(1\.0 kB\) come with the next sync\.$/)
})
