import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ownProgram } from '../../src/cli/apart/own-call.js'
import { calendarLines } from '../../src/gist/calendar-lines.js'
import { gistApart } from '../../src/gist/gist-apart.js'

const own = gistApart({ argv: ownProgram([process.execPath, 'bin/packetboat'], 'gist'), timeoutMs: 600_000 })

const calendar = (...lines: readonly string[]): Uint8Array =>
  new TextEncoder().encode(['BEGIN:VCALENDAR', ...lines, 'END:VCALENDAR', ''].join('\r\n'))
const event = (...lines: readonly string[]): Uint8Array => calendar('BEGIN:VEVENT', ...lines, 'END:VEVENT')

const cases: readonly (readonly [what: string, bytes: Uint8Array, says: string])[] = [
  [
    'an invitation',
    calendar(
      'METHOD:REQUEST',
      'BEGIN:VTIMEZONE',
      'TZID:Europe/Tallinn',
      'BEGIN:STANDARD',
      'DTSTART:16010101T040000',
      'END:STANDARD',
      'END:VTIMEZONE',
      'BEGIN:VEVENT',
      'DTSTART;TZID=Europe/Tallinn:20260411T110000',
      'DTEND;TZID=Europe/Tallinn:20260411T120000',
      'SUMMARY:Dues\\, and\\nmore',
      'LOCATION:Room 5\\; upstairs',
      'ORGANIZER;CN="Ann: harbour":mailto:ann@example.org',
      'RRULE:FREQ=WEEKLY;COUNT=9',
      'BEGIN:VALARM',
      'SUMMARY:Alarm',
      'END:VALARM',
      'END:VEVENT',
    ),
    'Dues, and more, 2026-04-11 11:00 to 12:00 Europe/Tallinn, weekly, Room 5; upstairs, Ann: harbour\n',
  ],
  [
    'a whole day',
    event('SUMMARY:Closed', 'DTSTART;VALUE=DATE:20261224', 'DTEND;VALUE=DATE:20261225'),
    'Closed, 2026-12-24\n',
  ],
  [
    'some days',
    event('SUMMARY:Closed', 'DTSTART;VALUE=DATE:20261224', 'DTEND;VALUE=DATE:20270102'),
    'Closed, 2026-12-24 to 2027-01-01\n',
  ],
  [
    'a night',
    event('SUMMARY:Watch', 'DTSTART:20261224T220000Z', 'DTEND:20261225T060000Z'),
    'Watch, 2026-12-24 22:00 to 2026-12-25 06:00 UTC\n',
  ],
  [
    'what was called off',
    calendar('METHOD:CANCEL', 'BEGIN:VEVENT', 'SUMMARY:Dues', 'END:VEVENT'),
    'Cancelled: Dues\n',
  ],
  ['what has no name', event('ORGANIZER:mailto:ann@example.org', 'DTSTART:x'), 'ann@example.org\n'],
  [
    'two tasks',
    calendar(
      'BEGIN:VTODO',
      'SUMMARY:A',
      'DUE:20261224',
      'END:VTODO',
      'BEGIN:VTODO',
      'SUMMARY:B',
      'END:VTODO',
    ),
    'A, 2026-12-24\nB\n',
  ],
  [
    'a line that is folded within a character',
    Buffer.from(
      Buffer.from(event('SUMMARY:Gr\u00f6\u00dfe'))
        .toString('latin1')
        .replace('\u00c3\u00b6', '\u00c3\r\n \u00b6'),
      'latin1',
    ),
    'Gr\u00f6\u00dfe\n',
  ],
]

describe('what a calendar says', () => {
  for (const [what, bytes, says] of cases)
    it(`is a line of words for ${what}`, () => assert.equal(calendarLines(bytes), says))

  it('is nothing of what is none', async () => {
    assert.throws(() => calendarLines(Buffer.from('SUMMARY:Dues')))
    assert.equal(await own('calendar', Buffer.from('SUMMARY:Dues')), '')
    assert.equal(calendarLines(calendar()), '')
  })

  for (const [what, bytes] of [
    ['parts within parts', calendar('BEGIN:VEVENT\r\n'.repeat(400_000))],
    ['a line of quotes', event(`SUMMARY;X=${'"'.repeat(4_000_001)}:x`)],
    ['a line of semicolons', event(`SUMMARY${';'.repeat(4_000_000)}`)],
    ['lines that are folded', event('SUMMARY:x', ' \r\n'.repeat(1_000_000))],
    ['meetings', calendar('BEGIN:VEVENT\r\nSUMMARY:x\r\nEND:VEVENT\r\n'.repeat(100_000))],
  ] as const)
    it(`takes no more than a second of work of megabytes of ${what}`, async () => {
      const begun = process.cpuUsage()
      try {
        assert.ok(calendarLines(bytes).length < 10_000)
      } catch (error) {
        assert.match((error as Error).message, /too deep/)
      }
      assert.ok(process.cpuUsage(begun).user < 1_000_000)
      assert.equal(typeof (await own('calendar', bytes)), 'string')
    })
})
