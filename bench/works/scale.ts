import { join } from 'node:path'
import { type Bench, withStation } from '../bench.js'
import { layOutAccount } from '../mail/account.js'
import { deliver, makeMailbox } from '../mail/maildir.js'
import { crossing, observe } from '../measure.js'
import { openWaiting } from '../peers/packetboat.js'
import { figuresOf } from '../report/results.js'
import { measureNull, settle } from './null.js'

/** 10,000 messages: what packetboat takes of the machines on both sides. */
export async function scale(bench: Bench): Promise<void> {
  if (!bench.wants('scale')) return
  const account = join(bench.root, 'scale')
  layOutAccount(account, bench.corpus, { messages: bench.quick ? 1000 : 10_000, seed: 2, scale: 0.1 })
  await withStation(
    bench,
    account,
    (place) => openWaiting(bench.program, place, 'all'),
    async (station) => {
      const indexed = station.serverCost?.()
      const add = bench.results.add
      add({
        work: 'scale',
        peer: 'packetboat',
        variant: 'index',
        figures: {
          seconds: station.indexSeconds,
          serverCpu: indexed?.cpuSeconds,
          serverPeak: indexed?.peakBytes,
        },
      })
      const first = await crossing(bench.line, station, 'fast', { timeoutMs: 1_800_000 })
      add({ work: 'scale', peer: 'packetboat', variant: 'first sync', figures: figuresOf(first) })
      await settle(bench, station)
      const nothing = await crossing(bench.line, station, 'fast')
      add({ work: 'scale', peer: 'packetboat', variant: 'nothing changed', figures: figuresOf(nothing) })
    },
  )
}

/** One attachment of 200 MB, that must not be held in anybody's memory. */
export async function bigAttachment(bench: Bench): Promise<void> {
  if (!bench.wants('attachment')) return
  const account = join(bench.root, 'attachment')
  makeMailbox(account, 'INBOX')
  const bytes = Buffer.alloc(bench.quick ? 2_000_000 : 200_000_000)
  // Noise that nothing can compress, at the speed that 200 MB ask for.
  for (let at = 0, state = 7; at + 4 <= bytes.length; at += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes.writeUInt32LE((state ^ (state >>> 15)) >>> 0, at)
  }
  const base64 = bytes.toString('base64').replace(/.{76}/g, '$&\n')
  const message = `From: a@example.org\nSubject: big\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nHere it is.\n--b\nContent-Type: video/mp4; name=v.mp4\nContent-Transfer-Encoding: base64\n\n${base64}\n--b--\n`
  deliver(account, { mailbox: 'INBOX', message, seconds: 1_763_500_000, number: 1, flags: 'S' })
  await withStation(
    bench,
    account,
    (place) => openWaiting(bench.program, place, '64k'),
    async (station) => {
      await crossing(bench.line, station, 'fast')
      const fetched = await observe(bench.line, station, 'fast', () => station.command(['fetch', '--all']))
      bench.results.add({
        work: 'attachment',
        peer: 'packetboat',
        figures: { ...figuresOf(fetched), mailBytes: message.length },
      })
    },
  )
}

/** 200 mailboxes with 500 small messages each: a null sync must not know how much there is. */
export async function nullLarge(bench: Bench): Promise<void> {
  if (!bench.wants('null-large')) return
  const account = join(bench.root, 'large')
  const [mailboxes, each] = bench.quick ? [20, 20] : [200, 500]
  for (let box = 0; box < mailboxes; box++)
    for (let i = 0; i < each; i++) {
      const [number, mailbox] = [box * each + i, box === 0 ? 'INBOX' : `Box.${box}`]
      const seconds = 1_700_000_000 + number
      const message = `From: a${i % 50}@example.org\nTo: u@example.org\nSubject: message ${number}\nMessage-ID: <${number}@large.example.org>\nDate: ${new Date(seconds * 1000).toUTCString()}\n\nThe text of message ${number}.\n`
      deliver(account, { mailbox, message, seconds, number, flags: 'S' })
    }
  await withStation(
    bench,
    account,
    (place) => openWaiting(bench.program, place, 'all'),
    async (station) => {
      await crossing(bench.line, station, 'fast', { timeoutMs: 3_600_000 })
      await settle(bench, station)
      await measureNull(bench, station, 'null-large')
    },
  )
}
