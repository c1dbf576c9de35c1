import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../fixtures/random.js'
import { type Bench, withStation } from '../bench.js'
import { layOutAccount } from '../mail/account.js'
import { deliver } from '../mail/maildir.js'
import { attach, compose, makeAttachment } from '../mail/message.js'
import { type Crossing, crossing, observe } from '../measure.js'
import type { Peer } from '../peers/peer.js'

const breakEveryMs = 30_000
const awayMs = 2000

/**
 * A 400 kB attachment on a line of 9600 bit/s that is hung up every 30 s, until all is here. packetboat alone: the others
 * begin a message again at every connection, and in 30 s only 36 kB pass.
 */
export async function breaks(bench: Bench): Promise<void> {
  if (!bench.wants('breaks')) return
  const [peer] = bench.peers
  if (peer?.name !== 'packetboat') return
  const account = join(bench.root, 'breaks')
  const some = bench.corpus.slice(0, 20)
  layOutAccount(account, some, { messages: some.length, seed: 50, plain: true })
  const clean = await one(bench, peer, account, (station) => crossing(bench.line, station, 'gsm9600'))
  let cuts = 0
  let dials = 0
  const broken = await one(bench, peer, account, async (station) => {
    let done = false
    const hangingUp = (async () => {
      for (;;) {
        for (let waited = 0; waited < breakEveryMs && !done; waited += 100) await sleep(100)
        if (done) return
        await bench.line.cut()
        await sleep(awayMs)
        await bench.line.mend()
        cuts++
      }
    })()
    try {
      return await observe(bench.line, station, 'gsm9600', async () => {
        for (;;) {
          dials++
          const ran = await station.sync({ timeoutMs: 3_000_000 })
          if (ran.code === 0 || dials >= 50) return ran
        }
      })
    } finally {
      done = true
      await hangingUp
    }
  })
  bench.results.add({
    work: 'breaks',
    peer: peer.name,
    figures: {
      clean: clean.arrived,
      cleanSeconds: clean.crossed.seconds,
      sum: broken.arrived,
      seconds: broken.crossed.seconds,
      cuts,
      runs: dials,
      connections: broken.crossed.connections,
      ratio: broken.arrived / clean.arrived,
      ...(broken.crossed.code !== 0 && { failed: broken.crossed.output.slice(-200) }),
    },
  })
}

/** Bytes that arrived: what waits at a modem when it hangs up never was on the line. */
async function one(
  bench: Bench,
  peer: Peer,
  account: string,
  act: (station: Awaited<ReturnType<Peer['open']>>) => Promise<Crossing>,
): Promise<{ crossed: Crossing; arrived: number }> {
  const result: { crossed?: Crossing; arrived: number } = { arrived: 0 }
  await withStation(bench, account, peer.open, async (station) => {
    await crossing(bench.line, station, 'fast')
    const random = createRandom(51)
    const seconds = 1_763_400_000
    const letter = compose(random, bench.corpus[0] ?? '', { kind: 'reply', seconds, words: [20, 60] })
    const message = attach(random, letter, makeAttachment(random, bench.quick ? 60_000 : 400_000, 'pdf'))
    deliver(station.serverMail, { mailbox: 'INBOX', message, seconds, number: 80_000 })
    result.crossed = await act(station)
    const { up, down } = await bench.line.stats()
    result.arrived = up.bytes + down.bytes - up.unread - down.unread
  })
  if (!result.crossed) throw new Error('nothing was run')
  return { crossed: result.crossed, arrived: result.arrived }
}
