import { cursorOf } from '../../replica/cursor.js'
import { equalFlags } from '../../replica/flags.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { getMessage, isLive } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { JournalEntry } from '../../replica/operation.js'
import type { MessageRecord } from '../../replica/records.js'
import { nameOfCopy } from '../../replica/submission/submission.js'
import { getSubmission } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import type { Hello } from '../../wire/request-frames.js'
import type { Accept } from '../../wire/response/accept-frame.js'
import {
  type FiledCopy,
  type GivenNumbers,
  maxGivenNumbers,
  type NumberedEntry,
  shortNameOf,
} from '../../wire/response/given-numbers.js'
import type { Policy } from '../policy/policy.js'
import { takesPart } from '../policy/selection.js'
import { mailboxesInShort } from './named-in-short.js'

/** What an accept tells of messages by their entries and submissions, so that no frame of their mailbox has to name them by GUIDs. */
export interface Given {
  readonly numbers: GivenNumbers | undefined
  /** The messages that were told of, with their last change by then: as long as there is no later one, all is told. */
  readonly told: ReadonlyMap<Guid, number>
}

interface Said {
  readonly hello: Hello
  readonly entries: readonly JournalEntry[]
}

interface Asking extends Said {
  readonly policy: Policy
  readonly outbox: NonNullable<Accept['outbox']>
}

/** Undefined where the device doesn't ask for it, or nothing else will be told. */
export async function giveNumbers(
  reader: Reader,
  { hello, entries }: Said,
  policy: Policy | undefined,
  outbox: Accept['outbox'],
): Promise<Given | undefined> {
  if (!hello.numbers || !policy || !outbox) return undefined
  const asking = { hello, entries, policy, outbox }
  const told = new Map<Guid, number>()
  const numbered = await numberedEntries(reader, asking, told)
  const copies = await filedCopies(reader, asking, told)
  return { numbers: told.size > 0 ? { entries: numbered, copies } : undefined, told }
}

/** Of what the device has made, where it stands as the device made it. */
async function numberedEntries(
  reader: Reader,
  { hello, entries, policy }: Asking,
  told: Map<Guid, number>,
): Promise<NumberedEntry[]> {
  const { applied = 0 } = (await tables.device.get(reader, hello.replica)) ?? {}
  const numbered: NumberedEntry[] = []
  for (const { number: entry, operation } of entries) {
    if (entry > applied || numbered.length === maxGivenNumbers) break
    if (operation.op !== 'append' && operation.op !== 'filed' && operation.op !== 'copy') continue
    const message = await newTo(reader, hello, operation.message)
    if (!message || message.origin !== hello.replica || message.mailbox !== operation.mailbox) continue
    const mailbox = await getMailbox(reader, message.mailbox)
    if (!mailbox || !takesPart(mailbox, { policy, only: hello.only })) continue
    if (!equalFlags(message.flags, operation.flags)) continue
    numbered.push({ entry, number: message.number, uid: message.uid })
    told.set(message.guid, message.modseq)
  }
  return numbered
}

/** Of mail that is told to be sent, where the copy is as it was filed, of bytes that the device has. */
async function filedCopies(
  reader: Reader,
  { hello, policy, outbox }: Asking,
  told: Map<Guid, number>,
): Promise<FiledCopy[]> {
  const copies: FiledCopy[] = []
  let inShort: ReadonlyMap<number, Guid> | undefined
  // What a window leaves out is counted by what its mailbox tells.
  if (outbox === 'as-heard' || policy.windows.length > 0) return copies
  for (const [place, { guid, state }] of outbox.submissions.entries()) {
    if (copies.length === maxGivenNumbers) break
    const submission = state === 'sent' ? await getSubmission(reader, guid) : undefined
    if (!submission || submission.madeWhole || submission.filed !== nameOfCopy(guid)) continue
    const message = await newTo(reader, hello, submission.filed)
    if (!message || message.origin !== undefined || message.content !== submission.content) continue
    const mailbox = await getMailbox(reader, message.mailbox)
    if (
      !mailbox ||
      mailbox.modseq > hello.cursor.structure ||
      !takesPart(mailbox, { policy, only: hello.only })
    )
      continue
    if (!equalFlags(message.flags, ['\\Seen'])) continue
    const name = shortNameOf(mailbox.guid)
    inShort ??= await mailboxesInShort(reader)
    if (!inShort.has(name)) continue
    const { number, uid, internalDateMs } = message
    const afterMs = internalDateMs - submission.queuedMs
    copies.push({ place, mailbox: name, number, uid, afterMs })
    told.set(message.guid, message.modseq)
  }
  return copies
}

async function newTo(reader: Reader, { cursor }: Hello, guid: Guid): Promise<MessageRecord | undefined> {
  const message = await getMessage(reader, guid)
  const isNew = isLive(message) && !message.hidden && message.created > cursorOf(cursor, message.mailbox).log
  return isNew ? message : undefined
}
