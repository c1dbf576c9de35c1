import type { Reader } from '../store/database.js'
import type { Change } from './change.js'
import { getContent } from './content/contents.js'
import { messagesOf } from './content/messages-of-content.js'
import { addMessage, changeFlags, expungeMessage, movedOn } from './messages.js'
import type { Flags } from './model.js'
import type { MessageRecord } from './records.js'

/**
 * Marks, on all replicas, a text in place of a message that can't be read where it is kept
 * (`sync/adopt/substitute.ts`). Once the message can be read, the text goes and the message comes; nothing is
 * lost, so nobody is asked. No sender can set a keyword.
 */
export const substituteKeyword = '$PacketboatUnreadable'

export function isSubstitute({ flags }: Pick<MessageRecord, 'flags'>): boolean {
  return flags.includes(substituteKeyword)
}

/** The flags of the message itself. */
export function withoutSubstituteKeyword(flags: Flags): Flags {
  return flags.filter((name) => name !== substituteKeyword)
}

/** The message that could be read at last, of which somebody has moved or copied the text. Undefined while it can't. */
export async function liftedOf(reader: Reader, copy: MessageRecord): Promise<MessageRecord | undefined> {
  for (const other of await messagesOf(reader, copy.content)) {
    const lifted = other.expunged ? await movedOn(reader, other) : undefined
    if (lifted && !(await getContent(reader, lifted.content))?.substitute) return lifted
  }
  return undefined
}

/** What was a copy of the text becomes one of the message. */
export async function becomeCopy(
  change: Change,
  copy: MessageRecord,
  message: MessageRecord,
): Promise<MessageRecord> {
  const local: Change = { ...change, origin: { kind: 'local' } }
  const fresh = await addMessage(local, {
    guid: change.replica.nextGuid(),
    mailbox: copy.mailbox,
    content: message.content,
    flags: withoutSubstituteKeyword(copy.flags),
    internalDateMs: message.internalDateMs,
  })
  await expungeMessage(local, copy, { base: copy.flags, movedTo: fresh.guid })
  return fresh
}

/** A copy of the text stands in the mail store, since the message went before anybody could read it: it is a mail like any other. */
export async function becomeMail(change: Change, copy: MessageRecord): Promise<void> {
  await changeFlags(change, copy, { add: [], remove: [substituteKeyword] })
}

/** Somebody moved the text when the message had come already: it goes where the text went. */
export async function moveLifted(change: Change, moved: MessageRecord, copy: MessageRecord): Promise<void> {
  const lifted = await movedOn(change.tx, moved)
  if (!lifted || lifted.content === copy.content) return
  const { guid } = await becomeCopy(change, copy, lifted)
  const local: Change = { ...change, origin: { kind: 'local' } }
  await expungeMessage(local, lifted, { base: lifted.flags, movedTo: guid })
}
