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

/** Limits for what a mail server names: messages that are looked up, and time to take them in, ms. */
export const foundLimits = { messages: 4000, ms: 3000 } as const

export interface IndexFound {
  readonly question: Question
  readonly isMeant: (message: MessageRecord, mailbox: MailboxRecord) => boolean
  readonly limits?: { readonly messages: number; readonly ms: number }
  readonly signal: AbortSignal
}

/**
 * Asks the mail server which messages may fit a question, where it looks for words by itself, and takes those
 * into the index before all others: the answer comes from the index as always, but needn't wait until all
 * mail is in it. Returns how many were taken in.
 */
export async function indexFound(account: Account, search: IndexFound): Promise<number> {
  const { question, limits = foundLimits, signal } = search
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
  const { now } = account.replica
  const begunMs = now()
  return takeInContents(account, contents, {
    signal,
    goOn: () => Math.abs(now() - begunMs) < limits.ms,
  })
}

async function namedByServer(
  { replica: { db }, mailStore }: Account,
  { question, isMeant, limits = foundLimits, signal }: IndexFound,
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
  for await (const { path, locators } of mailStore.find(paths, sought, signal)) {
    const mailbox = mailboxes.get(pathText(path))
    if (!mailbox) continue
    for (const locator of locators) {
      if (looked++ >= limits.messages) return named
      const file = await tables.file.get(db, mailbox.guid, locator)
      const message = file && (await getMessage(db, file.message))
      if (!isLive(message) || !isMeant(message, mailbox)) continue
      if (!(await numberedContent(db, message.content))) named.push(message)
    }
  }
  return named
}
