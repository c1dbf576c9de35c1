import type { Bench } from '../bench.js'
import { type Crossing, crossing } from '../measure.js'
import { isPacketboat } from '../peers/packetboat.js'
import type { Station } from '../peers/peer.js'
import type { Figures } from '../report/results.js'

/** What packetboat says on the way (`sync --json`). */
interface Progress {
  readonly event: string
  readonly listed: number
  readonly texts: number
  /** Bytes of the answer's frames so far, and where among them the last message was listed and the last text came. */
  readonly answerBytes: number
  readonly listedAt: number
  readonly textsAt: number
}

/** One sync, and of packetboat's when the list and when the texts were there. */
export async function crossInStages(
  { line }: Bench,
  station: Station,
): Promise<{ readonly crossed: Crossing; readonly stages: Figures }> {
  const events: (Progress & { readonly atSeconds: number })[] = []
  const startedMs = performance.now()
  const onLine = (text: string): void => {
    if (text.startsWith('{"event":"progress"'))
      events.push({ ...(JSON.parse(text) as Progress), atSeconds: (performance.now() - startedMs) / 1000 })
  }
  const crossed = await crossing(
    line,
    station,
    station.peer.longLine ?? 'fast',
    isPacketboat(station.peer) ? { onLine } : {},
  )
  const stage = async (name: string, key: 'listed' | 'texts'): Promise<Figures> => {
    const most = Math.max(0, ...events.map((event) => event[key]))
    const event = events.find((each) => each[key] === most)
    if (!event || most === 0) return {}
    // It counts frames; what TLS and HTTP add is the same share everywhere, and the line knows what that was in packets.
    const answerBytes = Math.max(1, ...events.map((each) => each.answerBytes))
    const { up, down } = await line.at((crossed.payloadDown * event[`${key}At`]) / answerBytes)
    return {
      [`${name}Count`]: most,
      [`${name}Bytes`]: up + down,
      [`${name}Answer`]: event[`${key}At`],
      [`${name}Seconds`]: event.atSeconds,
    }
  }
  return { crossed, stages: { ...(await stage('list', 'listed')), ...(await stage('texts', 'texts')) } }
}
