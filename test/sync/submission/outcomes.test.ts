import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome, RecipientOutcome } from '../../../src/replica/submission/submission.js'
import {
  isAccepted,
  isDoubted,
  leftOf,
  statusOf,
  withOutcomes,
  withProof,
} from '../../../src/sync/submission/outcomes.js'

/** `accepted?`: an earlier try may have reached it. */
type Word = Outcome | `${Outcome}?`

const of = (recipient: string, word: Word): RecipientOutcome => {
  const outcome = word.replace('?', '') as Outcome
  return {
    recipient,
    outcome,
    reply: `${recipient} ${outcome}`,
    ...(word.endsWith('?') && { doubted: true }),
  }
}
/** The first is of `a`, the next of `b`, and so on. */
const all = (...words: readonly Word[]): RecipientOutcome[] =>
  words.map((word, i) => of('abcdef'.charAt(i), word))
const wordOf = ({ recipient, outcome, doubted }: RecipientOutcome): string =>
  `${recipient} ${outcome}${doubted ? '?' : ''}`
const tried = (before: readonly RecipientOutcome[], again = false) => ({
  envelope: { from: 'ann', recipients: ['a', 'b', 'c', 'd', 'e', 'f'] },
  recipients: before,
  ...(again && { again: true as const }),
})

for (const [before, handed, again, after] of [
  [
    [],
    ['accepted', 'later', 'refused', 'uncertain'],
    false,
    ['a accepted', 'b later', 'c refused', 'd uncertain'],
  ],
  [['later', 'later'], ['accepted', 'refused'], false, ['a accepted', 'b refused']],
  [['uncertain', 'uncertain'], ['accepted', 'later'], false, ['a repeated?', 'b later?']],
  [['later?', 'later?'], ['accepted', 'uncertain'], false, ['a repeated?', 'b uncertain?']],
  [[], ['accepted', 'later'], true, ['a repeated?', 'b later?']],
  [['refused', 'later', 'uncertain'], [], false, ['a refused', 'b later', 'c uncertain']],
] as const)
  test(`after ${before.join(', ') || 'nothing'} comes ${handed.join(', ') || 'nothing'}${again ? ', once more' : ''}`, () => {
    assert.deepEqual(withOutcomes(tried(all(...before), again), all(...handed)).map(wordOf), after)
  })

test('who may have a mail of which a copy was found has it', () => {
  const before = all('accepted', 'repeated', 'refused', 'uncertain', 'later?')
  const kept = ['a accepted', 'b repeated', 'c refused']
  assert.deepEqual(withProof(tried(before), 'filed').map(wordOf), [...kept, 'd accepted', 'e accepted'])
  assert.equal(withProof(tried(before), 'filed')[3]?.reply, 'filed')
  assert.deepEqual(withProof(tried(all('later')), 'filed').map(wordOf), ['a later'])
  assert.deepEqual(withProof(tried(before, true), 'filed').map(wordOf), [
    ...kept,
    ...['d accepted', 'e accepted', 'f accepted'],
  ])
})

test('it is known whether some may have a mail, and whether some have it', () => {
  for (const [words, doubted, accepted] of [
    [[], false, false],
    [['later', 'refused'], false, false],
    [['later', 'uncertain'], true, false],
    [['later?'], true, false],
    [['refused', 'accepted'], false, true],
    [['repeated'], false, true],
  ] as const) {
    assert.deepEqual([isDoubted(tried(all(...words))), isAccepted(all(...words))], [doubted, accepted])
    assert.equal(isDoubted(tried(all(...words), true)), true)
  }
})

test('it goes on by itself to those who have not got it, and who were in doubt once at the most', () => {
  const before = all('accepted', 'repeated', 'refused', 'later', 'uncertain', 'uncertain?')
  assert.deepEqual(leftOf(tried(before))?.recipients, ['d', 'e'])
  assert.deepEqual(leftOf(tried(before), 'ask')?.recipients, ['d'])
  assert.deepEqual(leftOf(tried([])), tried([]).envelope)
  assert.equal(
    leftOf(tried(all('accepted', 'refused', 'repeated', 'accepted', 'refused', 'uncertain?'))),
    undefined,
  )
})

for (const [words, again, last] of [
  [['accepted', 'later', 'uncertain', 'refused'], 'uncertain c', 'uncertain c'],
  [['accepted', 'refused', 'later'], 'waits c', 'sent a'],
  [['accepted', 'repeated'], 'sent b', 'sent b'],
  [['refused', 'accepted'], 'sent b', 'sent b'],
  [['refused', 'later'], 'waits b', 'failed b'],
  [['refused', 'refused'], 'refused a', 'refused a'],
  [[], 'failed', 'failed'],
] as const)
  test(`what ${words.join(', ') || 'no recipient'} comes to`, () => {
    const recipients = all(...words)
    const shown = (mayTryAgain: boolean): string => {
      const { state, reason, recipients: told } = statusOf(recipients, mayTryAgain)
      assert.equal(told, recipients)
      assert.equal(reason, recipients.find(({ reply }) => reply === reason)?.reply)
      return reason === undefined ? state : `${state} ${reason.charAt(0)}`
    }
    assert.deepEqual([shown(true), shown(false)], [again, last])
  })
