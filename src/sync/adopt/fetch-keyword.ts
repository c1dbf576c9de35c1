import { decodeOutline } from '../../mime/outline.js'
import type { Change } from '../../replica/change.js'
import { getContent } from '../../replica/content/contents.js'
import { changeFlags, getMessage } from '../../replica/messages.js'
import type { Flags, Guid } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import { wantParts } from '../../replica/wishes.js'
import type { Transaction } from '../../store/database.js'
import type { Account } from '../account.js'
import type { StoreMessage } from '../mail-store.js'

/**
 * A mail program asks for the whole of a message by setting this keyword on it. The keyword is an instruction
 * and not part of the message's state. Set here, it is removed from the file and doesn't travel; set at the
 * mail server, it tells the devices that hear of it to fetch the message, and is removed there too.
 */
export const fetchKeyword = '$PacketboatFetch'

// RFC 9051 2.3.2: keywords are the same in either case.
const isFetchKeyword = (name: string): boolean => name.toLowerCase() === fetchKeyword.toLowerCase()

/** Whether the keyword asks for a fetch. Only a replica with an upstream can fetch: to an endpoint it is a keyword like any other. */
export function isFetchAsked({ replica }: Pick<Account, 'replica'>, { flags }: StoreMessage): boolean {
  return replica.hasUpstream && hasFetchKeyword(flags)
}

/** A message of the mail store as if nobody had asked for more of it. */
export function withoutFetchKeyword(message: StoreMessage): StoreMessage {
  return { ...message, flags: message.flags.filter((name) => !isFetchKeyword(name)) }
}

/** Wants all of the message, and sees to it that the file loses the keyword. */
export async function takeFetchKeyword(
  change: Change,
  mailbox: Guid,
  { locator, flags }: StoreMessage,
): Promise<void> {
  const { tx } = change
  const file = await tables.file.get(tx, mailbox, locator)
  const message = file && (await getMessage(tx, file.message))
  if (!file || !message) return
  tables.file.put(tx, mailbox, locator, { ...file, flags })
  await wantWhole(tx, message)
  // The other side has it where it was set there.
  await changeFlags(change, message, { add: [], remove: message.flags.filter(isFetchKeyword) })
  tables.todo.put(tx, mailbox, message.guid, true)
}

/** Whether somebody set it on the file. */
export function hasFetchKeyword(flags: Flags): boolean {
  return flags.some(isFetchKeyword)
}

/** Puts all that is missing of the message on the list of what is wanted. */
export async function wantWhole(tx: Transaction, message: MessageRecord): Promise<void> {
  const content = await getContent(tx, message.content)
  if (content) wantParts(tx, content, partsOf(content))
}

function partsOf({ outline }: { readonly outline?: Uint8Array }): number[] {
  return outline ? [...decodeOutline(outline).parts.keys()] : []
}
