import { join } from 'node:path'
import type { Bench } from '../bench.js'
import { layOutAccount } from '../mail/account.js'
import { openBrowser, whyNoBrowser } from './browser.js'
import { openReaderEndpoint } from './endpoint.js'
import { firstSync } from './first-sync.js'
import { openWithoutLine, scroll, twoTabs } from './on-screen.js'
import { search } from './search.js'
import { toldCosts } from './told-costs.js'

/** What the reader was to reach, in Chromium over loopback, with 10,000 messages. */
export async function reader(bench: Bench): Promise<void> {
  if (!bench.wants('reader')) return
  const why = whyNoBrowser()
  if (why !== undefined) {
    console.log(`The reader isn't measured: ${why}.`)
    return
  }
  const root = join(bench.root, 'reader')
  const maildir = join(root, 'Maildir')
  layOutAccount(maildir, bench.corpus, { messages: bench.quick ? 500 : 10_000, seed: 2, scale: 0.1 })
  const endpoint = await openReaderEndpoint(bench.program, root, maildir)
  const context = await openBrowser(join(root, 'profile'))
  const { results } = bench
  const rounds = bench.quick ? 1 : 5
  try {
    const page = await firstSync(results, endpoint, context)
    await openWithoutLine(results, endpoint, page, rounds)
    await scroll(results, page, bench.quick ? 2 : 15)
    const left = await twoTabs(results, context, page, rounds)
    await search(results, left, maildir)
  } finally {
    await context.close()
    await endpoint.stop()
  }
  await toldCosts(bench, 'gsm9600', { rate: '9600', attachmentBytes: 70_000 })
  await toldCosts(bench, 'isdn64', { rate: '64,000', attachmentBytes: 300_000 })
}
