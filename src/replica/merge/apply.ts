import type { Transaction } from '../../store/database.js'
import type { Change } from '../change.js'
import { currentName } from '../ids/current-name.js'
import type { JournalEntry, Operation, OperationResult } from '../operation.js'
import type { DeviceRecord } from '../records.js'
import { tables } from '../tables.js'
import type { Application, Author } from './application.js'
import {
  applyMailboxCreate,
  applyMailboxDelete,
  applyMailboxRename,
  applyMailboxSubscribe,
} from './apply-mailbox.js'
import { applyAppend, applyCopy, applyExpunge, applyFlags, applyRecall } from './apply-message.js'
import { applyCancel, applyFiled, applySubmit } from './apply-submission.js'
import { applyRenumber, applyUidNext, giveOtherUid } from './apply-uid.js'

/**
 * Applies a device's journal to the replica that it syncs with, by the merge rules of docs/CONFLICTS.md.
 * Everything happens in the caller's transaction, together with the number that makes sure that each entry is
 * applied once.
 */

/** Applies entries that were not applied before, in order, as far as the author's gauge lets through. Returns the new device record. */
export async function applyJournal(
  change: Change,
  author: Author,
  device: DeviceRecord,
  entries: readonly JournalEntry[],
): Promise<DeviceRecord> {
  let applied = device.applied
  for (const { number, operation } of entries) {
    if (number <= applied) continue
    const apply = async (): Promise<number> => {
      const application: Application = { change, author, number, results: [] }
      await applyOperation(application, operation)
      for (const [index, result] of application.results.entries())
        tables.result.put(change.tx, author.device, number, index, result)
      return application.results.length
    }
    if (!author.gauge) await apply()
    else if (!(await author.gauge.apply(operation, apply))) break
    applied = number
  }
  const after = { ...device, applied }
  tables.device.put(change.tx, author.device, after)
  return after
}

/** Called when a whole journal is applied. */
export async function finishJournal(change: Change, device: string): Promise<void> {
  for await (const { key } of tables.refusedUid.list(change.tx, [device])) {
    await giveOtherUid(change, key[1])
    tables.refusedUid.delete(change.tx, ...key)
  }
}

/** What the author's operations came to, where it wasn't simply what it asked, until the author has heard of it. */
export async function pendingResults(
  tx: Transaction,
  device: string,
  acknowledged: number,
): Promise<OperationResult[]> {
  const results: OperationResult[] = []
  let forgotten: number | undefined
  for await (const { key, value } of tables.result.list(tx, [device])) {
    if (value.number > acknowledged) {
      results.push(await current(tx, value))
      continue
    }
    tables.result.delete(tx, ...key)
    forgotten = value.number
  }
  if (forgotten === undefined) return results
  const record = await tables.device.get(tx, device)
  if (record) tables.device.put(tx, device, { ...record, forgottenResult: forgotten })
  return results
}

/** Names may have changed since, when our own upstream told us its own. */
async function current(tx: Transaction, result: OperationResult): Promise<OperationResult> {
  if (result.kind !== 'same-as') return result
  return { ...result, known: await currentName(tx, result.known) }
}

async function applyOperation(application: Application, operation: Operation): Promise<void> {
  switch (operation.op) {
    case 'mailbox-create':
      return applyMailboxCreate(application, operation)
    case 'mailbox-rename':
      return applyMailboxRename(application, operation)
    case 'mailbox-delete':
      return applyMailboxDelete(application, operation)
    case 'mailbox-subscribe':
      return applyMailboxSubscribe(application, operation)
    case 'append':
      return applyAppend(application, operation)
    case 'filed':
      return applyFiled(application, operation)
    case 'copy':
      return applyCopy(application, operation)
    case 'flags':
      return applyFlags(application, operation)
    case 'expunge':
      return applyExpunge(application, operation)
    case 'renumber':
      return applyRenumber(application, operation)
    case 'uid-next':
      return applyUidNext(application, operation)
    case 'recall':
      return applyRecall(application, operation)
    case 'submit':
      return applySubmit(application, operation)
    case 'cancel':
      return applyCancel(application, operation.submission)
  }
}
