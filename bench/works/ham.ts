import { join } from 'node:path'
import { type Bench, withStation } from '../bench.js'
import { deliver, mailFiles, makeMailbox } from '../mail/maildir.js'
import { yardsticks } from '../mail/yardsticks.js'
import { crossing } from '../measure.js'
import { isPacketboat } from '../peers/packetboat.js'
import { figuresOf } from '../report/results.js'

/** The first sync of real mail, text only, complete: packetboat's against what IMAP with DEFLATE costs for the same. */
export async function ham(bench: Bench): Promise<void> {
  if (!bench.wants('ham')) return
  const messages = bench.quick ? bench.ham.slice(0, 300) : bench.ham
  const account = join(bench.root, 'ham')
  makeMailbox(account, 'INBOX')
  messages.forEach((message, number) => {
    deliver(account, { mailbox: 'INBOX', message, seconds: 1_700_000_000 + 60 * number, number, flags: 'S' })
  })
  const { asItIs } = await yardsticks(messages)
  bench.results.fact(
    'ham',
    `${messages.length} messages without base64, ${asItIs.raw} B; in one piece xz -9e makes ${asItIs.xz ?? '?'} B of them, zstd -19 --long ${asItIs.zstd ?? '?'} B`,
  )
  for (const peer of bench.peers.filter((each) => isPacketboat(each) || each.name === 'mbsync'))
    await withStation(bench, account, peer.open, async (station) => {
      const figures = figuresOf(
        await crossing(bench.line, station, peer.longLine ?? 'fast', { timeoutMs: 1_200_000 }),
      )
      const here = mailFiles(station.clientMail).length
      const faults = here === messages.length ? undefined : `${here} of ${messages.length} messages arrived`
      bench.results.add({ work: 'ham', peer: peer.name, figures: { ...figures, faults } })
    })
}
