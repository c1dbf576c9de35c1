import { join } from 'node:path'
import { type Bench, withStation } from '../bench.js'
import { deliver, mailFiles, makeMailbox } from '../mail/maildir.js'
import { openGists } from '../peers/packetboat.js'
import { figuresOf } from '../report/results.js'
import { crossInStages } from './stages.js'

/** The first sync of modern mail, with what says what long texts and pages say and without: when all of it can be read. */
export async function gists(bench: Bench): Promise<void> {
  if (!bench.wants('gists')) return
  const account = join(bench.root, 'gists')
  makeMailbox(account, 'INBOX')
  bench.modern.forEach((message, number) => {
    deliver(account, { mailbox: 'INBOX', message, seconds: 1_700_000_000 + 60 * number, number, flags: 'S' })
  })
  const bytes = bench.modern.reduce((sum, { length }) => sum + length, 0)
  bench.results.fact('gists', `${bench.modern.length} messages, ${bytes} B`)
  for (const gist of ['never', 'always'] as const)
    await withStation(
      bench,
      account,
      (place) => openGists(bench.program, place, gist),
      async (station) => {
        const { crossed, stages } = await crossInStages(bench, station)
        const here = mailFiles(station.clientMail).length
        const faults =
          here === bench.modern.length ? undefined : `${here} of ${bench.modern.length} messages arrived`
        const figures = { ...figuresOf(crossed), ...stages, faults }
        bench.results.add({ work: 'gists', peer: 'packetboat', variant: `gists: ${gist}`, figures })
      },
    )
}
