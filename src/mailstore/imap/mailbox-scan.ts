import { createHash } from 'node:crypto'
import { isKeyword, toFlags } from '../../replica/flags.js'
import type { MailboxPath } from '../../replica/model.js'
import type { StoreListing, StoreMessage } from '../../sync/mail-store.js'
import { type ImapNode, isList, numberOf, textOf, textsOf, vanishedOf } from './imap-response.js'
import { atom, type ImapSession, objectId, type Selected, sequence } from './imap-session.js'
import { parseLocator, printLocator } from './locator.js'
import { type MailboxState, parseToken, printToken } from './mailbox-token.js'
import { UidSet } from './uid-set.js'

/** What a mailbox holds: all of it, or what has changed since an earlier token where the server can say so. */
export async function scanMailbox(
  session: ImapSession,
  path: MailboxPath,
  since: string | undefined,
): Promise<StoreListing> {
  const selected = await session.select(path, { fresh: true })
  const before = since === undefined ? undefined : parseToken(since)
  // A server that was restored from a backup may have gone back.
  const changes =
    before?.modseq !== undefined &&
    selected.modseq !== undefined &&
    before.uidValidity === selected.uidValidity &&
    BigInt(before.modseq) <= BigInt(selected.modseq)
  const { messages, stands } = changes
    ? await scanChanges(session, selected, before.modseq ?? '')
    : { messages: await fetchFlags(session, selected), stands: undefined }
  const { uidValidity, uidNext } = selected
  const next = Math.max(uidNext, ...messages.map(({ uid = 0 }) => uid + 1))
  return {
    token: printToken(stateOf(selected, messages)),
    numbering: { uidValidity, uidNext: next, fixed: true },
    messages,
    holds: (flag) => canHold(selected, flag),
    ...(stands && { stands }),
  }
}

function stateOf(selected: Selected, messages: readonly StoreMessage[]): MailboxState {
  const { uidValidity, uidNext, exists, modseq } = selected
  const state = { uidValidity, uidNext, messages: exists }
  return modseq === undefined ? { ...state, flagsDigest: digestOf(messages) } : { ...state, modseq }
}

function digestOf(messages: readonly StoreMessage[]): string {
  const hash = createHash('sha256')
  for (const { uid, flags } of messages) hash.update(`${uid} ${flags.join(' ')}\n`)
  return hash.digest('hex').slice(0, 32)
}

async function scanChanges(
  session: ImapSession,
  selected: Selected,
  modseq: string,
): Promise<Pick<StoreListing, 'messages' | 'stands'>> {
  let vanished = UidSet.empty
  if (session.offers('QRESYNC')) {
    const messages = await fetchFlags(session, selected, {
      modifiers: ['CHANGEDSINCE', modseq, 'VANISHED'],
      vanished: (set) => {
        vanished = vanished.union(set)
      },
    })
    const came = new Set(messages.map(({ uid }) => uid))
    return { messages, stands: (locator) => !vanished.has(uidOf(locator)) || came.has(uidOf(locator)) }
  }
  const messages = await fetchFlags(session, selected, { modifiers: ['CHANGEDSINCE', modseq] })
  const present = await searchUids(session, selected, undefined)
  return { messages, stands: (locator) => present.has(uidOf(locator)) }
}

const uidOf = (locator: string): number => parseLocator(locator).uid

async function fetchFlags(
  session: ImapSession,
  { uidValidity, uidNext, exists }: Selected,
  options: { readonly modifiers?: readonly string[]; readonly vanished?: (set: UidSet) => void } = {},
): Promise<StoreMessage[]> {
  const { modifiers = [], vanished } = options
  const byUid = new Map<number, StoreMessage>()
  // An empty mailbox has nothing to name, and some servers say so with BAD.
  if (exists === 0 && !vanished) return []
  const ids = contentIdItems(session)
  const items = [
    atom('UID'),
    atom('FLAGS'),
    ...ids.map(atom),
    ...(ids.length > 0 ? [atom('INTERNALDATE')] : []),
  ]
  // `*` is the last message that is there (Cyrus takes it so here too), and what has gone may have stood behind it.
  const uids = vanished && uidNext > 1 ? `1:${uidNext - 1}` : '1:*'
  await session.fetch(
    uids,
    items,
    (uid, found) => {
      const flags = flagsOf(found.get('FLAGS'))
      if (!flags) return
      const content = contentIdOf(found)
      byUid.set(uid, {
        ...byUid.get(uid),
        locator: printLocator({ uidValidity, uid }),
        uid,
        flags,
        ...content,
      })
    },
    { modifiers, ...(vanished && { vanished: (response) => vanished(vanishedOf(response)) }) },
  )
  return [...byUid.values()].sort((a, b) => (a.uid ?? 0) - (b.uid ?? 0))
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

export function internalDateOf(items: ReadonlyMap<string, ImapNode>): number | undefined {
  const time = Date.parse((textOf(items.get('INTERNALDATE')) ?? '').trim().replace(/^(\d+)-(\w+)-/, '$1 $2 '))
  return Number.isNaN(time) ? undefined : time
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

/** Those of `within` (all, when undefined) that the selected mailbox has. */
export async function searchUids(
  session: ImapSession,
  { exists }: Selected,
  within: UidSet | undefined,
): Promise<UidSet> {
  if (exists === 0) return UidSet.empty
  const compact = session.offers('ESEARCH')
  let found = UidSet.empty
  const numbers: number[] = []
  for (const set of within ? within.print() : [undefined])
    await session.command(
      'UID SEARCH',
      [
        ...(compact ? [atom('RETURN'), [atom('ALL')]] : []),
        ...(set === undefined ? [atom('ALL')] : [atom('UID'), sequence(set)]),
      ],
      {
        SEARCH: ({ numbers: some = [], attributes = [] }) => {
          for (const each of some) numbers.push(each)
          for (const each of attributes) numbers.push(numberOf(each) ?? 0)
        },
        ESEARCH: ({ attributes = [] }) => {
          const at = attributes.findIndex((node) => textOf(node)?.toUpperCase() === 'ALL')
          if (at >= 0) found = found.union(UidSet.parse(textOf(attributes[at + 1]) ?? ''))
        },
      },
    )
  return found.union(UidSet.of(numbers))
}
