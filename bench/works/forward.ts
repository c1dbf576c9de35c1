import { join } from 'node:path'
import { createRandom, type Random } from '../../fixtures/random.js'
import { type Bench, withStation } from '../bench.js'
import { layOutAccount } from '../mail/account.js'
import { quiet } from '../mail/changes.js'
import { deliver } from '../mail/maildir.js'
import { type Attachment, attach, compose, makeAttachment, type Raw } from '../mail/message.js'
import { crossing } from '../measure.js'
import type { Peer } from '../peers/peer.js'
import { figuresOf } from '../report/results.js'
import { settle } from './null.js'

const seconds = 1_763_300_000

/** A 400 kB attachment that both sides hold is forwarded from the client, and another time arrives forwarded at the server. */
export async function forward(bench: Bench): Promise<void> {
  if (!bench.wants('forward')) return
  const random = createRandom(40)
  const original = bench.corpus.find((message) => message.length < 5000) ?? ''
  const attachment = makeAttachment(random, 400_000, 'pdf')
  const account = join(bench.root, 'forward')
  const some = bench.corpus.slice(0, 50)
  layOutAccount(account, some, { messages: some.length, seed: 40, plain: true })
  deliver(account, {
    mailbox: 'INBOX',
    message: attach(
      random,
      compose(random, original, { kind: 'reply', seconds, words: [20, 60] }),
      attachment,
    ),
    seconds,
    number: 1,
    flags: 'S',
  })
  for (const peer of bench.peers)
    try {
      await measureForward(bench, peer, account, { original, attachment })
    } catch (error) {
      console.error(`forward, ${peer.name}: ${error instanceof Error ? error.message : error}`)
    }
}

async function measureForward(
  bench: Bench,
  peer: Peer,
  account: string,
  { original, attachment }: { original: Raw; attachment: Attachment },
): Promise<void> {
  await withStation(bench, account, peer.open, async (station) => {
    const random = createRandom(41)
    await crossing(bench.line, station, 'fast')
    await settle(bench, station)
    let number = 70_000
    const once = async (side: 'client' | 'server', message: Raw) => {
      await quiet(station)
      number++
      const mailbox = side === 'client' ? 'Sent' : 'INBOX'
      const root = side === 'client' ? station.clientMail : station.serverMail
      deliver(root, {
        mailbox,
        message,
        seconds: seconds + number,
        number,
        ...(side === 'client' && { flags: 'S' }),
      })
      await station.changed(side)
      await quiet(station)
      return crossing(bench.line, station, 'fast')
    }
    for (const side of ['client', 'server'] as const) {
      if (side === 'client' && !peer.twoWay) continue
      const plain = await once(side, forwarded(random, original))
      const crossed = await once(side, narrow(attach(random, forwarded(random, original), attachment)))
      const [sum, without] = [crossed.up + crossed.down, plain.up + plain.down]
      const variant = side === 'client' ? 'sent here' : 'arrived there'
      bench.results.add({
        work: 'forward',
        peer: peer.name,
        variant,
        figures: { ...figuresOf(crossed), without, more: sum - without },
      })
    }
  })
}

const forwarded = (random: Random, original: Raw): Raw =>
  compose(random, original, { kind: 'forward', seconds: seconds + random.int(0, 9999), words: [20, 60] })

/** Another mail program's base64: lines of 64 instead of 76. */
const narrow = (message: Raw): Raw =>
  message.replace(/(?:^[A-Za-z0-9+/]{76}\n)+[A-Za-z0-9+/=]*/gm, (lines) =>
    lines.replaceAll('\n', '').replace(/.{64}(?!$)/g, '$&\n'),
  )
