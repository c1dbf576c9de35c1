import type { Guid } from '../../replica/model.js'
import type { FiledOperation, JournalEntry, Operation } from '../../replica/operation.js'
import { isFinal } from '../../replica/submission/submission.js'
import { getSubmission, listSubmissions } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'
import { shortNameOf } from '../../wire/response/given-numbers.js'

/** What goes without GUIDs to an upstream that knows messages by what made them, and comes so from it. docs/PROTOCOL.md "Submissions". */

/** The journal as it goes up: the copy of a mail that the upstream knows by then is named after that. */
export async function inShort(
  reader: Reader,
  entries: readonly JournalEntry[],
): Promise<readonly JournalEntry[]> {
  if (!entries.some(({ operation }) => isCopy(operation))) return entries
  if (!(await tables.outboxThere.get(reader))?.numbers) return entries
  const short: JournalEntry[] = []
  for (const entry of entries) {
    const filed = await filedOf(reader, entry)
    short.push(filed ? { number: entry.number, operation: filed } : entry)
  }
  return short
}

const isCopy = (operation: Operation): boolean => operation.op === 'append' && operation.copyOf !== undefined

async function filedOf(
  reader: Reader,
  { number, operation }: JournalEntry,
): Promise<FiledOperation | undefined> {
  if (operation.op !== 'append' || operation.copyOf === undefined) return undefined
  const { mailbox, message, copyOf: submission, flags, uid, adopt } = operation
  if (adopt || uid !== undefined) return undefined
  const sent = await getSubmission(reader, submission)
  // It may be forgotten there once it has come to its end, and isn't known before it is told.
  if (!sent?.told || isFinal(sent.state)) return undefined
  for await (const _ of tables.journalOf.list(reader, [submission], { start: number + 1, limit: 1 }))
    return undefined
  return { op: 'filed', mailbox, message, submission, flags }
}

/** Whether the answer may name messages in short: something is made here that gets a number there, or somebody waits for mail to be filed there. */
export async function asksForNumbers(reader: Reader, entries: readonly JournalEntry[]): Promise<boolean> {
  if (!(await tables.outboxThere.get(reader))?.numbers) return false
  const makes = ({ operation: { op } }: JournalEntry): boolean =>
    op === 'append' || op === 'filed' || op === 'copy'
  return entries.some(makes) || (await listSubmissions(reader)).some(({ state }) => !isFinal(state))
}

/** Mailboxes by the short names of their GUIDs, deleted ones too; a name that several have is none's. */
export async function mailboxesInShort(reader: Reader): Promise<ReadonlyMap<number, Guid>> {
  const named = new Map<number, Guid>()
  const shared = new Set<number>()
  for await (const { value } of tables.mailbox.list(reader)) {
    const name = shortNameOf(value.guid)
    if (named.has(name)) shared.add(name)
    named.set(name, value.guid)
  }
  for (const name of shared) named.delete(name)
  return named
}
