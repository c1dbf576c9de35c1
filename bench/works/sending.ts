import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, type Random } from '../../fixtures/random.js'
import { type Bench, withStation } from '../bench.js'
import { layOutAccount } from '../mail/account.js'
import { deliver, type MailFile, mailFiles, readMessage, sizeOf } from '../mail/maildir.js'
import { attach, blurb, dateOf, headerOf, makeAttachment, type Raw } from '../mail/message.js'
import { type Crossing, crossing } from '../measure.js'
import { openSending, type PacketboatStation } from '../peers/packetboat.js'
import { run } from '../process.js'
import type { Figures } from '../report/results.js'
import { inTurn } from './start.js'

const startSeconds = 1_763_400_000
const recipients = 10

/** Mail is handed in and a sync takes it ashore; the next one hears what became of it. Both are counted, without what a sync takes that finds nothing. */
export async function sending(bench: Bench): Promise<void> {
  if (!bench.wants('sending')) return
  const rounds = new Map<string, SentFigures[]>()
  const note = (variant: string, figures: SentFigures): void => {
    rounds.set(variant, [...(rounds.get(variant) ?? []), figures])
  }
  for (let round = 0; round < (bench.quick ? 1 : 3); round++) await sendAll(bench, note, round === 0)
  for (const [variant, figures] of rounds) {
    const [least] = figures.toSorted((one, other) => one.all - other.all)
    addFigures(bench, variant, least ?? failing('nothing was measured'))
  }
  await measureForward(bench, createRandom(71))
}

/** The same mails each time: what one round takes more than another is an acknowledgement by itself, or a packet that went twice because an answer took long. */
async function sendAll(bench: Bench, note: Note, isFirst: boolean): Promise<void> {
  const random = createRandom(70)
  // Each from an account of its own: what one of them has sent makes the next ones cheaper.
  const same: Raw[] = []
  await withSender(bench, bench.account, { note }, async ({ station, measure }) => {
    const known = mailFiles(station.clientMail).filter(isShort)
    const next = (): Raw => answer(random, readMessage(known.pop()?.path ?? failing('nothing to answer')))
    same.push(next())
    await measure('an answer', same)
    await measure('nine answers', Array.from({ length: recipients - 1 }, next))
    const file = makeAttachment(random, 100_000, 'pdf')
    const other = makeAttachment(random, 100_000, 'pdf')
    await measure('100 kB to one', [attach(random, next(), file)])
    const ten = Array.from({ length: recipients }, () => attach(random, next(), other))
    await measure(`100 kB to ${recipients}, a mail each`, ten)
    if (isFirst) await measureStart(bench, station, random)
  })
  await withSender(bench, bench.account, { note, sent: 'never' }, ({ measure }) =>
    measure('an answer, filed nowhere', same),
  )
  await withSender(bench, bench.account, { note }, ({ measure }) =>
    measure('an answer, filed here too', same, true),
  )
}

/** What is known of mails that were sent. */
interface SentFigures extends Figures {
  /** TCP payload both ways, until it is known that all have gone, beyond what syncs take that find nothing: that is the same whatever else the machine does. */
  readonly all: number
}

type Note = (variant: string, figures: SentFigures) => void

const addFigures = (bench: Bench, variant: string, figures: Figures): void =>
  bench.results.add({ work: 'sending', peer: 'packetboat', variant, figures })

/** Sends mails, and keeps what it took under the name of a variant; `filed`: the mail program has put a copy of each into Sent. */
type MeasureSending = (variant: string, mails: readonly Raw[], filed?: boolean) => Promise<void>

interface Sender {
  readonly station: PacketboatStation
  readonly measure: MeasureSending
}

/** A client in step with its endpoint, which hands mail over to a program that notes it. */
async function withSender(
  bench: Bench,
  account: string,
  {
    note,
    sent = 'auto',
    attachments = 'all',
  }: { readonly note: Note; readonly sent?: 'auto' | 'never'; readonly attachments?: string },
  use: (sender: Sender) => Promise<void>,
): Promise<void> {
  const handed = join(bench.root, 'handed')
  const submitter = join(bench.root, 'submitter')
  writeFileSync(submitter, `#!/bin/sh\ncat >/dev/null\necho >>'${handed}'\n`)
  chmodSync(submitter, 0o755)
  await withStation(
    bench,
    account,
    (place) => openSending(bench.program, place, { submitter, sent, attachments }),
    async (station) => {
      for (let i = 0; i < 3; i++) await crossing(bench.line, station, 'fast')
      // The smallest: an acknowledgement more or less makes them differ.
      const nulls: Crossing[] = []
      for (let i = 0; i < 3; i++) nulls.push(await crossing(bench.line, station, 'fast'))
      const nothing = Math.min(...nulls.map(both))
      const nothingPayload = Math.min(...nulls.map(({ payloadOnce }) => payloadOnce))
      const nothingUp = Math.min(...nulls.map(({ up }) => up))
      const measure: MeasureSending = async (variant, mails, filed = false) => {
        rmSync(handed, { force: true })
        for (const [number, mail] of mails.entries()) {
          await handIn(bench, station, mail)
          if (filed)
            deliver(station.clientMail, {
              mailbox: 'Sent',
              message: mail,
              seconds: startSeconds,
              number,
              flags: 'S',
            })
        }
        const ashore = await crossing(bench.line, station, 'fast')
        for (let tries = 0; !existsSync(handed) && tries < 600; tries++) await sleep(100)
        await sleep(1000)
        const heard = await crossing(bench.line, station, 'fast')
        const { code, output } = await station.command(['outbox'])
        if (code !== 0 || /"state":"(?!sent)/.test(output)) throw new Error(`not all is sent: ${output}`)
        const [more, told] = [both(ashore) - nothing, both(heard) - nothing]
        note(variant, {
          up: ashore.up,
          down: ashore.down,
          sum: both(ashore),
          nothing,
          more,
          moreUp: ashore.up - nothingUp,
          told,
          all: ashore.payloadOnce + heard.payloadOnce - 2 * nothingPayload,
          mailBytes: mails.reduce((sum, { length }) => sum + length, 0),
        })
      }
      await use({ station, measure })
    },
  )
}

/** Of a mail with 400 kB that wait at the endpoint, the attachment alone is attached to a new mail. */
async function measureForward(bench: Bench, random: Random): Promise<void> {
  const account = join(bench.root, 'forward-waiting')
  const some = bench.corpus.slice(0, 50)
  layOutAccount(account, some, { messages: some.length, seed: 40, plain: true })
  const subject = 'The plan of the harbour'
  const original = [
    `Date: ${dateOf(startSeconds)}`,
    'From: Bob <bob@example.net>',
    'To: Ute Arendt <u@example.org>',
    `Subject: ${subject}`,
    'Message-ID: <plan@example.net>',
    '',
    blurb(random, 30, 30),
  ].join('\n')
  deliver(account, {
    mailbox: 'INBOX',
    message: attach(random, original, makeAttachment(random, 400_000, 'pdf')),
    seconds: startSeconds,
    number: 1,
    flags: 'S',
  })
  await withSender(
    bench,
    account,
    { note: (...sent) => addFigures(bench, ...sent), attachments: '64k' },
    async ({ station, measure }) => {
      const standIn = mailFiles(station.clientMail)
        .map(({ path }) => readMessage(path))
        .find((message) => headerOf(message, 'Subject') === subject)
      const file = /^Content-Type: application\/x-packetboat-missing[\s\S]*?\](?=\n\n?--)/m.exec(
        standIn ?? '',
      )?.[0]
      if (file === undefined) throw new Error(`nothing waits: ${standIn}`)
      await measure('a forward of 400 kB that wait', [withFile(random, file)])
    },
  )
}

/** As a mail program attaches a file to a new mail. */
const withFile = (random: Random, file: string): Raw =>
  [
    `Date: ${dateOf(startSeconds + 10_000)}`,
    'From: Ute Arendt <u@example.org>',
    'To: Eve <eve@example.net>',
    'Subject: Fwd: The plan of the harbour',
    `Message-ID: <${random.text(16, 'abcdefghijklmnopqrstuvwxyz0123456789')}@boat>`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="=fwd"',
    '',
    '--=fwd',
    'Content-Type: text/plain; charset=utf-8',
    '',
    blurb(random, 10, 10),
    '--=fwd',
    file,
    '--=fwd--',
    '',
  ].join('\n')

const both = ({ up, down }: Crossing): number => up + down

/** With a text that a person reads at once, so that an answer to it is one of 1 kB. */
function isShort(file: MailFile): boolean {
  const message = readMessage(file.path)
  return (
    file.mailbox === 'INBOX' &&
    sizeOf(file) < 2500 &&
    headerOf(message, 'Message-ID') !== '' &&
    !headerOf(message, 'Content-Type').startsWith('multipart')
  )
}

/** As mutt writes one: 30 words, and what they answer. */
function answer(random: Random, original: Raw): Raw {
  const id = headerOf(original, 'Message-ID')
  const body = original.slice(original.indexOf('\n\n') + 2)
  const quoted = body.split('\n').slice(0, 8).join('\n').trimEnd()
  return [
    `Date: ${dateOf(startSeconds + random.int(0, 9999))}`,
    'From: Ute Arendt <u@example.org>',
    `To: ${headerOf(original, 'From')}`,
    `Subject: Re: ${headerOf(original, 'Subject').replace(/^(re:\s*)+/i, '')}`,
    `Message-ID: <${random.text(16, 'abcdefghijklmnopqrstuvwxyz0123456789')}@boat>`,
    `References: ${id}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Disposition: inline',
    'Content-Transfer-Encoding: 8bit',
    `In-Reply-To: ${id}`,
    '',
    `On ${headerOf(original, 'Date')}, ${headerOf(original, 'From')} wrote:\n${quoted.replace(/^/gm, '> ')}\n\n${blurb(random, 30, 30)}\nUte\n`,
  ].join('\n')
}

async function handIn(bench: Bench, station: PacketboatStation, mail: Raw): Promise<void> {
  const path = join(bench.root, 'mail')
  writeFileSync(path, mail, 'latin1')
  const { code, output } = await run(sendmailFrom(path, [process.execPath, resolve(bench.program)], station))
  if (code !== 0) throw new Error(`sendmail ended with ${code}: ${output}`)
}

const sendmailFrom = (path: string, program: readonly string[], station: PacketboatStation): string[] => [
  'sh',
  '-c',
  'mail=$1; shift; exec "$@" <"$mail"',
  'sh',
  path,
  ...program,
  ...['sendmail', '--data', station.data, 'bob@example.net'],
]

/** What `sendmail` takes of the processor, against `node -e 0`. What it queues stays here. */
async function measureStart(bench: Bench, station: PacketboatStation, random: Random): Promise<void> {
  const path = join(bench.root, 'mail')
  writeFileSync(path, answer(random, 'Message-ID: <a@b>\n\nHello.\n'), 'latin1')
  const node = process.execPath
  const { cpu } = await inTurn(
    {
      node: ['sh', '-c', 'mail=$1; shift; exec "$@" <"$mail"', 'sh', path, node, '-e', '0'],
      sendmail: sendmailFrom(path, [node, resolve(bench.program)], station),
    },
    bench.quick ? 3 : 15,
    (command) => run(command),
  )
  const more = ((cpu['sendmail'] ?? 0) - (cpu['node'] ?? 0)) * 1000
  bench.results.add({
    work: 'sending',
    peer: station.peer.name,
    variant: 'sendmail',
    figures: { startMs: more },
  })
}

function failing(what: string): never {
  throw new Error(`sending: ${what}`)
}
