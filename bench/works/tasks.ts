import { appendFileSync, rmSync } from 'node:fs'
import { createRandom, type Random } from '../../fixtures/random.js'
import { type Bench, withStation } from '../bench.js'
import { addFlag, deliver, flagsOf, type MailFile, mailFiles, readMessage, sizeOf } from '../mail/maildir.js'
import { attach, blurb, compose, dateOf, makeAttachment, type Raw } from '../mail/message.js'
import { observe } from '../measure.js'
import { openWaiting, type PacketboatStation } from '../peers/packetboat.js'
import { figuresOf } from '../report/results.js'

/** What docs/LINKS.md has a person say of a satellite phone. */
const settings = '\n[link.iridium]\nprice = "1.20 USD/min"\nbillingStep = "20 s"\n'
const unread = 20
const startSeconds = 1_763_200_000

/** What a person does between two calls, and what is called then. */
interface Task {
  readonly name: string
  /** What happens before; gives the words of the command, `sync` when it gives none. */
  readonly before?: (at: Place) => Promise<readonly string[] | undefined> | undefined
}

interface Place {
  readonly station: PacketboatStation
  readonly random: Random
  /** Messages of INBOX on the client that nothing was done to yet. */
  take(count: number, fits?: (file: MailFile) => boolean): MailFile[]
  arrive(message: Raw): void
  write(mailbox: string, message: Raw, flags: string): void
}

const tasks: readonly Task[] = [
  { name: 'nothing new' },
  {
    name: 'a short mail came',
    before: (at) => {
      at.arrive(letter(at.random, 40))
      return undefined
    },
  },
  {
    name: 'three came, one with 100 kB that stay there',
    before: (at) => {
      at.arrive(letter(at.random, 40))
      at.arrive(answer(at))
      at.arrive(attach(at.random, letter(at.random, 60), makeAttachment(at.random, 100_000, 'pdf')))
      return undefined
    },
  },
  {
    name: 'a reply went out',
    before: (at) => {
      const [original] = at.take(1)
      if (!original) throw new Error('there is nothing to answer')
      at.write('Sent', reply(at.random, original), 'S')
      addFlag(original, 'R')
      return undefined
    },
  },
  {
    name: '20 messages were read',
    before: (at) => {
      for (const file of at.take(unread, (file) => !flagsOf(file).includes('S'))) addFlag(file, 'S')
      return undefined
    },
  },
  {
    name: 'a message went to Archive',
    before: (at) => {
      // As a mail program does it: another file name.
      for (const file of at.take(1)) {
        at.write('Archive.2025', readMessage(file.path), flagsOf(file))
        rmSync(file.path)
      }
      return undefined
    },
  },
  { name: 'a part of 20 kB was fetched', before: async (at) => ['fetch', await deferredName(at)] },
  {
    name: '10 messages were deleted',
    before: (at) => {
      for (const { path } of at.take(10)) rmSync(path)
      return undefined
    },
  },
  {
    name: 'a draft of 2 kB was saved',
    before: (at) => {
      at.write('Drafts', letter(at.random, 340), 'DS')
      return undefined
    },
  },
  {
    name: 'asked what a sync would bring: two short mails',
    before: async (at) => {
      at.arrive(letter(at.random, 40))
      at.arrive(letter(at.random, 40))
      return ['sync', '--dry-run']
    },
  },
]

/** Ten everyday tasks as a person has them on a satellite phone: each a call of its own, on a line of 2400 bit/s, in real time. */
export async function everyday(bench: Bench): Promise<void> {
  if (!bench.wants('tasks')) return
  await withStation(
    bench,
    bench.account,
    (place) => openWaiting(bench.program, place, '10k'),
    async (station) => {
      appendFileSync(station.settingsFile, settings)
      const at = placeOf(station)
      at.arrive(attach(at.random, letter(at.random, 40), makeAttachment(at.random, deferredBytes, 'pdf')))
      for (let i = 0; i < unread; i++) at.arrive(letter(at.random, 40))
      // In the harbour: the first sync, and what one more tidies up.
      for (let i = 0; i < 2; i++) await observe(bench.line, station, 'fast', () => station.sync())
      for (const [i, { name, before }] of tasks.entries()) {
        const words = (await before?.(at)) ?? ['sync']
        const paid = await spent(station)
        const crossed = await observe(bench.line, station, 'iridium2400', () =>
          station.command([...words, '--link', 'iridium']),
        )
        const figures = { ...figuresOf(crossed), price: (await spent(station)) - paid }
        const variant = `${String(i + 1).padStart(2, '0')} ${name}`
        bench.results.add({ work: 'tasks', peer: station.peer.name, variant, figures })
      }
      await observe(bench.line, station, 'fast', () => station.sync())
      const [here, there] = [mailFiles(station.clientMail).length, mailFiles(station.serverMail).length]
      if (here !== there) throw new Error(`tasks: ${here} messages here and ${there} there`)
    },
  )
}

function placeOf(station: PacketboatStation): Place {
  const random = createRandom(60)
  const taken = new Set<string>()
  let number = 90_000
  const put = (root: string, mailbox: string, message: Raw, flags?: string): void => {
    number++
    const seconds = startSeconds + number
    deliver(root, { mailbox, message, seconds, number, ...(flags !== undefined && { flags }) })
  }
  return {
    station,
    random,
    take: (count, fits = isSmall) => {
      const free = mailFiles(station.clientMail)
        .filter((file) => file.mailbox === 'INBOX' && !taken.has(file.path) && fits(file))
        .slice(-count)
      if (free.length < count) throw new Error(`there are only ${free.length} of ${count} messages to take`)
      for (const { path } of free) taken.add(path)
      return free
    },
    arrive: (message) => put(station.serverMail, 'INBOX', message),
    write: (mailbox, message, flags) => put(station.clientMail, mailbox, message, flags),
  }
}

/** Of ordinary length, and all of it here. */
const isSmall = (file: MailFile): boolean =>
  sizeOf(file) < 15_000 && !readMessage(file.path).includes('X-Packetboat-Partial')

const reply = (random: Random, original: MailFile): Raw =>
  compose(random, readMessage(original.path), {
    kind: 'reply',
    seconds: startSeconds + random.int(0, 9999),
    words: [20, 40],
  })

/** An answer to something that the client holds. */
function answer({ random, take }: Place): Raw {
  const [original] = take(1)
  if (!original) throw new Error('there is nothing to answer')
  return reply(random, original)
}

/** A message of so many words that answers nothing. */
function letter(random: Random, words: number): Raw {
  const seconds = startSeconds + random.int(0, 9999)
  const id = random.text(10, '0123456789abcdef')
  return [
    'Return-Path: <anna@harbour.example.org>',
    'Delivered-To: u@example.org',
    'Received: from mail.harbour.example.org (mail.harbour.example.org [192.0.2.9])',
    `\tby mx.example.org (Postfix) with ESMTPS id ${id.toUpperCase()}`,
    `\tfor <u@example.org>; ${dateOf(seconds)}`,
    'From: Anna Bergström <anna@harbour.example.org>',
    'To: u@example.org',
    `Subject: ${blurb(random, 3, 6).trim()}`,
    `Date: ${dateOf(seconds)}`,
    `Message-ID: <${id}.${seconds.toString(16)}@harbour.example.org>`,
    'User-Agent: Mutt/2.2.9',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    `${blurb(random, words, words)}\nAnna\n`,
  ].join('\n')
}

const deferredBytes = 20_000

interface WaitingEvent {
  readonly messages: readonly {
    readonly parts: readonly { readonly name: string; readonly sizeBytes: number }[]
  }[]
}

/** The name under which the part of 20 kB waits. */
async function deferredName({ station }: Place): Promise<string> {
  const { messages } = await told<WaitingEvent>(station, ['waiting'])
  const parts = messages.flatMap((message) => message.parts)
  const part = parts.find(({ sizeBytes }) => Math.abs(sizeBytes - deferredBytes) < 1000)
  if (!part) throw new Error('no part of 20 kB waits')
  return part.name
}

/** What the line has cost so far, USD. */
async function spent(station: PacketboatStation): Promise<number> {
  const { total } = await told<{ total: { costs: { USD?: number } } }>(station, ['usage'])
  return total.costs.USD ?? 0
}

async function told<T>(station: PacketboatStation, words: readonly string[]): Promise<T> {
  const { code, output } = await station.command(words)
  if (code !== 0) throw new Error(`packetboat ${words.join(' ')} ended with ${code}: ${output}`)
  return JSON.parse(output) as T
}
