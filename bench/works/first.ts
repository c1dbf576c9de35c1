import type { Bench } from '../bench.js'
import { mailFiles } from '../mail/maildir.js'
import type { Station } from '../peers/peer.js'
import { figuresOf } from '../report/results.js'
import { crossInStages } from './stages.js'

/** The first sync, complete, with all attachments; for packetboat also when the list and when the texts were there. */
export async function measureFirst(bench: Bench, station: Station): Promise<void> {
  const { crossed, stages } = await crossInStages(bench, station)
  const here = mailFiles(station.clientMail).length
  const there = mailFiles(station.serverMail).length
  const faults = here === there ? undefined : `${here} of ${there} messages arrived`
  if (bench.wants('first') || crossed.code !== 0 || faults !== undefined)
    bench.results.add({
      work: 'first',
      peer: station.peer.name,
      figures: { ...figuresOf(crossed), ...stages, faults },
    })
}
