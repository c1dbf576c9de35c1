import assert from 'node:assert/strict'
import { test } from 'node:test'
import stringWidth from 'string-width'
import {
  linesForPeople,
  linesForScripts,
  type ShownDevice,
} from '../../src/cli/commands/endpoint/device-lines.js'
import { wrapLine } from '../../src/cli/text/wrap-line.js'

const replica = {
  account: 'me',
  id: '0f'.repeat(16),
  pairing: '0123456789abcdef',
  seenMs: Date.UTC(2026, 5, 1, 6, 20),
  lost: false,
  behind: 0,
  unsent: 0,
  holdsBack: 0,
}
const device = {
  account: 'household',
  name: 'kitchen-laptop',
  id: '0123456789abcdef',
  seenMs: Date.UTC(2026, 5, 1, 6, 20),
  replicas: [replica, { ...replica, id: '1e'.repeat(16), holdsBack: 3 }, { ...replica, id: '2d'.repeat(16) }],
} as unknown as ShownDevice

test('a list of devices fits a terminal of 40 columns', () => {
  const lines = linesForPeople([device], 40).flatMap((line) => wrapLine(line, 40))
  for (const line of lines) assert.ok(stringWidth(line) <= 40, line)
  assert.equal(lines[0], 'account    device')
  assert.equal(lines[1], 'household  kitchen-laptop  last seen')
})

test('where there is room it has the ids, and the replicas that somebody waits for', () => {
  const lines = linesForPeople([device], 200)
  assert.match(
    lines[1] ?? '',
    /^household {2}kitchen-laptop {2}0123456789abcdef {2}last seen 2026-06-01 06:20$/,
  )
  assert.deepEqual(
    lines.slice(2).map((line) => line.slice(0, 40)),
    [`  ${'0f'.repeat(16)} has h`, `  ${'1e'.repeat(16)} has h`],
  )
  assert.deepEqual(linesForPeople([], 40), [])
})

test('scripts get columns between tabs', () => {
  assert.deepEqual(
    linesForScripts([device]).map((line) => line.split('\t').slice(0, 3)),
    [
      ['household', 'kitchen-laptop', '0123456789abcdef'],
      ['', '0f'.repeat(16), 'has heard of everything, asked last 2026-06-01 06:20'],
      [
        '',
        '1e'.repeat(16),
        'has heard of everything, asked last 2026-06-01 06:20, holds back 3 expunges (if it is no copy that still syncs: packetboat device lost 1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e)',
      ],
    ],
  )
})
