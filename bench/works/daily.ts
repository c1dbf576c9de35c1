import { type Bench, withStation } from '../bench.js'
import { choosable } from '../mail/changes.js'
import { measureDelta } from './delta.js'
import { measureFirst } from './first.js'
import { measureNull, settle } from './null.js'

/** The works that belong to one account and one set-up: the first sync, then syncs without and with changes. */
export async function daily(bench: Bench): Promise<void> {
  if (!['first', 'null', 'delta-text', 'delta'].some((work) => bench.wants(work))) return
  const pool = choosable(bench.account)
  for (const peer of bench.peers)
    try {
      await withStation(bench, bench.account, peer.open, async (station) => {
        await measureFirst(bench, station)
        await settle(bench, station)
        if (bench.wants('null')) await measureNull(bench, station)
        if (bench.wants('delta-text'))
          await measureDelta(bench, station, pool, { work: 'delta-text', attachmentBytes: 0 })
        if (bench.wants('delta'))
          await measureDelta(bench, station, pool, { work: 'delta', attachmentBytes: 100_000 })
      })
    } catch (error) {
      console.error(`${peer.name}: ${error instanceof Error ? error.message : error}`)
      bench.results.add({ work: 'null', peer: peer.name, figures: { failed: String(error).slice(0, 300) } })
    }
}
