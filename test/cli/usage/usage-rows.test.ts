import assert from 'node:assert/strict'
import { test } from 'node:test'
import stringWidth from 'string-width'
import { tableLines } from '../../../src/cli/text/table.js'
import { wrapLine } from '../../../src/cli/text/wrap-line.js'
import type { UsageEntry } from '../../../src/cli/usage/usage-entry.js'
import { usagePlot } from '../../../src/cli/usage/usage-plot.js'
import { noMailbox, usageRow, usageRows } from '../../../src/cli/usage/usage-rows.js'
import { runEntry } from './run-entry.js'

const at = (day: number, month = 10): string => new Date(2026, month, day, 12).toISOString()

const run = (more: Partial<UsageEntry>): UsageEntry => runEntry({ at: at(25), ...more })

const entries = [
  run({}),
  run({ at: at(24), failed: 1, exit: 130, mailboxes: {} }),
  run({
    at: at(1, 9),
    link: 'default',
    costs: { EUR: 1 },
    mailboxes: { Work: { messages: 1, up: 0, down: 900 } },
  }),
]

const cases: readonly [by: Parameters<typeof usageRows>[1], expected: readonly [string, number, number][]][] =
  [
    [
      'day',
      [
        ['2026-10-01', 1000, 1],
        ['2026-11-24', 1000, 0],
        ['2026-11-25', 1000, 2],
      ],
    ],
    [
      'month',
      [
        ['2026-10', 1000, 1],
        ['2026-11', 2000, 2],
      ],
    ],
    [
      'link',
      [
        ['default', 1000, 1],
        ['iridium', 2000, 2],
      ],
    ],
    [
      'mailbox',
      [
        ['Work', 900, 1],
        ['INBOX', 800, 2],
        [noMailbox, 1300, 0],
      ],
    ],
  ]
for (const [by, expected] of cases)
  test(`the account by ${by}`, () => {
    assert.deepEqual(
      usageRows(entries, by).map(({ name, down, messages }) => [name, down, messages]),
      expected,
    )
  })

test('the total counts runs that failed, and keeps currencies apart', () => {
  const { runs, failed, costs, messages } = usageRow('total', entries)
  assert.deepEqual([runs, failed, costs, messages], [3, 1, { USD: 1, EUR: 1 }, 3])
})

test('a table stands in columns whatever its letters', () => {
  const columns = [
    { title: 'name', align: 'left' },
    { title: 'n', align: 'right' },
  ] as const
  assert.deepEqual(
    tableLines(columns, [
      ['日本', '1'],
      ['Entwürfe', '12'],
    ]),
    ['name       n', '日本       1', 'Entwürfe  12'],
  )
})

const narrow = [
  { title: 'mailbox', align: 'left' },
  { title: 'failed', align: 'right', spare: 1 },
  { title: 'time', align: 'right', spare: 2 },
  { title: 'cost', align: 'right' },
] as const
const narrowRows = [
  ['Lists/a mailing list with a name', '12', '45 min', '12.40 USD'],
  ['日本の郵便物とその他のメール', '', '3 s', ''],
]

for (const [room, header] of [
  [60, /^mailbox +failed +time +cost$/],
  [40, /^mailbox +failed +time +cost$/],
  [34, /^mailbox +time +cost$/],
  [25, /^mailbox +cost$/],
] as const)
  test(`a table has no line over ${room} columns, and keeps its name and its last column`, () => {
    const lines = tableLines(narrow, narrowRows, room)
    assert.match(lines[0] ?? '', header)
    for (const line of lines) assert.ok(stringWidth(line) <= room, `${stringWidth(line)}: ${line}`)
    assert.match(lines[1] ?? '', /^Lists\/a.*12\.40 USD$/)
  })

test('a line is wrapped between words, and what cannot be broken stays whole', () => {
  assert.deepEqual(wrapLine('  INBOX: 12 new, 3 kB down', 14), ['  INBOX: 12', '    new, 3 kB', '    down'])
  const link = 'packetboat+psk://0123456789abcdef'
  assert.deepEqual(wrapLine(`see ${link} there`, 12), ['see', `  ${link}`, '  there'])
  assert.deepEqual(wrapLine('short', 40), ['short'])
})

test('a line of letters that take two columns is wrapped between them, and never before what closes', () => {
  assert.deepEqual(wrapLine('港の使用料を払いました。', 12), ['港の使用料を', '  払いまし', '  た。'])
  assert.deepEqual(wrapLine('  会议 notes: 明天下午三点', 16), ['  会议 notes: 明', '    天下午三点'])
})

test('money is counted to the sixth digit', () => {
  const many = Array.from({ length: 10 }, () => run({ costs: { USD: 0.1 } }))
  assert.deepEqual(usageRow('total', many).costs, { USD: 1 })
})

test('every bar of a plot has a name as long as a line fits below each', () => {
  const bars = Array.from({ length: 30 }, (_, i) => ({ name: `Lists/number ${i}`, up: 1, down: 30 - i }))
  const svg = usagePlot('by mailbox', bars)
  for (const { name } of bars) assert.match(svg, new RegExp(`>${name}</text>`))
  assert.match(svg, /rotate/)
  assert.doesNotMatch(usagePlot('few', bars.slice(0, 4)), /rotate/)
  assert.doesNotMatch(usagePlot('no heading', [], { heading: false }), />no heading</)
})

test('a plot is XML whatever a mailbox is called, and its bars are no higher than it', () => {
  const names = ['a<b>&"c"', 'bell\u0007', '\ud800', 'a very long mailbox name']
  const svg = usagePlot(
    'Ärger & <mehr>',
    names.map((name, i) => ({ name, up: 10 ** i, down: 3 * 10 ** i })),
  )
  assert.doesNotMatch(svg, /&(?!amp;|lt;|gt;|quot;)|\p{Cs}|(?!\n)\p{Cc}/u)
  const tall = Number(/viewBox="0 0 \d+ (\d+)"/.exec(svg)?.[1])
  const opened = svg.match(/<[a-z]+(?:\s[^>]*[^/])?>/g)?.length
  assert.equal(svg.match(/<\/[a-z]+>/g)?.length, opened)
  for (const [, y, height] of svg.matchAll(
    /<rect class="[du]"[^>]* y="([\d.]+)" width="[\d.]+" height="([\d.]+)"/g,
  ))
    assert.ok(Number(y) >= 30 && Number(y) + Number(height) <= tall, `${y} ${height}`)
  assert.match(usagePlot('nothing', []), /<\/svg>/)
})

test('a table has as many rows as there are, more than a call takes arguments', () => {
  const rows = Array.from({ length: 200_000 }, (_, i) => [`${i}`])
  const lines = tableLines([{ title: 'N', align: 'right' }], rows)
  assert.deepEqual([lines.length, lines[1], lines.at(-1)], [200_001, '     0', '199999'])
})
