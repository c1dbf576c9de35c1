import { cursorOf, knowsMessage } from '../../replica/cursor.js'
import { listDevices } from '../../replica/devices.js'
import { currentName } from '../../replica/ids/current-name.js'
import type { Author } from '../../replica/merge/application.js'
import { PassedDrafts } from '../../replica/merge/passed-drafts.js'
import { PassedTwins } from '../../replica/merge/passed-twins.js'
import type { Guid } from '../../replica/model.js'
import type { Cursor, DeviceRecord, MailboxCursor, ReplicaRecord } from '../../replica/records.js'
import { randomNumber, readReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { Hello } from '../../wire/request-frames.js'
import type { Lost } from '../../wire/response/accept-frame.js'
import type { Account } from '../account.js'

/** Who is it that asks, and do both sides remember the same of each other? */

const noDevice: DeviceRecord = { applied: 0, nonce: 0, tokens: [], acknowledged: 0 }

/** Tokens that are remembered: a device that was restored from a backup may give back an older one. */
const tokenCount = 32

export async function deviceRecord(reader: Reader, device: Guid): Promise<DeviceRecord> {
  return (await tables.device.get(reader, device)) ?? noDevice
}

/** What one of the two has forgotten, if anything: found out before anything of the request is applied. */
export async function findLoss(reader: Reader, hello: Hello): Promise<Lost | undefined> {
  const record = await readReplicaRecord(reader)
  const device = await deviceRecord(reader, hello.replica)
  if (!sentWhatWasApplied(hello, device)) return 'journal'
  if (hello.cursor.log === 0 && hasMissedSinceFirst(device, record)) return 'forgotten'
  if (hello.upstream === undefined) return undefined
  if (!gaveCursor(hello, device, record)) return 'cursor'
  return hasMissed(hello.cursor, record.horizon) ? 'forgotten' : undefined
}

/** Of what it brought in a first exchange that was cut something may have gone, and it was given up since. */
function hasMissedSinceFirst({ lost, tokens }: DeviceRecord, { horizon }: ReplicaRecord): boolean {
  const first = tokens.at(-1)
  return lost === true && first !== undefined && first.head < horizon
}

/** Expunges that a device with this cursor never heard of are forgotten here. */
export function hasMissed(cursor: Cursor, horizon: number): boolean {
  return positions(cursor).some((log) => log < horizon)
}

/**
 * An old copy of a device's database, or one of two copies, does not know the batch that was applied last. Or it
 * does, and hasn't heard what came of it, which nobody can tell any more.
 */
function sentWhatWasApplied(hello: Hello, device: DeviceRecord): boolean {
  if (device.applied === 0) return hello.acknowledged === 0
  if (hello.acknowledged < (device.forgottenResult ?? 0)) return false
  const { batchEnd = device.applied } = device
  return hello.batches.some(({ end, nonce }) => end === batchEnd && nonce === device.nonce)
}

/** An old copy of this database never gave out the token, or has no such position. */
function gaveCursor(hello: Hello, device: DeviceRecord, { head }: ReplicaRecord): boolean {
  if (hello.cursor.structure > head || positions(hello.cursor).some((log) => log > head)) return false
  return hello.token === undefined || device.tokens.some(({ token }) => token === hello.token)
}

/**
 * Whether the device missed the last answer that it was sent, perhaps under another name: its database may be
 * from before it lost its memory and took a new name. Nothing is missing under the old name then, except that
 * its pairing has been answered since.
 */
export async function hasMissedAnswer(reader: Reader, hello: Hello, device: DeviceRecord): Promise<boolean> {
  const last = device.tokens.at(-1)
  if (last === undefined) return false
  if (hello.token !== last.token) return true
  if (device.pairing === undefined) return false
  for (const { id, pairing, tokens } of await listDevices(reader))
    if (id !== hello.replica && pairing === device.pairing && (tokens.at(-1)?.head ?? 0) >= last.head)
      return true
  return false
}

/** The log positions that a cursor stands for. A position of 0 stands for nothing. */
function positions(cursor: Cursor): number[] {
  return [cursor.log, ...Object.values(cursor.mailboxes).map(({ log }) => log)].filter((log) => log > 0)
}

/**
 * Whether an answer may tell the device of mail although nothing has changed here since the last one: in mailboxes
 * that took no part, from before its window, or beyond where a line was cut. An old copy of the device that hasn't
 * heard of it must be known by its token.
 */
export function maySayMore({ cursor, shore }: Hello, head: number, windowsMoved: boolean): boolean {
  if (cursor.log < head || (windowsMoved && shore !== undefined)) return true
  return Object.values(cursor.mailboxes).some(({ log, missing }) => log < head || missing.length > 0)
}

/** The log position up to which the device has heard everything, in mailboxes that lag and in those that take no part this time, too. */
function heardOf({ cursor, aside = cursor.log }: Hello): number {
  return Math.min(cursor.log, aside, ...Object.values(cursor.mailboxes).map(({ log }) => log))
}

/** Notes that the device asks, and under which pairing. A device that was given up counts again among those that are waited for. */
export async function meetAgain(
  tx: Transaction,
  hello: Hello,
  nowMs: number,
  pairing: string | undefined,
): Promise<void> {
  const { lost, ...record } = await deviceRecord(tx, hello.replica)
  // What it acknowledged once counts no more when it was given up: a backup of it may have come back.
  const acknowledged = lost ? heardOf(hello) : record.acknowledged
  tables.device.put(tx, hello.replica, {
    ...record,
    acknowledged,
    seenMs: nowMs,
    ...(pairing !== undefined && { pairing }),
  })
}

/** The device's record while its entries are applied bit by bit: when it asks again, it is known by the batch that they belong to. */
export function whileApplying(device: DeviceRecord, hello: Hello): DeviceRecord {
  const batch = hello.batches.at(-1)
  const ahead = batch !== undefined && batch.end > device.applied
  return ahead ? { ...device, batchEnd: batch.end, nonce: batch.nonce } : device
}

/** The device's record after it has asked, all its entries applied. */
export function afterApplying(device: DeviceRecord, hello: Hello): DeviceRecord {
  const batch = hello.batches.at(-1)
  const ahead = batch !== undefined && batch.end >= device.applied
  const { batchEnd: _, ...whole } = device
  return {
    ...(ahead ? { ...whole, applied: batch.end, nonce: batch.nonce } : device),
    acknowledged: Math.max(device.acknowledged, heardOf(hello)),
  }
}

/** The token that the device is to give back next time: another one whenever there is something new to remember or to tell, here or there. */
export async function giveToken(
  tx: Transaction,
  account: Account,
  device: Guid,
  { anew }: { readonly anew: boolean },
): Promise<number> {
  const record = await deviceRecord(tx, device)
  const { head } = await readReplicaRecord(tx)
  const last = record.tokens.at(-1)
  if (!anew && last && last.head === head && last.applied === record.applied) return last.token
  const token = randomNumber(account.replica)
  const tokens = [...record.tokens.slice(1 - tokenCount), { token, head, applied: record.applied }]
  tables.device.put(tx, device, { ...record, tokens })
  return token
}

/** A cursor that speaks of mailboxes by the GUIDs that they have here now. */
export async function translateCursor(reader: Reader, cursor: Cursor): Promise<Cursor> {
  const mailboxes: Record<Guid, MailboxCursor> = {}
  for (const [mailbox, position] of Object.entries(cursor.mailboxes))
    mailboxes[await currentName(reader, mailbox)] = position
  return { ...cursor, mailboxes }
}

/** Who wrote the journal, and what it knew. */
export function authorOf({ replica, upstream, cursor }: Hello): Omit<Author, 'recalls'> {
  return {
    device: replica,
    passed: new PassedTwins(),
    drafts: new PassedDrafts(),
    met: upstream !== undefined,
    structure: cursor.structure,
    log: (mailbox) => cursorOf(cursor, mailbox).log,
    knows: (message) => knowsMessage(replica, cursor, message),
  }
}
