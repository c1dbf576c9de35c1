import { type ErrorCode, PacketboatError } from '../../../errors/packetboat-error.js'
import { equalFlags, flagDelta, toFlags } from '../../../replica/flags.js'
import { type Flags, type MailboxPath, pathText } from '../../../replica/model.js'
import type { IsIt } from '../../../sync/mail-store.js'
import { messageChanged, messageGone } from '../../message-errors.js'
import { parseLocator, printLocator } from '../names/locator.js'
import { canHold, flagsOf, internalDateOf } from '../read/message-flags.js'
import { searchUids } from '../read/search-uids.js'
import { isRefusal } from '../session/imap-errors.js'
import { bytesOf, isList, itemsOf, numberOf, textOf } from '../session/imap-response.js'
import {
  atom,
  atoms,
  type ImapArgument,
  type ImapSession,
  isModseq,
  type Selected,
  sequence,
} from '../session/imap-session.js'
import { UidSet } from '../session/uid-set.js'
import { UidReused } from './uid-reused.js'

/** A message as it stands at this moment. */
export interface Standing {
  readonly selected: Selected
  readonly uid: number
  readonly flags: Flags
  /** The internal date, where the server says it. */
  readonly internalDateMs?: number
  readonly modseq?: string
}

/** The fields by which a message is known again. */
const header: ImapArgument = {
  type: 'ATOM',
  value: 'BODY.PEEK',
  section: [atom('HEADER.FIELDS'), atoms('FROM', 'TO', 'CC', 'SUBJECT', 'DATE', 'MESSAGE-ID')],
}

/**
 * Looks at a message that is about to be changed, in one command. Throws MESSAGE_GONE, and `UidReused` when
 * another message has its UID.
 */
export async function standing(
  session: ImapSession,
  path: MailboxPath,
  locator: string,
  isIt?: IsIt,
): Promise<Standing> {
  const place = parseLocator(locator)
  const selected = await session.select(path)
  let found: Standing | undefined
  let isOther = false
  const items = [
    atom('UID'),
    atom('FLAGS'),
    atom('INTERNALDATE'),
    ...(isIt ? [header] : []),
    ...(selected.modseq === undefined ? [] : [atom('MODSEQ')]),
  ]
  if (selected.uidValidity === place.uidValidity)
    await refusing(session, `looking at message ${place.uid} in ${pathText(path)}`, () =>
      session.fetch(String(place.uid), items, (uid, given) => {
        if (uid !== place.uid) return
        const flags = flagsOf(given.get('FLAGS'))
        const value = given.get('MODSEQ')
        const modseq = textOf(isList(value) ? value[0] : value)
        const internalDateMs = internalDateOf(given)
        const fields = bytesOf(given.get('BODY'))
        if (isIt && fields && !isIt(fields)) isOther = true
        if (flags)
          found = {
            selected,
            uid,
            flags,
            ...(internalDateMs !== undefined && { internalDateMs }),
            ...(isModseq(modseq) && { modseq }),
          }
      }),
    )
  if (isOther) throw new UidReused(path, locator)
  if (!found) throw messageGone(locator)
  return found
}

/**
 * Does as `standing`, and throws MESSAGE_CHANGED unless its flags are as the caller believes. Flags that the
 * mailbox can't hold don't count, nor does the spelling of a keyword.
 */
export async function standingAs(
  session: ImapSession,
  path: MailboxPath,
  locator: string,
  expected: Flags,
  { isIt, marked = false }: { readonly isIt?: IsIt | undefined; readonly marked?: boolean } = {},
): Promise<Standing> {
  const stands = await standing(session, path, locator, isIt)
  // A keyword from before the mailbox took no more of them stands there still.
  const held = (flags: Flags): Flags => folded(flags.filter((flag) => canHold(stands.selected, flag)))
  const now = held(stands.flags)
  const same =
    equalFlags(now, held(expected)) ||
    // An earlier try has marked it, and came no further.
    (marked && equalFlags(now, held([...expected, '\\Deleted'])))
  if (!same) throw messageChanged(locator)
  return stands
}

const folded = (flags: Flags): Flags => toFlags(flags.map((flag) => flag.toLowerCase()))

/** Adds and removes what makes `flags` of the flags that a message has. Two spellings of a keyword are one there. */
export async function storeFlags(session: ImapSession, stands: Standing, flags: Flags): Promise<void> {
  const { uid, flags: before, selected } = stands
  session.mayChange(selected)
  const { add, remove } = flagDelta(
    before,
    flags.filter((flag) => canHold(selected, flag)),
  )
  const [had, wanted] = [folded(before), folded(flags)]
  for (const [sign, names] of [
    ['+', add.filter((flag) => !had.includes(flag.toLowerCase()))],
    ['-', remove.filter((flag) => !wanted.includes(flag.toLowerCase()))],
  ] as const) {
    if (names.length === 0) continue
    let now: Flags | undefined
    const args = [sequence(String(uid)), atom(`${sign}FLAGS`), atoms(...names)]
    await refusing(session, `setting flags in ${pathText(selected.path)}`, () =>
      session.command('UID STORE', args, {
        FETCH: ({ attributes }) => {
          const found = itemsOf(attributes?.[1])
          if (numberOf(found.get('UID')) === uid) now = flagsOf(found.get('FLAGS')) ?? now
        },
      }),
    )
    now ??= (await standing(session, selected.path, printLocator({ uidValidity: selected.uidValidity, uid })))
      .flags
    const has = folded(now)
    // Keywords that a server drops are like those of a mailbox that can't hold them.
    const undone = names.some(
      (name) => name.startsWith('\\') && has.includes(name.toLowerCase()) !== (sign === '+'),
    )
    if (undone) throw notDone(`set flags in ${pathText(selected.path)}`)
  }
  refuseUnheld(session, stands, flags)
}

/**
 * Throws where the mailbox can't hold one of IMAP's own flags: this account has no right to set it, or not now.
 * Keywords are of no importance to the server.
 */
function refuseUnheld(session: ImapSession, { flags: before, selected }: Standing, flags: Flags): void {
  const { add } = flagDelta(before, flags)
  const unheld = add.filter((flag) => flag.startsWith('\\') && !canHold(selected, flag))
  if (unheld.length === 0) return
  // The next try asks the server anew.
  session.forgetSelected()
  throw new PacketboatError(
    'MAILSTORE_REFUSED',
    `The IMAP server does not let this account set ${unheld.join(' ')} in ${pathText(selected.path)}.`,
    'Correct the permissions there. Until then devices keep it.',
  )
}

/** The server has said OK, and a look shows that nothing has come of it. */
export const notDone = (what: string, code: ErrorCode = 'MAILSTORE_REFUSED'): PacketboatError =>
  new PacketboatError(
    code,
    `The IMAP server says that it has ${what}, but it has not.`,
    'packetboat tries again later. If this goes on, look whether you may change this mailbox, or ask the operator of the server.',
  )

/**
 * Those of `locators` that are no longer there.
 * @param generation of the mailbox's UIDs, if known: messages of an earlier one are gone.
 */
export async function goneOf(
  session: ImapSession,
  path: MailboxPath,
  locators: readonly string[],
  generation: number | undefined,
): Promise<string[]> {
  const selected = await session.select(path, { fresh: true })
  const places = locators.map((locator) => ({ locator, ...parseLocator(locator) }))
  const isHere = ({ uidValidity, generation: its = 0 }: (typeof places)[number]): boolean =>
    uidValidity === selected.uidValidity && its === (generation ?? its)
  const present = await searchUids(session, selected, UidSet.of(places.filter(isHere).map(({ uid }) => uid)))
  return places.filter((place) => !isHere(place) || !present.has(place.uid)).map(({ locator }) => locator)
}

export async function refusing<T>(session: ImapSession, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isRefusal(error) ? session.refused(error, what) : error
  }
}
