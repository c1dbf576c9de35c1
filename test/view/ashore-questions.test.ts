import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QuestionRow } from '../../src/reader/matters.js'
import { olderQuestion, questionIn } from '../../src/reader/ui/model/ashore-questions.js'
import { readQuestion } from '../../src/sync/search/read-question.js'

const asked = (words: string, total: number, ...days: string[]): QuestionRow => ({
  words,
  state: 'answered',
  total,
  totalBytes: 0,
  isPartial: false,
  hits: days.map((day) => ({
    from: '',
    subject: '',
    mailbox: 'INBOX',
    arrivedMs: Date.parse(day),
    sizeBytes: 0,
    is: 'ashore',
  })),
})

test('a mailbox is asked for by its name, whatever stands in it', () => {
  assert.equal(questionIn(['Archive', 'Boat 1']), 'in:"Archive/Boat 1"')
  assert.deepEqual(readQuestion(questionIn(['Archive', 'Boat 1']) ?? '').mailboxes, ['Archive/Boat 1'])
  assert.equal(questionIn(['a"b']), undefined)
})

test('what is older than the hits of a question is asked for from their last day on, page by page', () => {
  const older = olderQuestion(asked('in:"Archive"', 120, '2026-03-05T10:00Z', '2026-03-02T23:59Z'))
  assert.equal(older, 'in:"Archive" before:2026-03-03')
  assert.equal(readQuestion(older ?? '').beforeMs, Date.parse('2026-03-03'))
  assert.equal(
    olderQuestion(asked(`wind ${older}`, 119, '2026-03-02T23:00Z', '2026-02-28T00:00Z')),
    'wind in:"Archive" before:2026-03-01',
  )
  // All of one day, so that it would never get further.
  assert.equal(olderQuestion(asked('x', 9, '2026-03-02T01:00Z', '2026-03-02T02:00Z')), 'x before:2026-03-02')
})

test('where all was told, or nothing, nothing older is asked for', () => {
  assert.equal(olderQuestion(asked('x', 1, '2026-03-02')), undefined)
  assert.equal(olderQuestion(asked('x', 9)), undefined)
})
