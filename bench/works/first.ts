import type { Bench } from '../bench.js'
import { mailFiles } from '../mail/maildir.js'
import { crossing } from '../measure.js'
import { isPacketboat } from '../peers/packetboat.js'
import type { Station } from '../peers/peer.js'
import { type Figures, figuresOf } from '../report/results.js'

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

/** The first sync, complete, with all attachments; for packetboat also when the list and when the texts were there. */
export async function measureFirst(bench: Bench, station: Station): Promise<void> {
  const { line, results } = bench
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
  const here = mailFiles(station.clientMail).length
  const there = mailFiles(station.serverMail).length
  const stage = async (name: string, key: 'listed' | 'texts'): Promise<Figures> => {
    const most = Math.max(0, ...events.map((event) => event[key]))
    const event = events.find((each) => each[key] === most)
    if (!event || most === 0) return {}
    // It counts frames; what TLS and HTTP add is the same share everywhere, and the line knows what that was in packets.
    const answerBytes = Math.max(1, ...events.map((each) => each.answerBytes))
    const { up, down } = await line.at((crossed.payloadDown * event[`${key}At`]) / answerBytes)
    return { [`${name}Count`]: most, [`${name}Bytes`]: up + down, [`${name}Seconds`]: event.atSeconds }
  }
  const stages = { ...(await stage('list', 'listed')), ...(await stage('texts', 'texts')) }
  const faults = here === there ? undefined : `${here} of ${there} messages arrived`
  if (bench.wants('first') || crossed.code !== 0 || faults !== undefined)
    results.add({
      work: 'first',
      peer: station.peer.name,
      figures: { ...figuresOf(crossed), ...stages, faults },
    })
}
