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
import { openWaiting, type PacketboatStation } from '../peers/packetboat.js'
import type { Place, Station } from '../peers/peer.js'
import { type Figures, figuresOf } from '../report/results.js'

/** As many as a screen shows. */
const firstPage = 50

/** Each wider, narrower, by age or by number than the one before. The last but one holds all. */
const changes = [
  '10 days',
  '1 year',
  '30 days',
  '100 messages',
  '3 years',
  '20 messages',
  '2 years',
  '250 messages',
  'all',
  '90 days',
]

/** Mail of ten years in 200 mailboxes: the first sync of all of it, and of the last 90 days, and what it costs to change one's mind. */
export async function window(bench: Bench): Promise<void> {
  if (bench.wants('window')) await windowAlone(bench)
  if (bench.wants('window-beside')) for (const size of bench.sizes) await windowBeside(bench, size)
}

async function windowAlone(bench: Bench): Promise<void> {
  const account = join(bench.root, 'window')
  const messages = layOutTenYears(account, bench.quick ? [20, 40] : [200, 500])
  await measureKeep(bench, account, 'all', async (station) => {
    const first = await firstSync(bench, station, 'fast')
    const perMessage = Number(first['listedBytes']) / messages
    bench.results.add({
      work: 'window',
      peer: 'packetboat',
      variant: 'all',
      figures: { ...first, perMessage },
    })
  })
  await measureKeep(bench, account, '90 days', async (station) => {
    const first = await firstSync(bench, station, bench.quick ? 'fast' : 'gsm9600')
    bench.results.add({ work: 'window', peer: 'packetboat', variant: '90 days', figures: first })
    const nothing = await crossing(bench.line, station, 'fast')
    const add = (variant: string, figures: Figures): void =>
      bench.results.add({ work: 'window', peer: 'packetboat', variant, figures })
    add('nothing changed', figuresOf(nothing))
    let listed = Number(first['listed'])
    for (const keep of changes) {
      await station.command(['config', 'set', 'keep', keep])
      const run = await firstSync(bench, station, 'fast')
      listed += Number(run['listed'])
      const here = mailFiles(station.clientMail).length
      const faults = here === listed ? undefined : `${here} here, and ${listed} were listed`
      add(`then ${keep}`, { ...run, faults })
    }
    const there = mailFiles(station.serverMail).length
    const here = mailFiles(station.clientMail).length
    if (there !== messages || here !== messages)
      add('in the end', { faults: `${there} at the endpoint and ${here} here of ${messages}` })
  })
}

async function measureKeep(
  bench: Bench,
  account: string,
  keep: string,
  work: (station: PacketboatStation) => Promise<void>,
): Promise<void> {
  await withStation(
    bench,
    account,
    (place) => openWaiting(bench.program, place, 'all'),
    async (station) => {
      await station.command(['config', 'set', 'keep', keep])
      await work(station)
    },
  )
}

/** A sync, with how many bytes had come, of frames, when the first page and the last message were listed. */
async function firstSync(
  { line }: Bench,
  station: PacketboatStation,
  profile: 'fast' | 'gsm9600',
): Promise<Figures> {
  const began = performance.now()
  let page: { readonly pageBytes: number; readonly pageSeconds: number } | undefined
  let [listed, listedBytes] = [0, 0]
  const crossed = await crossing(line, station, profile, {
    timeoutMs: 3_600_000,
    onLine: (text) => {
      if (!text.startsWith('{"event":"progress"')) return
      const { listed: count, answerBytes, listedAt } = JSON.parse(text)
      ;[listed, listedBytes] = [count, listedAt]
      if (count >= firstPage)
        page ??= { pageBytes: answerBytes, pageSeconds: (performance.now() - began) / 1000 }
    },
  })
  return { ...figuresOf(crossed), ...page, listed, listedBytes }
}

const days = 90

const mailboxes = 200

/** The first sync of the newest mail of a large account, beside others who can leave the rest of it where it is. */
async function windowBeside(bench: Bench, messages: number): Promise<void> {
  const account = join(bench.root, `window-${messages}`)
  const [boxes, each] = bench.quick ? [20, 40] : [mailboxes, Math.round(messages / mailboxes)]
  const size = messages.toLocaleString('en')
  layOutTenYears(account, [boxes, each])
  // mbsync keeps a number of each mailbox: as many as are of these days.
  const mostEach = Math.ceil((each * days) / 3660)
  const others = [mbsync('mbsync', mostEach), offlineimapKeeping(days)]
  const here = others.filter(({ name }) => bench.peers.some((peer) => peer.name === name))
  const add = (peer: string, variant: string, figures: Figures): void =>
    bench.results.add({ work: 'window-beside', peer, variant: `${size}, ${variant}`, figures })
  const measure = async (peer: string, open: (place: Place) => Promise<Station>): Promise<void> =>
    withStation(bench, account, open, async (station) => {
      add(peer, 'first', await firstFiles(bench.line, station))
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
  // The device comes while the endpoint has its first look.
  await withStation(
    bench,
    account,
    async (place) => {
      const station = await openWaiting(bench.program, place, 'all', 'listening')
      await station.command(['config', 'set', 'keep', `${days} days`])
      return station
    },
    async (station) => add('packetboat', 'first, while it is read', await firstFiles(bench.line, station)),
  )
  for (const peer of here) await measure(peer.name, peer.open)
  rmSync(account, { recursive: true })
}

const timeoutMs = 3_600_000

/** With what had crossed, both ways, when the first page lay in the client's mail. */
async function firstFiles(line: Line, station: Station): Promise<Figures> {
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
