import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { actNames, meet, topologies } from './conflict-matrix.js'

/** Every row of the table "Every pair" in docs/CONFLICTS.md: the page is what is tested. */

interface Row {
  readonly here: string
  readonly there: string
  readonly eitherWay: boolean
  readonly state: string
  readonly log: readonly string[]
}

const page = readFileSync(new URL('../../docs/CONFLICTS.md', import.meta.url), 'utf8')
const section = /^## Every pair$([\s\S]*?)^## /m.exec(page)?.[1] ?? ''
const rows = [...section.matchAll(/^\|(.*)\|$/gm)]
  .map(([, row = '']) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .filter(([here = '']) => actNames.includes(here))
  .map(
    ([here = '', there = '', way = '', state = '', log = '']): Row => ({
      here,
      there,
      eitherWay: way === 'the same',
      state: state === 'no Box' ? '' : state.replaceAll('`', '').replaceAll('\\|', '|'),
      log: log === '—' ? [] : log.split(', '),
    }),
  )

/** The outcome when the two have changed places: authors are named by where they stand. */
function exchanged(state: string): string {
  const swapped = state.replace(/by (here|there)/g, (_, by) => `by ${by === 'here' ? 'there' : 'here'}`)
  return swapped
    .split(' | ')
    .map((mailbox) => {
      const [, name, messages = ''] = /^([^:]*: )(.*)$/.exec(mailbox) ?? []
      return name ? name + messages.split(', ').sort().join(', ') : mailbox
    })
    .sort()
    .join(' | ')
}

const both = ({ here, there, eitherWay, state, log }: Row): Row[] => [
  { here, there, eitherWay, state, log },
  ...(eitherWay && here !== there
    ? [{ here: there, there: here, eitherWay, state: exchanged(state), log }]
    : []),
]

test('the page has every pair, once', () => {
  const pairs = rows.flatMap(both).map(({ here, there }) => `${here} / ${there}`)
  assert.deepEqual(
    pairs.sort(),
    actNames.flatMap((here) => actNames.map((there) => `${here} / ${there}`)).sort(),
  )
})

for (const row of rows)
  test(`${row.here} / ${row.there}, on two and three replicas`, async () => {
    for (const { here, there, state, log } of both(row))
      for (const topology of topologies) {
        const outcome = await meet(here, there, topology)
        assert.equal(outcome.state, state, `${here} / ${there}, ${topology}`)
        const unexpected = outcome.noted.filter((kind) => !log.includes(kind))
        assert.deepEqual(unexpected, [], `${here} / ${there}, ${topology}: the conflict log`)
      }
  })
