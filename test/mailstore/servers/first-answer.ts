import { decodeEnvelope } from '../../../src/mime/headers/envelope-codec.js'
import type { Account } from '../../../src/sync/account.js'
import { scanMailStore } from '../../../src/sync/scan/scan-mail-store.js'
import { type Asker, answerQuestion, indexForAnswer } from '../../../src/sync/search/answer-question.js'
import { findMessages } from '../../../src/sync/search/find-messages.js'
import type { Patience } from '../../../src/sync/search/index-found.js'
import { readQuestion } from '../../../src/sync/search/read-question.js'
import { updateIndex } from '../../../src/sync/search/update-index.js'

/** Somebody who has nothing. */
const asker: Asker = {
  device: 'd'.repeat(32),
  cursor: { log: 0, structure: 0, mailboxes: {} },
  takesPart: () => false,
}

/** What is answered at once, and how much isn't in the index then: there was no time to read anything for it that the server didn't name. */
export async function firstAnswer(
  account: Account,
  text: string,
  patience: Partial<Patience> = {},
): Promise<{ readonly subjects: readonly string[]; readonly left: number }> {
  const { signal } = new AbortController()
  await scanMailStore(account)
  const left = await indexForAnswer(account, signal, 0)
  const asked = { number: 1, text, most: 20, mostBytes: 10_000 }
  const hits = await answerQuestion(account, asked, asker, {
    left,
    patience: { naming: signal, reading: signal, ...patience },
    signal,
  })
  return { subjects: hits.entries.map(({ subject }) => subject).sort(), left: hits.left }
}

/** What is found by the whole index. */
export async function lastAnswer(account: Account, text: string): Promise<readonly string[]> {
  await updateIndex(account)
  const { messages } = await findMessages(account, { question: readQuestion(text), limit: 20 })
  return messages
    .map(({ content }) => decodeEnvelope(content.envelope ?? new Uint8Array()).subject ?? '')
    .sort()
}
