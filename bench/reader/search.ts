import type { Page } from 'playwright-core'
import { decodeKey, encodeKey } from '../../src/store/key.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { ResidentStore } from '../../src/store/resident/resident-store.js'
import { deliver } from '../mail/maildir.js'
import { dateOf } from '../mail/message.js'
import type { Results } from '../report/results.js'
import { addBar } from './bars.js'
import { askWorker, median, syncOnScreen } from './browser.js'

const newWord = 'quillwortharbour'
/** Words that made mail has: in most of it, in some, and several at once. */
const questions = ['meeting', 'please figures', 'ship', 'antenna noon', 'subject:re', 'tomorrow']

/** The index of a leading tab's mail: its size, what a question takes, and when new mail is in it. */
export async function search(results: Results, page: Page, maildir: string): Promise<void> {
  // What asks first makes the index.
  const { ms: firstMs } = await askWorker(page, 'search', 'harbour', 50)
  const took: number[] = []
  let found = 0
  for (const words of questions) {
    const asked = await askWorker<unknown[]>(page, 'search', words, 50)
    took.push(asked.ms)
    found += asked.answer.length
  }
  const worst = Math.max(...took)
  addBar(
    results,
    'search: a question',
    median(took) / 1000,
    `median of ${took.length}, ${found} rows; the slowest took ${worst.toFixed(0)} ms`,
  )
  addBar(
    results,
    'search: size of the index',
    await indexBytes(page),
    `the first question makes it, in ${(firstMs / 1000).toFixed(1)} s`,
  )
  const seconds = 1_763_400_000
  const message = `From: new@example.org\nTo: u@example.org\nSubject: news\nDate: ${dateOf(seconds)}\nMessage-ID: <new@reader.example.org>\n\nThe ${newWord} is open again.\n`
  deliver(maildir, { mailbox: 'INBOX', message, seconds, number: 1_000_000 })
  const { ended } = await syncOnScreen(page)
  const times = await untilFound(page)
  await ended
  addBar(results, 'search: until new mail is found, after its text is here', times / 1000)
}

interface Row {
  readonly guid: string
  readonly subject: string
}

/** From the moment at which the newest message has its text to that at which it is found, ms. */
async function untilFound(page: Page): Promise<number> {
  const { answer: mailboxes } = await askWorker<{ guid: string; path: string[] }[]>(page, 'mailboxes')
  const inbox = mailboxes.find(({ path }) => path.join() === 'INBOX')?.guid
  for (;;) {
    const { answer: list } = await askWorker<{ rows: Row[] }>(page, 'list', inbox, 0, 1)
    const [row] = list.rows
    if (row?.subject !== 'news') continue
    const { answer: shown } = await askWorker<{ texts: unknown[] }>(page, 'message', row.guid)
    if (shown.texts.length > 0) break
  }
  const hereMs = performance.now()
  for (;;) {
    const { answer: found } = await askWorker<Row[]>(page, 'search', newWord, 50)
    if (found.length > 0) return performance.now() - hereMs
  }
}

/** Keys and values of all tables whose names begin with `search`, in the browser's database. */
async function indexBytes(page: Page): Promise<number> {
  const disk = new MemoryStore()
  await disk.commit({
    puts: (await shortRows(page)).map(([key, value]) => ({
      key: decodeKey(Buffer.from(key, 'base64').subarray(1)),
      value: Buffer.from(value, 'base64'),
    })),
  })
  let bytes = 0
  const store = await ResidentStore.open(disk)
  for await (const { key, value } of store.list({ prefix: [], start: ['search'], end: ['searchz'] }))
    bytes += encodeKey(key).length + value.length
  return bytes
}

/** What the database has under keys that begin with a number: all that isn't a long row of a blob. */
const shortRows = (page: Page): Promise<readonly (readonly [key: string, value: string])[]> =>
  page.evaluate(`(async () => {
    const ended = (request) => new Promise((done, failed) => {
      request.onsuccess = () => done(request.result)
      request.onerror = () => failed(request.error)
    })
    const text = (bytes) => {
      let all = ''
      for (const byte of new Uint8Array(bytes)) all += String.fromCharCode(byte)
      return btoa(all)
    }
    const db = await ended(indexedDB.open('packetboat'))
    const range = IDBKeyRange.bound(Uint8Array.of(0, 0x10), Uint8Array.of(0, 0x20))
    const store = db.transaction('kept').objectStore('kept')
    const [keys, values] = await Promise.all([ended(store.getAllKeys(range)), ended(store.getAll(range))])
    db.close()
    return keys.map((key, index) => [text(key), text(values[index])])
  })()`)
