import { hasCode, type PacketboatError } from '../../../errors/packetboat-error.js'
import type { StoreMailbox } from '../../../sync/mail-store.js'
import type { ImapConnection } from '../session/imap-connection.js'
import { askState, type ListedMailbox, listMailboxes } from './mailbox-list.js'

/** Lists all mailboxes with the state of each, or the reason why that can't be told. */
export async function listWithStates(
  connection: ImapConnection,
  leaveOut: readonly string[],
  signal?: AbortSignal,
): Promise<{ mailbox: ListedMailbox; unreadable?: PacketboatError }[]> {
  const list = (states: boolean): Promise<ListedMailbox[]> =>
    connection.run((session) => listMailboxes(session, leaveOut, { states }), {
      signal,
      ...(states && { about: { what: 'listing mailboxes', concern: 'mailbox' } }),
    })
  // A server that stumbles over one mailbox when it is asked for all is asked for each.
  const all = await list(true).catch((error: unknown) => {
    if (!hasCode(error, 'MAILBOX_UNREADABLE')) throw error
    return list(false)
  })
  const asked: { mailbox: ListedMailbox; unreadable?: PacketboatError }[] = []
  for (const mailbox of all)
    try {
      const known = await askState(connection, mailbox, signal)
      if (known) asked.push({ mailbox: known })
    } catch (error) {
      if (!hasCode(error, 'MAILBOX_UNREADABLE')) throw error
      asked.push({ mailbox, unreadable: error })
    }
  return asked
}

/**
 * A mailbox's identity: the id that the server has for it, whatever its name is. On a server without ids, its
 * UIDVALIDITY, which stays when it is renamed; the name too, to tell apart two that were made in the same
 * second.
 */
export function storeMailbox(
  mailbox: ListedMailbox,
  all: readonly ListedMailbox[],
  token: string,
): StoreMailbox {
  const { path, name, id, state, subscribed, specialUse } = mailbox
  const uidValidity = state?.uidValidity
  const alone = all.filter((other) => other.state?.uidValidity === uidValidity).length === 1
  const identity = id ?? (alone ? `uidvalidity ${uidValidity}` : `uidvalidity ${uidValidity} ${name}`)
  return { path, identity, token, subscribed, ...(specialUse !== undefined && { specialUse }) }
}
