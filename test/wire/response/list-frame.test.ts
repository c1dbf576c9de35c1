import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { hasCode } from '../../../src/errors/packetboat-error.js'
import { cleanText } from '../../../src/mime/headers/clean-text.js'
import type { Mailbox } from '../../../src/mime/headers/envelope.js'
import { listedEnvelope } from '../../../src/mime/headers/listed-envelope.js'
import type { Outline } from '../../../src/mime/outline.js'
import { toFlags } from '../../../src/replica/flags.js'
import { decodeList, encodeList, type List, type ListEntry } from '../../../src/wire/response/list-frame.js'
import { survivesDamage } from '../../damage.js'
import { seed } from '../zstd-world.js'

const outline = (...sizes: number[]): Outline =>
  sizes.length === 1
    ? {
        tree: { kind: 'part', part: 0 },
        parts: [{ type: 'text/plain', charset: 'utf-8', size: sizes[0] ?? 0 }],
      }
    : {
        tree: {
          kind: 'multipart',
          type: 'multipart/mixed',
          children: sizes.map((_, part) => ({ kind: 'part', part })),
        },
        parts: sizes.map((size, i) => ({
          type: 'application/pdf',
          name: `${i}.pdf`,
          disposition: 'attachment',
          size,
        })),
      }

const entry = (number: number, more: Partial<ListEntry> = {}): ListEntry => ({
  number,
  uid: number,
  guid: '0123456789abcdef0123456789abcdef',
  flags: [],
  internalDateMs: 1_700_000_000_000,
  envelope: { from: [{ name: 'Ann', address: 'ann@example.org' }], to: [], cc: [], subject: 'Tide' },
  outline: outline(18),
  ...more,
})

const list = (...entries: ListEntry[]): List => ({ mailbox: 0, entries, missing: [{ from: 1, to: 3 }] })

/** What is left of a list when it has crossed the line. */
const listed = ({ entries, ...rest }: List): List => ({
  ...rest,
  entries: entries.map((each) => ({ ...each, envelope: listedEnvelope(each.envelope) })),
})

const isProtocol = (error: unknown): boolean => hasCode(error, 'PROTOCOL')

describe('a list', () => {
  const mailboxes: [string, Mailbox[]][] = [
    ['none', []],
    ['an address alone', [{ address: 'a@b' }]],
    [
      'a name and an address, and another',
      [
        { name: 'A B', address: 'a@b' },
        { name: 'C, D', address: 'c@d' },
      ],
    ],
    ['a name without an address', [{ name: 'undisclosed-recipients', address: '' }]],
    ['neither', [{ address: '' }]],
    ['an address that looks like a name and an address', [{ address: 'a <a@b>' }]],
    ['angle brackets in an address', [{ name: 'A', address: '<a@b>' }]],
    ['angle brackets in a name', [{ name: 'A <x> <a@b>', address: 'a@b' }]],
    ['a name of one angle bracket', [{ name: '<', address: 'a>b' }]],
  ]
  for (const [name, boxes] of mailboxes)
    it(`brings addresses as they are: ${name}`, () => {
      const whole = list(entry(9, { envelope: { from: boxes, to: boxes, cc: boxes } }))
      assert.deepEqual(decodeList(encodeList(whole)), whole)
    })

  it('leaves ids, zone and seconds of the date to the header', () => {
    const dateMs = Date.UTC(2026, 10, 2, 9, 0, 59)
    const ids = { messageId: 'a@b', inReplyTo: 'c@d', references: ['e@f'] }
    const whole = list(
      entry(9, { envelope: { from: [], to: [], cc: [], dateMs, dateZoneMinutes: 60, ...ids } }),
    )
    const [first] = decodeList(encodeList(whole)).entries
    assert.deepEqual(first?.envelope, { from: [], to: [], cc: [], dateMs: Date.UTC(2026, 10, 2, 9) })
  })

  it('keeps milliseconds where the mail store has them, and costs less where it has not', () => {
    const at = (offsetMs: number) =>
      list(
        ...[9, 8, 7].map((number) =>
          entry(number, { internalDateMs: 1_700_000_000_000 + number * offsetMs }),
        ),
      )
    assert.deepEqual(decodeList(encodeList(at(1001))), at(1001))
    assert.ok(encodeList(at(60_000)).length < encodeList(at(60_001)).length)
  })

  it('brings whatever there is', () => {
    const words = (max: number) =>
      fc.string({ maxLength: 30, unit: 'grapheme' }).map((s) => cleanText(s, max))
    const box = fc
      .tuple(words(200), words(320))
      .map(([name, address]): Mailbox => ({ ...(name && { name }), address }))
    const boxes = fc.array(box, { maxLength: 4 })
    const number = fc.integer({ min: 1, max: 1e6 })
    const one = fc
      .record({
        number,
        uid: fc.nat(2 ** 32 - 1),
        internalDateMs: fc.oneof(
          fc.nat(4e9).map((s) => s * 1000),
          fc.nat(4e12),
        ),
        answers: fc.option(number, { nil: undefined }),
        dateMs: fc.option(fc.integer({ min: -8e15, max: 8e15 }), { nil: undefined }),
        subject: words(500),
        from: boxes,
        to: boxes,
        cc: boxes,
        sizes: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
        flags: fc.subarray(['\\Seen', '\\Flagged', '$Work']),
      })
      .map(({ number, uid, internalDateMs, answers, dateMs, subject, from, to, cc, sizes, flags }) =>
        entry(number, {
          uid,
          internalDateMs,
          flags: toFlags(flags),
          ...(answers !== undefined && answers !== number && { answers }),
          envelope: {
            from,
            to,
            cc,
            ...(subject && { subject }),
            ...(dateMs !== undefined && { dateMs }),
          },
          outline: outline(...sizes),
        }),
      )
    fc.assert(
      fc.property(fc.uniqueArray(one, { selector: (each) => each.number, maxLength: 5 }), (entries) => {
        const whole = list(...entries.sort((a, b) => b.number - a.number))
        assert.deepEqual(decodeList(encodeList(whole)), listed(whole))
      }),
      { seed, numRuns: 1000 },
    )
  })

  it('that is damaged is a PROTOCOL error, or another list', () => {
    const whole = encodeList(
      list(
        entry(9, {
          answers: 7,
          envelope: { from: [{ address: 'a@b' }], to: [{ address: 'c@d' }], cc: [], dateMs: 0 },
        }),
        entry(7, { outline: outline(1, 2) }),
      ),
    )
    survivesDamage(
      whole,
      (bytes) => {
        const read = decodeList(bytes)
        assert.deepEqual(decodeList(encodeList(read)), read)
      },
      { seed, numRuns: 3000 },
    )
  })

  const far = entry(9, { envelope: { from: [], to: [], cc: [], dateMs: 9e15 } })
  const refused: [string, List][] = [
    [
      'a subject of two lines',
      list(entry(9, { envelope: { from: [], to: [], cc: [], subject: 'a\nBcc: x' } })),
    ],
    [
      'an escape in a name',
      list(entry(9, { envelope: { from: [{ name: '\x1b[2J', address: 'a@b' }], to: [], cc: [] } })),
    ],
    [
      'too many addresses',
      list(
        entry(9, {
          envelope: { from: [], to: Array.from({ length: 21 }, () => ({ address: 'a' })), cc: [] },
        }),
      ),
    ],
    [
      'too long a subject',
      list(entry(9, { envelope: { from: [], to: [], cc: [], subject: 'x'.repeat(501) } })),
    ],
    ['an answer to number 0', list(entry(9, { answers: 0 }))],
    ['a date beyond all calendars', list(far)],
  ]
  for (const [name, bad] of refused)
    it(`with ${name} is refused`, () => {
      assert.throws(() => decodeList(encodeList(bad)), isProtocol)
    })
})
