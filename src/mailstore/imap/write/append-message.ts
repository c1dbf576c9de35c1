import { concat, equalBytes } from '../../../bytes/concat.js'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import { type Flags, type MailboxPath, pathText, plausibleDateMs } from '../../../replica/model.js'
import { canHold } from '../read/message-flags.js'
import type { ImapConnection } from '../session/imap-connection.js'
import { monthAndYear } from '../session/imap-date.js'
import { isRefusal } from '../session/imap-errors.js'
import { bytesOf, codeOf, numberOf } from '../session/imap-response.js'
import {
  atom,
  atoms,
  type ImapArgument,
  type ImapSession,
  missing,
  quoted,
  type Selected,
} from '../session/imap-session.js'

export interface Appended {
  readonly uidValidity: number
  readonly uid: number
  /** The server has other bytes than it was given: line ends, or a header of its own. */
  readonly altered: boolean
  /** The server doesn't show it: a filter may have moved it, or nobody ever sees it. */
  readonly unseen?: boolean
}

/**
 * Appends a message, once. When the answer is lost, looks at the mailbox: a message with the same bytes that
 * has come since is this one. If there is none, does nothing more; the next scan shows what has become of it
 * (docs/IMAP.md "Writing").
 */
export async function appendMessage(
  connection: ImapConnection,
  path: MailboxPath,
  message: { readonly flags: Flags; readonly internalDateMs: number },
  original: Uint8Array,
): Promise<Appended> {
  const bytes = withCrlf(original)
  const what = `writing a message of ${bytes.length} bytes to ${pathText(path)}`
  let before: Selected | undefined
  let answered = false
  try {
    return await connection.run(
      async (session) => {
        const selected = await session.select(path, { fresh: true })
        session.mayChange(selected)
        before = selected
        const flags = message.flags.filter((flag) => canHold(selected, flag))
        const answer = await session
          .command('APPEND', [
            session.nameOf(path),
            atoms(...flags),
            quoted(dateTime(message.internalDateMs)),
            {
              type: 'LITERAL',
              value: Buffer.from(bytes),
              ...(needsBinary(session, bytes) && { isLiteral8: true }),
            },
          ])
          .catch((error: unknown) => {
            if (isRefusal(error) && codeOf(error.response)?.name === 'TRYCREATE') throw missing(path)
            answered ||= isRefusal(error)
            throw session.refused(error, what)
          })
        answered = true
        session.forgetSelected()
        const code = codeOf(answer)
        const told = code?.name === 'APPENDUID' ? numberOf(code.arguments[1]) : undefined
        const uid = told ?? (await findNew(session, path, selected, bytes, 'answered'))
        const size = await sizeAt(session, path, uid)
        const unseen = size === undefined
        if (unseen && !(await hasGiven(session, path, uid))) throw dropped(path)
        const altered = bytes !== original || (await isAltered(session, uid, size, bytes))
        return { uidValidity: selected.uidValidity, uid, altered, ...(unseen && { unseen }) }
      },
      { again: false, about: { what, concern: 'change' } },
    )
  } catch (error) {
    const since = before
    if (!since || answered) throw error
    const uid = await connection
      .run((session) => findNew(session, path, since, bytes, 'lost'))
      .catch(() => undefined)
    if (uid === undefined) throw error
    return { uidValidity: since.uidValidity, uid, altered: bytes !== original }
  }
}

/** IMAP's lines end with CRLF (RFC 9051 6.3.12). The same array when they all do. */
export function withCrlf(bytes: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = []
  const crlf = Uint8Array.of(13, 10)
  let from = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (at > 0 && bytes[at - 1] === 13) continue
    pieces.push(bytes.subarray(from, at), crlf)
    from = at + 1
  }
  return pieces.length === 0 ? bytes : concat([...pieces, bytes.subarray(from)])
}

/** NUL can only stand in a literal8 (RFC 3516). */
function needsBinary(session: ImapSession, bytes: Uint8Array): boolean {
  return bytes.includes(0) && session.offers('BINARY')
}

/** `date-time` of RFC 9051 9. */
export function dateTime(ms: number): string {
  const date = new Date(plausibleDateMs(ms))
  const day = String(date.getUTCDate()).padStart(2, ' ')
  const time = date.toISOString().slice(11, 19)
  return `${day}-${monthAndYear(date)} ${time} +0000`
}

/**
 * Whether the server made other bytes of it. Some replace NUL, or what isn't ASCII in a header, by another byte each: then the size says
 * nothing, and the message is read back.
 */
async function isAltered(
  session: ImapSession,
  uid: number,
  size: number | undefined,
  bytes: Uint8Array,
): Promise<boolean> {
  if (size !== bytes.length) return true
  if (bytes.every((byte) => byte !== 0 && byte < 0x80)) return false
  return !equalBytes(await fetchWhole(session, uid, bytes.length), bytes)
}

async function sizeAt(session: ImapSession, path: MailboxPath, uid: number): Promise<number | undefined> {
  let size: number | undefined
  await session.select(path)
  await session.fetch(String(uid), [atom('UID'), atom('RFC822.SIZE')], (found, items) => {
    if (found === uid) size = numberOf(items.get('RFC822.SIZE'))
  })
  return size
}

/** Whether the server has given that UID, to whatever it was: the next message gets another one. */
async function hasGiven(session: ImapSession, path: MailboxPath, uid: number): Promise<boolean> {
  return (await session.select(path, { fresh: true })).uidNext > uid
}

/** The server has said OK, and has nothing. */
export const dropped = (path: MailboxPath): PacketboatError =>
  new PacketboatError(
    'MAILSTORE_REFUSED',
    `The server said that it has taken a message for ${pathText(path)}, but the message isn't there.`,
    'packetboat keeps the message and tries again later. Look there for a filter that deletes or moves it, or ask the operator of the server.',
  )

/**
 * The UID of the message just appended: among those that have come since `before`, the one with these bytes.
 * A server that has confirmed the message may have altered it; then the only one that has come.
 */
async function findNew(
  session: ImapSession,
  path: MailboxPath,
  before: Selected,
  bytes: Uint8Array,
  answer: 'answered' | 'lost',
): Promise<number> {
  const now = await session.select(path, { fresh: true })
  const sizes = new Map<number, number>()
  if (now.uidValidity === before.uidValidity && now.exists > 0)
    await session.fetch(
      `${Math.max(1, before.uidNext)}:*`,
      [atom('UID'), atom('RFC822.SIZE')],
      (uid, items) => {
        if (uid >= before.uidNext) sizes.set(uid, numberOf(items.get('RFC822.SIZE')) ?? -1)
      },
    )
  for (const [uid, size] of sizes)
    if (size === bytes.length && equalBytes(await fetchWhole(session, uid, size), bytes)) return uid
  if (answer === 'answered' && sizes.size === 0 && now.exists <= before.exists) throw dropped(path)
  const [only] = sizes.keys()
  if (answer === 'answered' && only !== undefined && sizes.size === 1) return only
  throw new PacketboatError(
    'MAILSTORE_REFUSED',
    `A message was written to ${pathText(path)}, and packetboat can't tell which of the new messages there it is.`,
    'Sync again.',
  )
}

async function fetchWhole(session: ImapSession, uid: number, size: number): Promise<Uint8Array> {
  const range: ImapArgument = { type: 'ATOM', value: 'BODY.PEEK', section: [], partial: [0, size] }
  let whole: Uint8Array = new Uint8Array()
  await session.fetch(String(uid), [atom('UID'), range], (found, items) => {
    if (found === uid) whole = bytesOf(items.get('BODY')) ?? whole
  })
  return whole
}
