import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Bench, withStation } from '../bench.js'
import type { Line } from '../line/line.js'
import { mailFiles } from '../mail/maildir.js'
import { layOutTenYears } from '../mail/ten-years.js'
import { crossing } from '../measure.js'
import { mbsync } from '../peers/mbsync.js'
import { offlineimapKeeping } from '../peers/offlineimap.js'
import { openWaiting } from '../peers/packetboat.js'
import type { Place, Station } from '../peers/peer.js'
import { type Figures, figuresOf } from '../report/results.js'

const days = 90

/** As many as a screen shows. */
const firstPage = 50

const mailboxes = 200

/** The first sync of the newest mail of a large account, beside others who can leave the rest of it where it is. */
export async function windowBeside(bench: Bench): Promise<void> {
  if (bench.wants('window-beside')) await beside(bench, '100,000', bench.quick ? [20, 40] : [mailboxes, 500])
  if (bench.wants('window-million'))
    await beside(bench, '1,000,000', bench.quick ? [20, 80] : [mailboxes, 5000])
}

async function beside(
  bench: Bench,
  size: string,
  [boxes, each]: readonly [mailboxes: number, each: number],
): Promise<void> {
  const account = join(bench.root, `window-${each}`)
  layOutTenYears(account, [boxes, each])
  // mbsync keeps a number of each mailbox: as many as are of these days.
  const mostEach = Math.ceil((each * days) / 3660)
  const others = [mbsync('mbsync', mostEach), offlineimapKeeping(days)]
  const here = others.filter(({ name }) => bench.peers.some((peer) => peer.name === name))
  const add = (peer: string, variant: string, figures: Figures): void =>
    bench.results.add({ work: 'window-beside', peer, variant: `${size}, ${variant}`, figures })
  const measure = async (peer: string, open: (place: Place) => Promise<Station>): Promise<void> =>
    withStation(bench, account, open, async (station) => {
      add(peer, 'first', await firstSync(bench.line, station))
      add(peer, 'nothing changed', figuresOf(await crossing(bench.line, station, 'fast', { timeoutMs })))
    })
  await measure('packetboat', async (place) => {
    const station = await openWaiting(bench.program, place, 'all')
    await station.command(['config', 'set', 'keep', `${days} days`])
    const before = station.serverCost?.()
    add('packetboat', 'index', {
      seconds: station.indexSeconds,
      serverCpu: before?.cpuSeconds,
      serverPeak: before?.peakBytes,
    })
    return station
  })
  for (const peer of here) await measure(peer.name, peer.open)
  rmSync(account, { recursive: true })
}

const timeoutMs = 3_600_000

/** With what had crossed, both ways, when the first page lay in the client's mail. */
async function firstSync(line: Line, station: Station): Promise<Figures> {
  const beganMs = performance.now()
  const ended = new AbortController()
  const page = firstPageOf(line, station, ended.signal)
  try {
    const crossed = await crossing(line, station, 'fast', { timeoutMs })
    const here = mailFiles(station.clientMail).length
    ended.abort()
    const { atMs, pageBytes } = await page
    const pageSeconds = atMs === undefined ? undefined : (atMs - beganMs) / 1000
    return { ...figuresOf(crossed), pageBytes, pageSeconds, listed: here }
  } finally {
    ended.abort()
  }
}

async function firstPageOf(
  line: Line,
  station: Station,
  signal: AbortSignal,
): Promise<{ readonly atMs?: number; readonly pageBytes?: number }> {
  while (!signal.aborted) {
    if (mailFiles(station.clientMail).length >= firstPage) {
      const atMs = performance.now()
      const { up, down } = await line.stats()
      return { atMs, pageBytes: up.bytes + down.bytes }
    }
    await sleep(50)
  }
  return {}
}
