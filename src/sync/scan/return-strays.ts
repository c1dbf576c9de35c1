import { liveMessagesOf } from '../../replica/content/messages-of-content.js'
import { getMessage } from '../../replica/messages.js'
import type { Guid, MailboxPath } from '../../replica/model.js'
import { tables } from '../../replica/tables.js'
import type { Account } from '../account.js'
import { contentOfFile } from '../adopt/identified-file.js'
import { isConcurrentChange, isOfOneItem } from '../error-scope.js'
import type { StoreMessage } from '../mail-store.js'
import { isShownHit } from '../search/show-hits.js'
import { identifyFile } from './identify-file.js'

/**
 * Puts mail that somebody has moved into a mailbox of search results back where it was, or into INBOX. Nobody
 * would see it there, and its absence from its own mailbox would count as a deletion. If the message still
 * stands elsewhere, this is a copy and stays.
 */
export async function returnStrays(account: Account): Promise<void> {
  const { mailStore } = account
  for (const path of mailStore.searches?.paths() ?? []) {
    try {
      const { messages } = await mailStore.messages(path)
      for (const message of messages) if (!isShownHit(message)) await returnStray(account, path, message)
    } catch (error) {
      if (!isOfOneItem(error) && !isConcurrentChange(error)) throw error
    }
  }
}

async function returnStray(account: Account, path: MailboxPath, message: StoreMessage): Promise<void> {
  const { mailStore, replica } = account
  const file = await identifyFile(account, path, message)
  if (file.kind === 'ashore') return
  let back: MailboxPath = ['INBOX']
  for (const { guid, mailbox, locator } of await placesOf(account, file)) {
    if (await isThere(account, mailbox, locator)) return
    if (message.guid === undefined || message.guid === guid) back = mailbox
  }
  const source = await mailStore.open(path, message.locator)
  const { internalDateMs } = source
  await source.close()
  const { locator, flags, guid = replica.nextGuid() } = message
  await mailStore.copy({ path, locator }, back, { guid, flags, internalDateMs })
  await mailStore.flush()
  await mailStore.remove(path, locator, flags)
}

interface KnownPlace {
  readonly guid: Guid
  readonly mailbox: MailboxPath
  readonly locator: string
}

/** Where messages of the same content stand, as far as is known. */
async function placesOf(
  { replica: { db } }: Account,
  file: Awaited<ReturnType<typeof identifyFile>>,
): Promise<KnownPlace[]> {
  const content =
    file.kind === 'stand-in'
      ? (await getMessage(db, file.of))?.content
      : file.kind === 'message'
        ? (await contentOfFile(db, file))?.id
        : undefined
  const places: KnownPlace[] = []
  if (content === undefined) return places
  for await (const { guid } of liveMessagesOf(db, content)) {
    const place = await tables.place.get(db, guid)
    const mailbox = place && (await tables.mailboxFile.get(db, place.mailbox))
    if (mailbox) places.push({ guid, mailbox: mailbox.path, locator: place.locator })
  }
  return places
}

async function isThere({ mailStore }: Account, path: MailboxPath, locator: string): Promise<boolean> {
  try {
    await (await mailStore.open(path, locator)).close()
    return true
  } catch (error) {
    if (!isOfOneItem(error) && !isConcurrentChange(error)) throw error
    return false
  }
}
