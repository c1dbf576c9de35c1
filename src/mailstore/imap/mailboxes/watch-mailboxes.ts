import { setTimeout } from 'node:timers/promises'
import { ImapConnection } from '../session/imap-connection.js'
import { isRefusal } from '../session/imap-errors.js'
import type { ImapServer } from '../session/imap-server.js'
import { atom, atoms, type ImapSession } from '../session/imap-session.js'

/** A server may hang up on who has said nothing for half an hour (RFC 2177). */
const idleMs = 24 * 60_000
/** Without NOTIFY a server tells only of INBOX, without IDLE of no mailbox: then it is asked this often. */
const pollMs = 3 * 60_000
/** A server that is away is asked again so often. */
const retryMs = 60_000

/** Calls `changed` when mail may have come, gone or changed, now and then at least, until the signal is aborted. */
export async function watchMailboxes(
  server: ImapServer,
  changed: () => void,
  signal: AbortSignal,
): Promise<void> {
  const connection = new ImapConnection(server, Date.now, idleMs + 60_000)
  const pause = (ms: number): Promise<unknown> =>
    setTimeout(ms, undefined, { signal, ref: false }).catch(() => undefined)
  while (!signal.aborted) {
    try {
      const waitMs = await connection.run((session) => watchOnce(session, changed), {
        again: false,
        signal,
      })
      await pause(waitMs)
    } catch {
      // The next look at the mailboxes says what is wrong.
      await pause(retryMs)
    }
    if (!signal.aborted) changed()
  }
  await connection.close()
}

/** Returns how long to wait before the next look, ms. */
async function watchOnce(session: ImapSession, changed: () => void): Promise<number> {
  if (!session.offers('IDLE')) return pollMs
  await session.select(['INBOX'], { fresh: true })
  const notified = session.offers('NOTIFY') && (await notify(session))
  await session.idle(notified ? idleMs : pollMs, changed)
  return 0
}

/** Asks the server to tell of all mailboxes (RFC 5465). False when it won't. */
async function notify(session: ImapSession): Promise<boolean> {
  const events = ['MessageNew', 'MessageExpunge', 'FlagChange']
  try {
    await session.command('NOTIFY', [
      atom('SET'),
      [atom('SELECTED-DELAYED'), atoms(...events)],
      [atom('PERSONAL'), atoms(...events, 'MailboxName', 'SubscriptionChange')],
    ])
    return true
  } catch (error) {
    if (!isRefusal(error)) throw error
    return false
  }
}
