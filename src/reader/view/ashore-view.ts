import { listMailboxes } from '../../replica/mailboxes.js'
import { pathText } from '../../replica/model.js'
import type { Reader } from '../../store/database.js'
import { listAsked } from '../../sync/search/asked-questions.js'
import { countAshore } from '../../sync/shore/shore-here.js'
import { placeOfHit, questionState } from '../../told/found-ashore.js'
import type { AshoreView, QuestionRow } from '../matters.js'

/** What is at the endpoint alone, by mailbox, and what was asked of it, the last question first. */
export async function ashoreView(reader: Reader, select: readonly string[]): Promise<AshoreView> {
  const counts = await countAshore(reader)
  const mailboxes = (await listMailboxes(reader)).flatMap(({ guid, path }) => {
    const count = counts.get(guid)
    return count ? [{ path, ...count }] : []
  })
  const questions: QuestionRow[] = []
  for (const asked of (await listAsked(reader)).toReversed()) {
    const { entries = [], total = 0, totalBytes = 0, isPartial = false } = asked.answer?.hits ?? {}
    const hits = []
    for (const hit of entries) {
      const { from, subject, arrivedMs, sizeBytes } = hit
      const { is, mailbox, message } = await placeOfHit(reader, hit, select)
      hits.push({
        ...{ from, subject, arrivedMs, sizeBytes, is },
        mailbox: mailbox ? pathText(mailbox.path) : '?',
        ...(message && { message: message.guid }),
      })
    }
    const words = asked.question.text
    questions.push({ words, state: questionState(asked), total, totalBytes, isPartial, hits })
  }
  return { mailboxes, questions }
}
