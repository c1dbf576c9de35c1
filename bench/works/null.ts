import type { Bench } from '../bench.js'
import { type Crossing, crossing, effectiveRoundTrips } from '../measure.js'
import { isPacketboat } from '../peers/packetboat.js'
import type { Station } from '../peers/peer.js'
import { figuresOf } from '../report/results.js'

/** Nothing has changed on either side since the last sync. */
export async function measureNull(bench: Bench, station: Station, work = 'null'): Promise<void> {
  const { line, results } = bench
  const times = isPacketboat(station.peer) ? 3 : 1
  const [fast, far]: [Crossing[], Crossing[]] = [[], []]
  for (let i = 0; i < times; i++) {
    fast.push(await crossing(line, station, 'fast'))
    far.push(await crossing(line, station, 'far'))
  }
  // The last on the fast line: what the ones before may have tidied up is done.
  const last = fast.at(-1)
  if (last) {
    const figures = figuresOf(last, effectiveRoundTrips(fast, far))
    results.add({ work, peer: station.peer.name, figures: { ...figures, farTurns: far.at(-1)?.turns } })
  }
}

/** Until a null sync costs what the one before cost: some programs need two more runs after their first. */
export async function settle(bench: Bench, station: Station): Promise<void> {
  for (let i = 0; i < (isPacketboat(station.peer) ? 1 : 2); i++) await crossing(bench.line, station, 'fast')
}
