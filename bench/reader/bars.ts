import type { Results } from '../report/results.js'
import { type Show, show } from '../report/show.js'

/** What the reader was to reach; less is better in all of it. */
const bars = {
  'first sync: until the list of INBOX is shown': [3, 'seconds'],
  'first sync: until a first text is shown': [5, 'seconds'],
  'first sync: until all is here': [90, 'seconds'],
  'first sync: longest task of the page': [0.05, 'thousandths'],
  'opened without a line: first paint': [0.15, 'thousandths'],
  'opened without a line: until 50 rows are here': [0.4, 'thousandths'],
  'scrolling 3,000 px/s: a frame, 95 of 100': [0.017, 'thousandths'],
  'scrolling 3,000 px/s: blank rows': [0, 'count'],
  'scrolling 3,000 px/s: elements of the list': [300, 'count'],
  'memory behind the first sync: page': [40_000_000, 'bytes'],
  'memory behind the first sync: worker': [90_000_000, 'bytes'],
  'memory after a reload: page': [40_000_000, 'bytes'],
  'memory after a reload: worker': [90_000_000, 'bytes'],
  'two tabs: until the other leads when one crashes': [1, 'thousandths'],
  'two tabs: until what one does shows in the other': [0.2, 'thousandths'],
  'search: size of the index': [2_500_000, 'bytes'],
  'search: a question': [0.02, 'thousandths'],
  'search: until new mail is found, after its text is here': [1, 'thousandths'],
  'a part at 9600 bit/s: told seconds are off by': [0.1, 'percent'],
  'a part at 9600 bit/s: told price is off by': [0.1, 'percent'],
  'a part at 64,000 bit/s: told seconds are off by': [0.1, 'percent'],
  'a part at 64,000 bit/s: told price is off by': [0.1, 'percent'],
} as const satisfies Readonly<Record<string, readonly [wanted: number, as: Show]>>

export type Bar = keyof typeof bars

/** Puts what was measured beside its bar; `note` says what it was measured of. */
export function addBar(results: Results, bar: Bar, measured: number, note?: string): void {
  const [wanted, as] = bars[bar]
  results.add({
    work: 'reader',
    peer: 'packetboat',
    variant: bar,
    figures: {
      wanted: show(wanted, as),
      measured: show(measured, as),
      met: measured <= wanted ? 'yes' : 'no',
      note,
    },
  })
}
