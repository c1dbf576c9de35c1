import { hasCode, PacketboatError } from '../../../errors/packetboat-error.js'
import { type MailboxPath, pathText, samePath, startsWith } from '../../../replica/model.js'
import { isRefusal, type Refusal, refusalCode } from '../session/imap-errors.js'
import { type ImapSession, missing } from '../session/imap-session.js'
import { type ListedMailbox, listMailboxes } from './mailbox-list.js'

/** Throws MAILBOX_EXISTS, MAILBOX_NAME. */
export async function createMailbox(session: ImapSession, path: MailboxPath): Promise<ListedMailbox> {
  const name = session.nameOf(path)
  if (await session.exists(path)) throw exists(path)
  try {
    await session.command('CREATE', [name])
  } catch (error) {
    if (!isRefusal(error)) throw error
    throw (await session.exists(path))
      ? exists(path)
      : refusedName(session, error, `making ${pathText(path)}`)
  }
  const made = (await listMailboxes(session, [])).find((mailbox) => samePath(mailbox.path, path))
  // The server has made a mailbox that it doesn't list.
  if (!made) throw exists(path)
  return made
}

/** RENAME takes those below along (RFC 9051 6.3.6): they get their names back. Throws MAILBOX_MISSING, MAILBOX_EXISTS. */
export async function renameMailbox(session: ImapSession, from: MailboxPath, to: MailboxPath): Promise<void> {
  const [before, after] = [session.nameOf(from), session.nameOf(to)]
  if (pathText(from) === 'INBOX')
    throw new PacketboatError('MAILBOX_NAME', "INBOX can't be renamed.", 'Rename another mailbox.')
  const listed = await listMailboxes(session, [])
  const below = listed.filter(({ path }) => path.length > from.length && startsWith(path, from))
  const subscribed = listed.some((mailbox) => samePath(mailbox.path, from) && mailbox.subscribed === true)
  // Courier doesn't rename what is selected.
  await session.select(['INBOX'])
  try {
    await session.command('RENAME', [before, after])
  } catch (error) {
    if (!isRefusal(error)) throw error
    if (!(await session.exists(from))) throw missing(from)
    throw (await session.exists(to))
      ? exists(to)
      : refusedName(session, error, `giving ${pathText(from)} the name ${pathText(to)}`)
  }
  // Subscriptions are of names (RFC 9051 6.3.7).
  if (subscribed) {
    await setSubscribed(session, to, true)
    await session.command('UNSUBSCRIBE', [before])
  }
  for (const { path } of below) {
    const moved = [...to, ...path.slice(from.length)]
    if (!(await session.exists(moved))) continue
    await session.command('RENAME', [session.nameOf(moved), session.nameOf(path)])
  }
  // Some servers make what lies above a name that they are given.
  if (below.length > 0 && (await session.exists(from)))
    await deleteMailbox(session, from).catch((error: unknown) => {
      if (!hasCode(error, 'MAILBOX_NOT_EMPTY')) throw error
    })
}

/** Throws MAILBOX_MISSING, and MAILBOX_NOT_EMPTY with nothing changed. */
export async function deleteMailbox(session: ImapSession, path: MailboxPath): Promise<void> {
  const refuse = (what: string): PacketboatError =>
    new PacketboatError(
      'MAILBOX_NOT_EMPTY',
      `The mailbox ${pathText(path)} ${what}.`,
      'The mailbox and its mail stay.',
    )
  if (pathText(path) === 'INBOX') throw refuse('is INBOX and always stays')
  const { exists: messages } = await session.select(path, { fresh: true })
  if (messages > 0) throw refuse('holds mail')
  try {
    // Dovecot hangs up on who has it selected.
    await session.select(['INBOX'])
    await session.command('DELETE', [session.nameOf(path)])
    await session.command('UNSUBSCRIBE', [session.nameOf(path)]).catch((error: unknown) => {
      if (!isRefusal(error)) throw error
    })
  } catch (error) {
    if (!isRefusal(error)) throw error
    // Some servers keep a mailbox as long as there is one below it.
    throw (await session.exists(path)) ? refuse('can not be deleted there') : missing(path)
  }
}

export async function setSubscribed(
  session: ImapSession,
  path: MailboxPath,
  subscribed: boolean,
): Promise<void> {
  try {
    await session.command(subscribed ? 'SUBSCRIBE' : 'UNSUBSCRIBE', [session.nameOf(path)])
  } catch (error) {
    if (!isRefusal(error)) throw error
    if (!(await session.exists(path))) throw missing(path)
    throw session.refused(error, `subscribing to ${pathText(path)}`)
  }
}

/** What a server refuses without a reason of its own is a name that it doesn't take, mostly. */
function refusedName(session: ImapSession, refusal: Refusal & Error, what: string): unknown {
  const refused = session.refused(refusal, what)
  const code = refusalCode(refusal)
  if (!(refused instanceof PacketboatError) || (code !== undefined && code !== 'CANNOT')) return refused
  return new PacketboatError(
    refused.code,
    refused.message,
    'Rename it on a device, or leave it out with mailboxes = ["!NAME"] in the settings. packetboat tries again by itself.',
  )
}

function exists(path: MailboxPath): PacketboatError {
  return new PacketboatError(
    'MAILBOX_EXISTS',
    `The IMAP server already has a mailbox ${pathText(path)}.`,
    'Sync again.',
  )
}
