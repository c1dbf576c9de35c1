import type { Reader } from '../../store/database.js'
import { getMessage, isLive } from '../messages.js'
import type { Guid } from '../model.js'
import type { MessageRecord } from '../records.js'
import { tables } from '../tables.js'

/** Messages that show this content, live ones first. */
export async function messagesOf(reader: Reader, content: Guid): Promise<MessageRecord[]> {
  const messages: MessageRecord[] = []
  for await (const message of eachMessageOf(reader, content)) messages.push(message)
  return messages.sort((a, b) => Number(a.expunged) - Number(b.expunged))
}

/**
 * The messages of a content in no particular order, for a caller that looks for one: of a thousand copies, no
 * more are read than needed. Expunged ones come last first, since files go in the order of their messages.
 */
export async function* eachMessageOf(reader: Reader, content: Guid): AsyncGenerator<MessageRecord> {
  yield* referring(reader, tables.reference.list(reader, [content]))
  yield* referring(reader, tables.pastReference.list(reader, [content], { reverse: true }))
}

async function* referring(
  reader: Reader,
  references: AsyncIterable<{ readonly key: readonly [content: Guid, message: Guid] }>,
): AsyncGenerator<MessageRecord> {
  let guids: [Guid][] = []
  let page = firstPage
  for await (const { key } of references) {
    guids.push([key[1]])
    if (guids.length < page) continue
    yield* messagesNamed(reader, guids)
    guids = []
    page = Math.min(4 * page, longestPage)
  }
  yield* messagesNamed(reader, guids)
}

const firstPage = 2
const longestPage = 128

async function* messagesNamed(reader: Reader, guids: readonly [Guid][]): AsyncGenerator<MessageRecord> {
  if (guids.length > 1) await tables.message.readAhead(reader, guids)
  for (const [guid] of guids) {
    const message = await getMessage(reader, guid)
    if (message) yield message
  }
}

/** Those that aren't expunged: they are there, or hidden. From this one on, where one is named. */
export async function* remainingMessagesOf(
  reader: Reader,
  content: Guid,
  from?: Guid,
): AsyncGenerator<MessageRecord> {
  const range = from === undefined ? {} : { start: from }
  // A database of an earlier build has what was expunged then among them.
  for await (const message of referring(reader, tables.reference.list(reader, [content], range)))
    if (!message.expunged) yield message
}

/** The messages of a content that are alive. */
export async function* liveMessagesOf(reader: Reader, content: Guid): AsyncGenerator<MessageRecord> {
  for await (const message of remainingMessagesOf(reader, content)) if (isLive(message)) yield message
}

/** Whether any message that is there shows this content. */
export async function isShown(reader: Reader, content: Guid): Promise<boolean> {
  for await (const message of liveMessagesOf(reader, content)) return isLive(message)
  return false
}

/** Whether any message shows this content or did before it was expunged. */
export async function isReferredTo(reader: Reader, content: Guid): Promise<boolean> {
  for await (const _ of eachMessageOf(reader, content)) return true
  return false
}
