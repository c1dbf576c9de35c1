import { estimateSeconds, type LineName } from '../line/lines.js'
import type { Figures } from './results.js'
import type { Show } from './show.js'

export interface Column {
  readonly head: string
  readonly as: Show
  readonly value: (figures: Figures) => number | string | undefined
}

export const of = (head: string, as: Show, figure: string): Column => ({
  head,
  as,
  value: (figures) => figures[figure],
})

/** From bytes and round trips; where those weren't taken, from turns and the two of connect and close. */
const estimate = (line: LineName): Column => ({
  head: `est. ${line}`,
  as: 'seconds',
  value: ({ up, down, rtts, turns }) => {
    if (typeof up !== 'number' || typeof down !== 'number') return undefined
    const trips = typeof rtts === 'number' ? rtts : typeof turns === 'number' ? turns + 2 : 2
    return estimateSeconds(line, { up, down, rtts: trips })
  },
})

export const bytes = [of('up B', 'exact', 'up'), of('down B', 'exact', 'down'), of('sum B', 'exact', 'sum')]
export const trips = [of('TCP payload B', 'exact', 'payload'), of('turns', 'count', 'turns')]
export const estimates = (['dialup56', 'gsm9600', 'iridium2400', 'vsat'] as const).map(estimate)
export const wall = of('time on fast', 'seconds', 'seconds')
export const crossing = [...bytes, ...trips, of('eff. RTTs', 'rtts', 'rtts'), wall, ...estimates]
/** Of what packetboat says in JSON, its sentence. */
const sentenceOf = (failed: number | string | undefined): number | string | undefined =>
  /"message":"([^"]*)"/.exec(String(failed))?.[1] ?? failed

export const wrong: Column = {
  head: 'went wrong',
  as: 'text',
  value: ({ failed, faults }) =>
    [sentenceOf(failed), faults]
      .filter((each) => each !== undefined)
      .join('; ')
      .replaceAll(/\s+/g, ' ')
      .slice(0, 160) || undefined,
}
export const costs = [
  of('CPU client', 'seconds', 'clientCpu'),
  of('CPU endpoint', 'seconds', 'serverCpu'),
  of('peak client', 'bytes', 'clientPeak'),
  of('peak endpoint', 'bytes', 'serverPeak'),
]
