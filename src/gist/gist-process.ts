import { liveApart, readInput, writeOutput } from '../apart/apart-process.js'
import { htmlText } from './html-text.js'

/** What runs in a process of its own, since a page may be made so that it takes all time and memory there are. */

/** Whoever started it has long stopped waiting, ms. */
const mostMs = 30_000

/** HTML in UTF-8 off the standard input, its text on the standard output. */
export async function runGistProcess(): Promise<void> {
  liveApart(mostMs)
  const html = await readInput()
  await writeOutput(Buffer.from(htmlText(html.toString())))
  process.exit(0)
}
