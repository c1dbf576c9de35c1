import { type Bench, withStation } from '../bench.js'
import { quiet } from '../mail/changes.js'
import { deliver } from '../mail/maildir.js'
import type { Raw } from '../mail/message.js'
import { crossing } from '../measure.js'
import type { Peer } from '../peers/peer.js'
import { figuresOf } from '../report/results.js'
import { settle } from './null.js'

export interface Arrivals {
  readonly work: string
  readonly variant?: string
  /** What both sides hold before. */
  readonly account: string
  readonly messages: readonly Raw[]
}

const seconds = 1_763_200_000

/** Both sides are in step; then these messages arrive in the server's INBOX, and the client syncs. */
export async function measureArrivals(bench: Bench, peer: Peer, arrivals: Arrivals): Promise<void> {
  const { work, variant, account, messages } = arrivals
  try {
    await withStation(bench, account, peer.open, async (station) => {
      await crossing(bench.line, station, 'fast')
      await settle(bench, station)
      await quiet(station)
      messages.forEach((message, number) => {
        deliver(station.serverMail, {
          mailbox: 'INBOX',
          message,
          seconds: seconds + number,
          number: 60_000 + number,
        })
      })
      await station.changed('server')
      await quiet(station)
      const figures = figuresOf(await crossing(bench.line, station, 'fast'))
      const mailBytes = messages.reduce((sum, message) => sum + message.length, 0)
      bench.results.add({
        work,
        peer: peer.name,
        ...(variant !== undefined && { variant }),
        figures: { ...figures, mailBytes },
      })
    })
  } catch (error) {
    console.error(`${work}, ${peer.name}: ${error instanceof Error ? error.message : error}`)
    bench.results.add({
      work,
      peer: peer.name,
      ...(variant !== undefined && { variant }),
      figures: { failed: String(error).slice(0, 200) },
    })
  }
}
