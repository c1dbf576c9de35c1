import { PacketboatError } from '../../errors/packetboat-error.js'
import { type PlacedFile, standsIn } from '../../replica/files.js'
import { applyDelta } from '../../replica/flags.js'
import { currentName } from '../../replica/ids/current-name.js'
import { listMailboxes } from '../../replica/mailboxes.js'
import { getMessage, isLive, movedOn } from '../../replica/messages.js'
import { type FlagDelta, type Guid, type MailboxPath, pathText } from '../../replica/model.js'
import type { MailboxRecord, MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../../sync/account.js'
import { looksLikeTrash } from '../../sync/policy/guard.js'
import { scanNow } from '../../sync/scan/scan-mail-store.js'
import { writeMailStore } from '../../sync/write/write-mail-store.js'

/** What a person does to messages, done in the mail store, as by any mail program, and taken over at once. Durable when it returns. */

/** A message in the mail store. */
interface Standing {
  readonly message: MessageRecord
  readonly file: PlacedFile
  readonly path: MailboxPath
  /** Whether it has been moved since it was shown. */
  readonly moved: boolean
}

export function markMessages(account: Account, messages: readonly Guid[], delta: FlagDelta): Promise<void> {
  return actOn(account, messages, async ({ file, path }) => {
    const flags = applyDelta(file.flags, delta)
    await account.mailStore.setFlags(path, file.locator, file.flags, flags)
  })
}

export async function moveMessages(
  account: Account,
  messages: readonly Guid[],
  mailbox: Guid,
): Promise<void> {
  const path = await pathOf(account, mailbox)
  await actOn(account, messages, (standing) => moveTo(account, standing, mailbox, path))
}

/** To the mailbox for that; for good where there is none, and from there. */
export async function removeMessages(account: Account, messages: readonly Guid[]): Promise<void> {
  const trash = trashOf(await listMailboxes(account.replica.db))
  const path = trash && (await pathOf(account, trash.guid))
  await actOn(account, messages, async (standing) => {
    const isInTrash = standing.file.mailbox === trash?.guid
    // The call came twice, because the first answer was lost: once is enough.
    if (isInTrash && standing.moved) return
    if (trash && path && !isInTrash) await moveTo(account, standing, trash.guid, path)
    else await account.mailStore.remove(standing.path, standing.file.locator, standing.file.flags)
  })
}

async function moveTo(
  { mailStore, replica }: Account,
  { message, file, path }: Standing,
  mailbox: Guid,
  to: MailboxPath,
): Promise<void> {
  if (file.mailbox === mailbox) return
  await mailStore.move?.({ path, locator: file.locator, flags: file.flags }, to, {
    guid: replica.nextGuid(),
    flags: file.flags,
    internalDateMs: message.internalDateMs,
  })
}

/** The mailbox for deleted messages. */
function trashOf(mailboxes: readonly MailboxRecord[]): MailboxRecord | undefined {
  return mailboxes.find(({ specialUse }) => specialUse === '\\Trash') ?? mailboxes.find(looksLikeTrash)
}

/** The path of a mailbox in the mail store. Throws NOT_FOUND. */
export async function pathOf(account: Account, mailbox: Guid): Promise<MailboxPath> {
  const find = () => tables.mailboxFile.get(account.replica.db, mailbox)
  let found = await find()
  if (!found) {
    // The mailbox has only just come.
    await writeMailStore(account)
    found = await find()
  }
  if (!found) throw notFound('This mailbox')
  return found.path
}

/** Does it to those of the messages that are still there. Throws NOT_FOUND when none is. */
async function actOn(
  account: Account,
  messages: readonly Guid[],
  act: (standing: Standing) => Promise<void>,
): Promise<void> {
  let known = await findStanding(account, messages)
  if (known.length < messages.length) {
    // Some messages have only just come.
    await writeMailStore(account)
    known = await findStanding(account, messages)
  }
  await changeMailStore(account, new Set(known.map(({ path }) => pathText(path))), async () => {
    const found = await findStanding(account, messages)
    if (found.length === 0 && messages.length > 0) throw notFound('This message')
    for (const standing of found) await act(standing)
  })
}

/** Changes the mail store and takes that over, however many messages go from these mailboxes by it: a person said so. */
export async function changeMailStore<T>(
  account: Account,
  mailboxes: ReadonlySet<string>,
  change: () => Promise<T>,
): Promise<T> {
  const { db } = account.replica
  const result = await account.exclusive(async () => {
    try {
      return await change()
    } finally {
      await scanNow(account, { allow: [...mailboxes] })
    }
  })
  await db.store.flush?.()
  return result
}

export async function findStanding(account: Account, messages: readonly Guid[]): Promise<Standing[]> {
  const { db } = account.replica
  const found = new Map<Guid, Standing>()
  for (const guid of messages) {
    const named = await getMessage(db, await currentName(db, guid))
    const message = named && !isLive(named) ? await movedOn(db, named) : named
    const stands = message && (await standsIn(db, message.guid))
    if (stands)
      found.set(message.guid, {
        message,
        file: stands.file,
        path: stands.place.path,
        moved: message !== named,
      })
  }
  return [...found.values()]
}

export function notFound(what: string): PacketboatError {
  return new PacketboatError('NOT_FOUND', `${what} is no longer here.`, 'Look at the list again.')
}
