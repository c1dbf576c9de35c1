import { readFileSync } from 'node:fs'
import { actNames } from './conflict-matrix.js'

/** The table "Every pair" in docs/CONFLICTS.md: the page is what is tested. */

export interface Row {
  readonly here: string
  readonly there: string
  readonly eitherWay: boolean
  readonly state: string
  readonly log: readonly string[]
}

const page = readFileSync(new URL('../../../docs/CONFLICTS.md', import.meta.url), 'utf8')
const section = /^## Every pair$([\s\S]*?)^## /m.exec(page)?.[1] ?? ''
export const rows = [...section.matchAll(/^\|(.*)\|$/gm)]
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

/** A row, and where it says so its mirror image. */
export const both = ({ here, there, eitherWay, state, log }: Row): Row[] => [
  { here, there, eitherWay, state, log },
  ...(eitherWay && here !== there
    ? [{ here: there, there: here, eitherWay, state: exchanged(state), log }]
    : []),
]
