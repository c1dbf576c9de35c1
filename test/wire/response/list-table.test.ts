import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteWriter } from '../../../src/bytes/varint.js'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { writeEnvelopeLines } from '../../../src/mime/headers/listed-envelope.js'
import { type Outline, writeOutline } from '../../../src/mime/outline.js'
import { writeDescending } from '../../../src/wire/descending.js'
import { Distance } from '../../../src/wire/distance.js'
import { decodeChanges, encodeChanges } from '../../../src/wire/response/changes-frame.js'
import { decodeList, encodeList } from '../../../src/wire/response/list-frame.js'
import { writeFlags, writeGuids, writeRanges, zigzag } from '../../../src/wire/values.js'

const guid = '0123456789abcdef0123456789abcdef'
const envelope = { from: [{ address: 'a@b' }], to: [], cc: [], subject: 'Tide' }
const outline: Outline = { tree: { kind: 'part', part: 0 }, parts: [{ type: 'text/plain', size: 300 }] }
const minuteMs = 60_000
const calendarMs = 8.64e15

/** A list of one message, its columns by their bytes. */
function list({
  number = 9,
  unit = 1000,
  time = 10,
  answers = 0,
  date = 0,
  text = writeEnvelopeLines(envelope),
}): Uint8Array {
  const writer = new ByteWriter()
  writer.varint(4)
  writeDescending(writer, [number])
  new Distance().write(writer, number, 0)
  writeGuids(writer, [guid])
  writeFlags(writer, ['\\Seen'])
  for (const number of [unit, time, answers, date]) writer.varint(number)
  writeRanges(writer, [])
  writeOutline(writer, outline, 'apart')
  writer.varint(300)
  writer.text(text)
  return writer.finish()
}

const entry = {
  number: 9,
  uid: 0,
  guid,
  flags: ['\\Seen'],
  internalDateMs: 5000,
  envelope,
  outline,
}

test('a list stands in columns: numbers, UIDs, GUIDs, flags, times, answers, dates, shapes, sizes, text', () => {
  const whole = { mailbox: 4, entries: [entry], missing: [] }
  assert.deepEqual(encodeList(whole), list({}))
  assert.deepEqual(decodeList(list({})), whole)
  const [read] = decodeList(list({ answers: zigzag(9 - 1), unit: 1, time: 6 })).entries
  assert.deepEqual(read, { ...entry, answers: 1, internalDateMs: 3 })
})

test('a date goes to the end of the calendar', () => {
  const [last] = decodeList(list({ date: 1 + zigzag(-calendarMs / minuteMs) })).entries
  assert.equal(last?.envelope.dateMs, calendarMs)
})

const lines = writeEnvelopeLines(envelope)
const most = Number.MAX_SAFE_INTEGER
for (const [bytes, says] of [
  [list({ unit: 2 }), 'times of an unknown unit'],
  [list({ unit: 0 }), 'times of an unknown unit'],
  [list({ time: zigzag(-1) }), 'an invalid time'],
  [list({ time: most }), 'an invalid time'],
  [list({ time: most - 1 }), 'an invalid time'],
  [list({ answers: zigzag(9) }), 'an answer to an invalid message number'],
  [list({ number: 2 ** 52, answers: most }), 'an answer to an invalid message number'],
  [list({ date: 1 + zigzag(-calendarMs / minuteMs - 1) }), 'a date beyond all calendars'],
  [list({ date: 1 + zigzag(calendarMs / minuteMs + 1) }), 'a date beyond all calendars'],
  [list({ text: `${lines}\n` }), 'a list with too much or too little text'],
  [list({ text: lines.slice(0, -1) }), 'a list with too much or too little text'],
  [list({ text: `${lines}x` }), 'a list with too much or too little text'],
] as const)
  test(`a refusal of a list says that it is ${says}`, () =>
    assert.throws(
      () => decodeList(bytes),
      (error) => hasCode(error, 'PROTOCOL') && (error as Error).message === `The other side sent ${says}.`,
    ))

test('flags that have changed go by steps from number to number, and the rest by itself', () => {
  const changes = {
    mailbox: 3,
    flags: [
      { number: 5, flags: ['\\Seen'] },
      { number: 6, flags: [] },
      { number: 300, flags: ['\\Flagged'] },
    ],
    numbered: [{ guid, number: 301, uid: 0, flags: ['\\Draft'] }],
    uids: [{ number: 5, uid: 77 }],
    expunged: [{ from: 8, to: 9 }],
  }
  for (const whole of [changes, { ...changes, done: { log: 12, missing: [{ from: 1, to: 3 }] } }])
    assert.deepEqual(decodeChanges(encodeChanges(whole)), whole)
  assert.deepEqual([...encodeChanges(changes).subarray(0, 8)], [3, 3, 5, 1, 1, 0, 0xa6, 2])
})
