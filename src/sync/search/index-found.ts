import { getMessage, isLive } from '../../replica/messages.js'
import { type MailboxPath, pathText } from '../../replica/model.js'
import type { MailboxRecord, MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import type { Sought } from '../mail-store.js'
import { mailboxesFor } from './candidates.js'
import { numberedContent } from './numbered-contents.js'
import type { Question } from './read-question.js'
import { takeInContents } from './update-index.js'

/** So many messages that a mail server names are looked up. */
const mostNamed = 4000

/** How long an answer waits for a mail server, for all its questions together. */
export interface Patience {
  /** Aborted, the server has named what it names. */
  readonly naming: AbortSignal
  /** Aborted, no more of that is read, and what is being read isn't waited for. */
  readonly reading: AbortSignal
}

/** How long the server may take to name messages, and how long it then takes to read them, ms. */
const namingMs = 1000
const readingMs = 1000

export const usualPatience = (): Patience => ({
  naming: AbortSignal.timeout(namingMs),
  reading: AbortSignal.timeout(namingMs + readingMs),
})

export interface IndexFound {
  readonly question: Question
  readonly isMeant: (message: MessageRecord, mailbox: MailboxRecord) => boolean
  readonly patience: Patience
  readonly signal: AbortSignal
}

/**
 * Asks the mail server which messages may fit a question, where it looks for words by itself, and takes those
 * into the index before all others: the answer comes from the index as always, but needn't wait until all
 * mail is in it. Returns how many were taken in, as far as that was waited for.
 */
export async function indexFound(account: Account, search: IndexFound): Promise<number> {
  const { reading } = search.patience
  if (reading.aborted) return 0
  const work = takeInNamed(account, search)
  let stop = (): void => undefined
  const over = new Promise<number>((resolve) => {
    stop = () => resolve(0)
    reading.addEventListener('abort', stop, { once: true })
  })
  // A server may fall silent in the middle of a message: reading it goes on, and the answer doesn't wait for it.
  return Promise.race([work, over]).finally(() => reading.removeEventListener('abort', stop))
}

async function takeInNamed(account: Account, search: IndexFound): Promise<number> {
  const { question, patience, signal } = search
  const words = question.terms.flatMap(({ field, spelled }) =>
    spelled.map((spellings) => ({ field, spellings })),
  )
  if (words.length === 0) return 0
  const messages = await namedByServer(account, search, {
    words,
    afterMs: question.afterMs,
    beforeMs: question.beforeMs,
  })
  const newest = messages.sort((a, b) => b.internalDateMs - a.internalDateMs)
  const contents = [...new Set(newest.map(({ content }) => content))]
  return takeInContents(account, contents, { signal, goOn: () => !patience.reading.aborted })
}

async function namedByServer(
  { replica: { db }, mailStore }: Account,
  { question, isMeant, patience, signal }: IndexFound,
  sought: Sought,
): Promise<MessageRecord[]> {
  if (!mailStore.find) return []
  const paths: MailboxPath[] = []
  const mailboxes = new Map<string, MailboxRecord>()
  for (const mailbox of (await mailboxesFor(db, question, () => true)).values()) {
    const file = await tables.mailboxFile.get(db, mailbox.guid)
    if (!file || mailbox.messages === 0) continue
    paths.push(file.path)
    mailboxes.set(pathText(file.path), mailbox)
  }
  const named: MessageRecord[] = []
  let looked = 0
  const until = AbortSignal.any([signal, patience.naming])
  for await (const { path, locators } of mailStore.find(paths, sought, until)) {
    const mailbox = mailboxes.get(pathText(path))
    if (!mailbox) continue
    for (const locator of locators) {
      if (looked++ >= mostNamed) return named
      const file = await tables.file.get(db, mailbox.guid, locator)
      const message = file && (await getMessage(db, file.message))
      if (!isLive(message) || !isMeant(message, mailbox)) continue
      if (!(await numberedContent(db, message.content))) named.push(message)
    }
  }
  return named
}
