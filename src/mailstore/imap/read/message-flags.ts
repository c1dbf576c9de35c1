import { isKeyword, toFlags } from '../../../replica/flags.js'
import { plausibleDateMs } from '../../../replica/model.js'
import type { StoreMessage } from '../../../sync/mail-store.js'
import {
  type ImapNode,
  type ImapResponse,
  isList,
  objectId,
  textOf,
  textsOf,
} from '../session/imap-response.js'
import { atom, type ImapSession, type Selected } from '../session/imap-session.js'

/** Flags, names for its bytes, and its date, of each message of a set. Returned is what came, which `came` holds too when the server refuses. */
export async function fetchFlags(
  session: ImapSession,
  uids: string,
  placeOf: (uid: number) => string,
  options: {
    readonly modifiers?: readonly string[]
    readonly vanished?: (response: ImapResponse) => void
    readonly came?: StoreMessage[]
  } = {},
): Promise<StoreMessage[]> {
  const { came = [], ...rest } = options
  const byUid = new Map<number, StoreMessage>()
  const ids = contentIdItems(session)
  const items = [
    atom('UID'),
    atom('FLAGS'),
    ...ids.map(atom),
    ...(ids.length > 0 ? [atom('INTERNALDATE')] : []),
  ]
  try {
    await session.fetch(
      uids,
      items,
      (uid, found) => {
        const flags = flagsOf(found.get('FLAGS'))
        if (!flags) return
        byUid.set(uid, { ...byUid.get(uid), locator: placeOf(uid), uid, flags, ...contentIdOf(found) })
      },
      rest,
    )
  } finally {
    const sorted = [...byUid.values()].sort((a, b) => (a.uid ?? 0) - (b.uid ?? 0))
    for (const message of sorted) came.push(message)
  }
  return came
}

/** What names the bytes of a message, whichever mailbox it stands in: RFC 8474, Gmail's, Dovecot's. */
function contentIdItems(session: ImapSession): string[] {
  if (session.offers('OBJECTID')) return ['EMAILID']
  if (session.offers('X-GM-EXT-1')) return ['X-GM-MSGID']
  return session.isDovecot ? ['X-GUID'] : []
}

function contentIdOf(items: ReadonlyMap<string, ImapNode>): Pick<StoreMessage, 'content'> {
  const id = objectId(items.get('EMAILID')) ?? textOf(items.get('X-GM-MSGID')) ?? textOf(items.get('X-GUID'))
  const internalDateMs = internalDateOf(items)
  return id && internalDateMs !== undefined ? { content: { id, internalDateMs } } : {}
}

/** Servers give dates that are none, and some before 1970: the nearest that can be kept. Undefined when there is none. */
export function internalDateOf(items: ReadonlyMap<string, ImapNode>): number | undefined {
  const text = (textOf(items.get('INTERNALDATE')) ?? '').trim().replace(/^(\d+)-(\w+)-/, '$1 $2 ')
  const time = Date.parse(text)
  // 0 stands for no date.
  return Number.isNaN(time) ? undefined : Math.max(1000, plausibleDateMs(time))
}

/** `\Recent` is nobody's flag, and what is no keyword can't be told to others. */
export function flagsOf(node: ImapNode | undefined): readonly string[] | undefined {
  if (!isList(node)) return undefined
  return toFlags(textsOf(node).flatMap((flag) => systemFlag(flag) ?? (isKeyword(flag) ? flag : [])))
}

const systemFlags = ['\\Answered', '\\Deleted', '\\Draft', '\\Flagged', '\\Seen']

function systemFlag(flag: string): string | undefined {
  return systemFlags.find((each) => each.toLowerCase() === flag.toLowerCase())
}

/** Whether a flag that is set in this mailbox stays set (PERMANENTFLAGS, RFC 9051 7.1). */
export function canHold({ permanentFlags }: Selected, flag: string): boolean {
  const name = flag.toLowerCase()
  return permanentFlags.some(
    (each) => each.toLowerCase() === name || (each === '\\*' && !flag.startsWith('\\')),
  )
}
