import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { createRandom } from '../../fixtures/random.js'
import type { Bench } from '../bench.js'
import type { LineName } from '../line/lines.js'
import { startRelayLine } from '../line/relay-line.js'
import { deliver, makeMailbox } from '../mail/maildir.js'
import { attach, blurb, dateOf, makeAttachment } from '../mail/message.js'
import { addBar } from './bars.js'
import { askWorker, openBrowser } from './browser.js'
import { openReaderEndpoint } from './endpoint.js'

interface Costs {
  readonly seconds?: number
  readonly cost?: { readonly amount: number; readonly currency: string }
}

interface Message {
  readonly parts: readonly (Costs & { readonly part: number; readonly name?: string })[]
}

/** What is told of a part that waits, against what it then takes, on a line whose rate a sync before has measured. */
export async function toldCosts(
  bench: Bench,
  name: LineName,
  { rate, attachmentBytes }: { readonly rate: '9600' | '64,000'; readonly attachmentBytes: number },
): Promise<void> {
  const root = join(bench.root, `reader-${name}`)
  const maildir = join(root, 'Maildir')
  layOut(maildir, attachmentBytes)
  const endpoint = await openReaderEndpoint(bench.program, root, maildir)
  const line = startRelayLine()
  const context = await openBrowser(join(root, 'profile'))
  try {
    const page = await context.newPage()
    await page.goto(await endpoint.link(await line.dial(endpoint.port)))
    await page.getByText('This browser is paired with the account me.').waitFor()
    await page.evaluate('navigator.serviceWorker.ready.then(() => true)')
    await line.profile(name)
    await askWorker(page, 'setTerms', { price: '1.20 USD/min' })
    await askWorker(page, 'sync')
    const { guid, part, ...told } = await waitingPart(page)
    await askWorker(page, 'want', guid, [part])
    const { answer: took } = await askWorker<Required<Costs> & { readonly down: number }>(page, 'sync')
    const off = (one = Number.NaN, other = Number.NaN): number => Math.abs(one / other - 1)
    const note = (one: string, other: string): string => `told ${one}, took ${other}`
    addBar(
      bench.results,
      `a part at ${rate} bit/s: told seconds are off by`,
      off(told.seconds, took.seconds),
      note(`${told.seconds?.toFixed(1)} s`, `${took.seconds.toFixed(1)} s for ${took.down} B`),
    )
    addBar(
      bench.results,
      `a part at ${rate} bit/s: told price is off by`,
      off(told.cost?.amount, took.cost.amount),
      note(`${told.cost?.amount.toFixed(2)} USD`, `${took.cost.amount.toFixed(2)} USD`),
    )
  } finally {
    await context.close()
    await endpoint.stop()
    await line.close()
  }
}

/** Letters by which the line is measured, and one with a picture that waits. */
function layOut(maildir: string, attachmentBytes: number): void {
  const random = createRandom(31)
  makeMailbox(maildir, 'INBOX')
  for (let number = 0; number < 60; number++) {
    const seconds = 1_763_000_000 + 1000 * number
    const head = `From: a${number}@example.org\nTo: u@example.org\nSubject: letter ${number}\nDate: ${dateOf(seconds)}\nMessage-ID: <${number}@parts.example.org>`
    // Hardly to be compressed, so that a few seconds of the line go by.
    const noise = Buffer.from(random.bytes(900)).toString('hex').replace(/.{64}/g, '$&\n')
    const letter = `${head}\n\n${blurb(random, 10, 60)}\n${noise}\n`
    const message =
      number === 59 ? attach(random, letter, makeAttachment(random, attachmentBytes, 'jpeg')) : letter
    deliver(maildir, { mailbox: 'INBOX', message, seconds, number, flags: 'S' })
  }
}

async function waitingPart(page: Page): Promise<{ readonly guid: string } & Message['parts'][number]> {
  const { answer: mailboxes } = await askWorker<{ guid: string }[]>(page, 'mailboxes')
  const { answer: list } = await askWorker<{ rows: { guid: string }[] }>(
    page,
    'list',
    mailboxes[0]?.guid,
    0,
    1,
  )
  const guid = list.rows[0]?.guid ?? ''
  const { answer: message } = await askWorker<Message>(page, 'message', guid)
  const part = message.parts.find((each) => each.name?.startsWith('photo'))
  if (!part) throw new Error('no part waits')
  return { guid, ...part }
}
