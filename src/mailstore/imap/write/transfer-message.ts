import { hasCode } from '../../../errors/packetboat-error.js'
import { type Flags, type MailboxPath, pathText } from '../../../replica/model.js'
import { ofSource } from '../../../sync/error-scope.js'
import type { IsIt, NewMessage, Placed } from '../../../sync/mail-store.js'
import { printLocator } from '../names/locator.js'
import { canHold } from '../read/message-flags.js'
import { isRefusal, refusalCode } from '../session/imap-errors.js'
import { codeOf, type ImapResponse, textOf } from '../session/imap-response.js'
import { type ImapSession, missing, sequence } from '../session/imap-session.js'
import { notDone, standing, standingAs, storeFlags } from './change-messages.js'

interface Source {
  readonly path: MailboxPath
  readonly locator: string
  readonly isIt?: IsIt
}

/** A second appearance of a message (COPY). Undefined where it can't be had in this way, and nothing was done. Throws MESSAGE_GONE. */
export async function copyMessage(
  session: ImapSession,
  from: Source,
  to: MailboxPath,
  message: NewMessage,
): Promise<Placed | undefined> {
  return transfer(session, 'COPY', from, to, message)
}

/**
 * Moves a message to another mailbox in one step (MOVE, RFC 6851): it stays the same message, and a full
 * account is no obstacle. Undefined when that can't be done, and nothing was done: a server may offer MOVE
 * and refuse it. Throws MESSAGE_CHANGED when its flags aren't those of `from`, MESSAGE_GONE.
 */
export async function moveMessage(
  session: ImapSession,
  from: Source & { readonly flags: Flags },
  to: MailboxPath,
  message: NewMessage,
): Promise<Placed | undefined> {
  return session.offers('MOVE') ? transfer(session, 'MOVE', from, to, message) : undefined
}

async function transfer(
  session: ImapSession,
  how: 'COPY' | 'MOVE',
  from: Source & { readonly flags?: Flags },
  to: MailboxPath,
  message: NewMessage,
): Promise<Placed | undefined> {
  // Without COPYUID there is no telling which message it is in the other mailbox.
  if (!session.offers('UIDPLUS')) return undefined
  const { path, locator, flags, isIt } = from
  const source = await (flags
    ? standingAs(session, path, locator, flags, { isIt })
    : standing(session, path, locator, isIt)
  ).catch((error: unknown) => {
    throw ofSource(error)
  })
  // It is copied, and removed when that is allowed.
  if (how === 'MOVE' && source.selected.readOnly) return undefined
  // The message keeps its internal date, where it has one.
  const { internalDateMs = message.internalDateMs } = source
  if (Math.abs(internalDateMs - message.internalDateMs) >= 1000) return undefined
  const target = await session.select(to, { fresh: true })
  await session.select(path)
  let told: string | undefined
  // A MOVE tells the UIDs before its answer (RFC 6851 4.3).
  const hear = (response: ImapResponse): void => {
    const code = codeOf(response)
    if (code?.name === 'COPYUID') told = textOf(code.arguments[2])
  }
  const args = [sequence(String(source.uid)), session.nameOf(to)]
  try {
    hear(await session.command(`UID ${how}`, args, { OK: hear }))
  } catch (error) {
    if (isRefusal(error) && refusalCode(error) === 'TRYCREATE') throw missing(to)
    // A server that won't move, and names no reason that a copy would meet too.
    if (how === 'MOVE' && isRefusal(error) && refusalCode(error) === undefined) return undefined
    throw session.refused(error, `${how === 'COPY' ? 'copying' : 'moving'} a message to ${pathText(to)}`)
  }
  session.forgetSelected()
  const uid = Number(told)
  // The next look at the mailbox finds it, and knows whose it is by its content.
  const done = `${how === 'COPY' ? 'copied' : 'moved'} a message to ${pathText(to)}`
  if (told === undefined || !Number.isSafeInteger(uid)) throw notDone(done, 'MESSAGE_CHANGED')
  const placed = printLocator({ uidValidity: target.uidValidity, uid })
  const stands = await standing(session, to, placed).catch((error: unknown) => {
    throw hasCode(error, 'MESSAGE_GONE') ? notDone(done, 'MESSAGE_GONE') : error
  })
  // A flag that somebody has set while it moved stays.
  const before = how === 'MOVE' ? source.flags.filter((flag) => canHold(stands.selected, flag)) : stands.flags
  await storeFlags(session, { ...stands, flags: before }, message.flags)
  return { locator: placed, uid }
}
