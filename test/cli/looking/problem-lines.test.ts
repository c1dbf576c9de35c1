import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemLines, type ShownProblem } from '../../../src/cli/looking/problem-lines.js'

const minuteMs = 60_000
const torn = (item: string | undefined, more: Partial<ShownProblem> = {}): ShownProblem => ({
  where: "can't be read",
  mailbox: 'INBOX',
  ...(item !== undefined && { item }),
  code: 'MESSAGE_UNREADABLE',
  reason: 'It is torn.',
  next: 'Mend it.',
  harmless: false,
  sinceMs: 0,
  ...more,
})
const many = (count: number, make: (n: number) => ShownProblem): ShownProblem[] =>
  Array.from({ length: count }, (_, n) => make(n))

test('each problem has two lines: what and since when, and why with what to do', () => {
  assert.deepEqual(problemLines([torn('1.a'), torn('2.pipe', { harmless: true })], 2 * minuteMs), [
    "INBOX: 1.a (can't be read; first met 2 minutes ago)",
    '     It is torn. Mend it.',
    "INBOX: 2.pipe (can't be read; first met 2 minutes ago)",
    '     It is torn. It holds no mail and is left alone.',
  ])
})

test('of ten thousand of a kind the first ten are told, and how many there are; all others stand as they do alone', () => {
  const full = torn('3.c', { where: "can't be written", code: 'MAILSTORE_REFUSED' })
  const lines = problemLines([...many(10_000, (n) => torn(`${n}.a`)), full], 0)
  assert.equal(lines.length, 2 * 10 + 1 + 2)
  assert.equal(
    lines[20],
    "And 9990 more messages in INBOX (can't be read). packetboat problems --json lists all.",
  )
  assert.match(lines[21] ?? '', /^INBOX: 3\.c \(can't be written/)
})

test('mailboxes are one kind whatever they are called, messages one in each mailbox, and eleven are told one by one', () => {
  const boxes = problemLines(
    many(12, (n) => torn(undefined, { mailbox: `B${n}`, code: 'MAILBOX_UNREADABLE' })),
    0,
  )
  assert.equal(boxes.at(-1), "And 2 more mailboxes (can't be read). packetboat problems --json lists all.")
  const eleven = (mailbox: string): ShownProblem[] => many(11, (n) => torn(`${n}`, { mailbox }))
  assert.equal(problemLines([...eleven('A'), ...eleven('B')], 0).length, 44)
})
