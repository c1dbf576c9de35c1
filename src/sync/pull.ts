import { hasCode } from '../errors/packetboat-error.js'
import type { Change } from '../replica/change.js'
import { removeFile } from '../replica/files.js'
import { applyDelta, asksToKeep, equalFlags, flagDelta } from '../replica/flags.js'
import { changeFlags, expungeMessage, getMessage } from '../replica/messages.js'
import type { Flags, Guid, MailboxPath } from '../replica/model.js'
import { type FileRecord, keys, type MailboxFileRecord } from '../replica/records.js'
import type { Account } from './account.js'
import { noteFileGone } from './content-access.js'
import { type IdentifiedFile, identifyFile } from './identify-file.js'
import type { StoreMessage } from './mail-store.js'
import { type AttachedMailbox, pullMailboxes } from './pull-mailboxes.js'
import { copyFrom, takeFile } from './take-file.js'

/** What has changed in one mailbox of the mail store since it was last looked at. */
export interface Look {
  readonly mailbox: Guid
  readonly path: MailboxPath
  readonly token: string
  readonly fresh: readonly StoreMessage[]
  readonly reflagged: readonly { readonly file: FileRecord; readonly now: StoreMessage }[]
  /** By message. Taken out when the message is found again under another name. */
  readonly vanished: Map<Guid, FileRecord>
}

/** All vanished files of a pull, and where they turned up. */
export interface Movements {
  readonly looks: readonly Look[]
  readonly movedTo: Map<Guid, Guid>
}

/** Files are taken over this many at a time: bounds what a crash repeats and how long a transaction lasts. */
const batchSize = 64

/**
 * Takes over what was done in the mail store since the last pull: a three-way comparison of what was seen last, what is there
 * now, and what the replica holds. Costs directory times when nothing has changed. Returns how many things had.
 */
export async function pull(
  account: Account,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (messages: number) => void } = {},
): Promise<number> {
  return account.exclusive(() => pullNow(account, options))
}

/** The same for callers that hold the account's queue already. */
export async function pullNow(
  account: Account,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (messages: number) => void } = {},
): Promise<number> {
  const attached = await pullMailboxes(account, options.signal)
  const looks: Look[] = []
  for (const mailbox of attached) {
    if (mailbox.seenToken === mailbox.store.token) continue
    options.signal?.throwIfAborted()
    const look = await lookAt(account, mailbox)
    if (look) looks.push(look)
  }
  const movements: Movements = { looks, movedTo: new Map() }
  let changes = 0
  for (const look of looks) changes += await takeFresh(account, look, movements, options, changes)
  for (const look of looks) {
    changes += look.reflagged.length + look.vanished.size
    await takeReflagged(account, look)
    await takeVanished(account, look, movements)
  }
  return changes
}

async function lookAt(account: Account, mailbox: AttachedMailbox): Promise<Look | undefined> {
  const { mailStore, replica } = account
  const { path } = mailbox.store
  try {
    const listing = await mailStore.messages(path)
    const known = new Map<string, FileRecord>()
    for await (const { key, value } of replica.db.list<FileRecord>({ prefix: ['file', mailbox.guid] }))
      known.set(String(key[2]), value)
    const fresh: StoreMessage[] = []
    const reflagged: { file: FileRecord; now: StoreMessage }[] = []
    for (const now of listing.messages) {
      const file = known.get(now.locator)
      if (!file) fresh.push(now)
      else if (!equalFlags(file.flags, now.flags)) reflagged.push({ file, now })
      known.delete(now.locator)
    }
    const gone = known.size === 0 ? [] : await mailStore.confirmGone(path, [...known.keys()])
    const vanished = new Map<Guid, FileRecord>()
    for (const locator of gone) {
      const file = known.get(locator)
      if (file) vanished.set(file.message, file)
    }
    return { mailbox: mailbox.guid, path, token: listing.token, fresh, reflagged, vanished }
  } catch (error) {
    // Deleted or renamed since it was listed a moment ago: the next pull sees what became of it.
    if (hasCode(error, 'MAILBOX_MISSING')) return undefined
    throw error
  }
}

async function takeFresh(
  account: Account,
  look: Look,
  movements: Movements,
  options: { readonly signal?: AbortSignal; readonly onProgress?: (messages: number) => void },
  before: number,
): Promise<number> {
  const { replica } = account
  let taken = 0
  for (let at = 0; at < look.fresh.length; at += batchSize) {
    options.signal?.throwIfAborted()
    const batch: { readonly message: StoreMessage; readonly file: IdentifiedFile }[] = []
    for (const message of look.fresh.slice(at, at + batchSize)) {
      try {
        batch.push({ message, file: await identifyFile(account, look.path, message, options.signal) })
      } catch (error) {
        if (!hasCode(error, 'MESSAGE_GONE') && !hasCode(error, 'MAILBOX_MISSING')) throw error
      }
    }
    await replica.db.transact(async (tx) => {
      const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
      for (const { message, file } of batch) await takeFile(change, look, movements, message, file)
    })
    taken += batch.length
    options.onProgress?.(before + taken)
  }
  return taken
}

async function takeReflagged(account: Account, look: Look): Promise<void> {
  const { replica } = account
  if (look.reflagged.length === 0) return
  await replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    for (const { file, now } of look.reflagged) {
      tx.put(keys.file(look.mailbox, now.locator), { ...file, flags: now.flags })
      await takeFlags(change, look, file, now)
    }
  })
}

async function takeFlags(change: Change, look: Look, file: FileRecord, now: StoreMessage): Promise<void> {
  const message = await getMessage(change.tx, file.message)
  if (!message) return
  const delta = flagDelta(file.flags, now.flags)
  if (!message.expunged) {
    const after = await changeFlags(change, message, delta)
    // Somebody else had changed other flags meanwhile: the file must learn of that still.
    if (!equalFlags(after.flags, now.flags)) change.tx.put(keys.todo(look.mailbox, message.guid), true)
    return
  }
  const wanted: Flags = applyDelta(message.flags, delta)
  if (asksToKeep(message.flags, wanted))
    await copyFrom(change, look, message, { ...now, flags: wanted }, file.shown, message.internalDateMs)
}

async function takeVanished(account: Account, look: Look, movements: Movements): Promise<void> {
  const { replica } = account
  await replica.db.transact(async (tx) => {
    const change: Change = { tx, replica, origin: { kind: 'mail-store' } }
    for (const [guid, file] of look.vanished) {
      const message = await getMessage(tx, guid)
      await removeFile(tx, guid)
      const movedTo = movements.movedTo.get(guid)
      if (message) await noteFileGone(tx, message.content)
      if (message)
        await expungeMessage(change, message, { base: file.flags, ...(movedTo !== undefined && { movedTo }) })
    }
    const mailbox = await tx.get<MailboxFileRecord>(keys.mailboxFile(look.mailbox))
    if (mailbox) tx.put(keys.mailboxFile(look.mailbox), { ...mailbox, token: look.token })
  })
}
