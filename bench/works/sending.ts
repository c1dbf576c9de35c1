import { chmodSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom, type Random } from '../../fixtures/random.js'
import { type Bench, withStation } from '../bench.js'
import { deliver, type MailFile, mailFiles, readMessage, sizeOf } from '../mail/maildir.js'
import { attach, blurb, dateOf, headerOf, makeAttachment, type Raw } from '../mail/message.js'
import { type Crossing, crossing } from '../measure.js'
import { openSending, type PacketboatStation } from '../peers/packetboat.js'
import { run } from '../process.js'
import { inTurn } from './start.js'

const startSeconds = 1_763_400_000
const recipients = 10

/** Mail is handed in and a sync takes it ashore; the next one hears what became of it. Both are counted, without what a sync takes that finds nothing. */
export async function sending(bench: Bench): Promise<void> {
  if (!bench.wants('sending')) return
  const handed = join(bench.root, 'handed')
  const submitter = join(bench.root, 'submitter')
  writeFileSync(submitter, `#!/bin/sh\ncat >/dev/null\necho >>'${handed}'\n`)
  chmodSync(submitter, 0o755)
  await withStation(
    bench,
    bench.account,
    (place) => openSending(bench.program, place, submitter),
    async (station) => {
      const random = createRandom(70)
      for (let i = 0; i < 3; i++) await crossing(bench.line, station, 'fast')
      const nothing = both(await crossing(bench.line, station, 'fast'))
      const known = mailFiles(station.clientMail).filter(isShort)
      const next = (): Raw => answer(random, readMessage(known.pop()?.path ?? failing('nothing to answer')))
      const measure = async (variant: string, mails: readonly Raw[], filed = false): Promise<void> => {
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
        bench.results.add({
          work: 'sending',
          peer: station.peer.name,
          variant,
          figures: {
            up: ashore.up,
            down: ashore.down,
            sum: both(ashore),
            nothing,
            more,
            told,
            all: more + told,
            mailBytes: mails.reduce((sum, { length }) => sum + length, 0),
          },
        })
      }
      await measure('an answer', [next()])
      await measure('an answer, filed here too', [next()], true)
      const file = makeAttachment(random, 100_000, 'pdf')
      const other = makeAttachment(random, 100_000, 'pdf')
      await measure('100 kB to one', [attach(random, next(), file)])
      const ten = Array.from({ length: recipients }, () => attach(random, next(), other))
      await measure(`100 kB to ${recipients}, a mail each`, ten)
      await measureStart(bench, station, random)
    },
  )
}

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
