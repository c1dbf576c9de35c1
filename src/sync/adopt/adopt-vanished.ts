import type { Change } from '../../replica/change.js'
import { removeFile } from '../../replica/files.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { expungeMessage, getMessage } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import { type MessageRecord, substituteFile, wholeFile } from '../../replica/records.js'
import { isSubstitute } from '../../replica/substitute.js'
import { tables } from '../../replica/tables.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { HeldBack } from '../../wire/response/accept-frame.js'
import type { Account } from '../account.js'
import { noteFileGone } from '../content/content-access.js'
import { adoptNumbering } from './adopt-uid.js'
import { judgeMissing } from './hold-back.js'
import type { MailboxScan } from './mailbox-scan.js'
import type { Movements } from './movements.js'
import { beginExpunge, isSynchronous } from './synchronous-expunge.js'

/** Messages of a mailbox that have vanished, and that didn't turn up elsewhere. */
export function countGone({ vanished }: MailboxScan, { movedTo }: Movements): number {
  return [...vanished.keys()].filter((guid) => !movedTo.has(guid)).length
}

/**
 * Called when not all of the mail store can be read: what may lie in the rest of it isn't reported as gone until
 * everything can be read. Returns whether there is any.
 */
export async function keepStandIns(
  reader: Reader,
  scan: MailboxScan,
  movements: Movements,
): Promise<boolean> {
  const missing = await standInsMissing(reader, scan, movements)
  for (const guid of missing) scan.vanished.delete(guid)
  if (missing.length > 0) scan.waits = true
  return missing.length > 0
}

/**
 * Messages that have vanished and whose bytes are only upstream: stand-ins, and texts that say that a message
 * can't be read. A whole message that was moved out of sight still has its bytes there and comes back with them.
 */
async function standInsMissing(
  reader: Reader,
  { vanished }: MailboxScan,
  { movedTo }: Movements,
): Promise<readonly Guid[]> {
  const found: Guid[] = []
  for (const [guid, { shown }] of vanished) {
    if (movedTo.has(guid) || shown === substituteFile) continue
    if (shown !== wholeFile || (await isText(reader, guid))) found.push(guid)
  }
  return found
}

async function isText(reader: Reader, guid: Guid): Promise<boolean> {
  const message = await getMessage(reader, guid)
  return message !== undefined && isSubstitute(message)
}

/** Not all of the mail store has been read: what is missing here may lie there. Returns whether anything is. */
export function leaveMissing(scan: MailboxScan, { movedTo }: Movements): boolean {
  let isMissing = false
  for (const guid of scan.vanished.keys()) {
    if (movedTo.has(guid)) continue
    scan.vanished.delete(guid)
    scan.waits = true
    isMissing = true
  }
  return isMissing
}

interface VanishedOptions {
  readonly allow: readonly string[]
  readonly emptied: boolean
  /** Else nothing can be said of what is missing, and of what was held back. */
  readonly isWhole: boolean
}

/** Returns what was held back instead. */
export async function takeVanished(
  account: Account,
  scan: MailboxScan,
  movements: Movements,
  { allow, emptied, isWhole }: VanishedOptions,
): Promise<HeldBack | undefined> {
  const { replica } = account
  return replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    const mailbox = await getMailbox(tx, scan.mailbox)
    const gone = countGone(scan, movements)
    const before = await tables.mailboxFile.get(tx, scan.mailbox)
    // What could not be seen last time, and isn't there now that all can be: only a person can say that it was deleted.
    const doubted = before?.doubted === true
    const replaced = before?.replaced === true
    const missing = { where: 'here', gone, of: scan.files, emptied: emptied || doubted, replaced } as const
    const held =
      mailbox && isWhole
        ? await judgeMissing(change, account.guard, { mailbox, ...missing }, allow)
        : undefined
    const synchronous = isSynchronous(account, mailbox)
    for (const [guid, file] of scan.vanished) {
      const movedTo = movements.movedTo.get(guid)
      if (held && movedTo === undefined) continue
      tables.trashed.delete(tx, guid)
      const message = await forgetFile(tx, guid)
      if (!message) continue
      if (synchronous && movedTo === undefined && (await beginExpunge(change, message, file))) continue
      await expungeMessage(change, message, { base: file.flags, ...(movedTo !== undefined && { movedTo }) })
    }
    await noteSeen(change, scan, { held: held !== undefined, emptied })
    return held
  })
}

/** The file of a message is gone, and with it perhaps the last of its bytes. Gives the message. */
export async function forgetFile(tx: Transaction, guid: Guid): Promise<MessageRecord | undefined> {
  await removeFile(tx, guid)
  const message = await getMessage(tx, guid)
  if (message) await noteFileGone(tx, message.content)
  return message
}

/** Notes where the next scan begins: where this one did, as long as something is held back or out of sight. */
async function noteSeen(
  change: Change,
  scan: MailboxScan,
  { held, emptied }: { readonly held: boolean; readonly emptied: boolean },
): Promise<void> {
  const record = await tables.mailboxFile.get(change.tx, scan.mailbox)
  if (!record) return
  const { numbering: _, doubted: __, replaced, ...rest } = record
  const { numbering } = scan
  const token = held || scan.doubted || scan.waits ? '' : scan.token
  tables.mailboxFile.put(change.tx, scan.mailbox, {
    ...rest,
    token,
    ...(numbering && { numbering }),
    ...(scan.doubted && { doubted: true }),
    ...(replaced && (token === '' || emptied) && { replaced }),
  })
  if (numbering) await adoptNumbering(change, scan.mailbox, numbering)
}
