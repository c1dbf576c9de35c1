import type { Account } from '../../sync/account.js'
import { findMessages } from '../../sync/search/find-messages.js'
import { readQuestion } from '../../sync/search/read-question.js'
import { updateIndex } from '../../sync/search/update-index.js'
import type { MessageRow } from '../port.js'
import { messageRow } from './message-rows.js'

/** Searches what is here, newest first. The index takes in what has come since the last search first. Throws USAGE. */
export async function foundRows(
  account: Account,
  words: string,
  { count, signal }: { readonly count: number; readonly signal?: AbortSignal },
): Promise<MessageRow[]> {
  const question = readQuestion(words)
  await updateIndex(account, signal && { signal })
  const { messages } = await findMessages(account, { question, limit: count, ...(signal && { signal }) })
  return messages.map(({ message, content }) => messageRow(message, content, 0))
}
