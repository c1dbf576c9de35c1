import type { Bench } from '../bench.js'
import { change, missing } from '../mail/changes.js'
import { watchTexts } from '../mail/first-text.js'
import { type Crossing, crossing, effectiveRoundTrips } from '../measure.js'
import { isPacketboat } from '../peers/packetboat.js'
import type { Station } from '../peers/peer.js'
import { figuresOf } from '../report/results.js'

/** The sets of changes are numbered over all deltas of a station, so that none comes twice. */
const sets = new WeakMap<Station, number>()

function nextSet(station: Station): number {
  const set = sets.get(station) ?? 0
  sets.set(station, set + 1)
  return set
}

/**
 * A day's changes (`changes.ts`) on the fast line, on the far one for the round trips, and in real time on slow ones. Every
 * peer gets the same changes in the same order.
 */
export async function measureDelta(
  bench: Bench,
  station: Station,
  pool: readonly string[],
  { work, attachmentBytes }: { work: string; attachmentBytes: number },
): Promise<void> {
  const { line, results } = bench
  const { peer } = station
  const faults: string[] = []
  const once = async (profile: Parameters<typeof crossing>[2]) => {
    const changes = await change(station, pool, nextSet(station), attachmentBytes)
    const watch = watchTexts(station.clientMail, changes.arrived)
    const crossed = await crossing(line, station, profile)
    const texts = watch.stop()
    faults.push(...missing(station, changes))
    return { crossed, texts }
  }
  // The start of a process differs by tenths of a second, which is much where there are few round trips.
  const times = isPacketboat(peer) ? 2 : 1
  const [fast, far]: [Crossing[], Crossing[]] = [[], []]
  for (let i = 0; i < times; i++) {
    fast.push((await once('fast')).crossed)
    far.push((await once('far')).crossed)
  }
  const [shown] = fast
  if (!shown) return
  const rtts = effectiveRoundTrips(fast, far)
  results.add({
    work,
    peer: peer.name,
    figures: { ...figuresOf(shown, rtts), ...(faults.length > 0 && { faults: faults.join('; ') }) },
  })
  // Short ones also show what the estimates are worth; the long one is a work of its own.
  if (attachmentBytes === 0 || bench.wants('delta-slow'))
    for (const name of peer.realTime ? bench.realLines : []) {
      const { crossed, texts } = await once(name)
      const { up, down, seconds, code } = crossed
      const figures = { up, down, sum: up + down, seconds, firstText: texts.first, allTexts: texts.all }
      const failed = code !== 0 && { failed: `exit code ${code}` }
      results.add({ work, peer: peer.name, variant: name, figures: { ...figures, ...failed } })
    }
}
