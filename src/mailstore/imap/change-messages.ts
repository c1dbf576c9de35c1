import { equalFlags, flagDelta } from '../../replica/flags.js'
import { type Flags, type MailboxPath, pathText } from '../../replica/model.js'
import { messageChanged, messageGone } from '../message-errors.js'
import { isRefusal } from './imap-errors.js'
import { codeOf, isList, textOf } from './imap-response.js'
import { atom, atoms, type ImapSession, isModseq, type Selected, sequence } from './imap-session.js'
import { parseLocator } from './locator.js'
import { canHold, flagsOf, internalDateOf, searchUids } from './mailbox-scan.js'
import { UidSet } from './uid-set.js'

/** A message as it stands at this moment. */
interface Standing {
  readonly selected: Selected
  readonly uid: number
  readonly flags: Flags
  readonly internalDateMs: number
  readonly modseq?: string
}

/** Looks at a message that is about to be changed. Throws MESSAGE_GONE. */
export async function standing(session: ImapSession, path: MailboxPath, locator: string): Promise<Standing> {
  const place = parseLocator(locator)
  const selected = await session.select(path)
  let found: Standing | undefined
  if (selected.uidValidity === place.uidValidity)
    await session.fetch(
      String(place.uid),
      [
        atom('UID'),
        atom('FLAGS'),
        atom('INTERNALDATE'),
        ...(selected.modseq === undefined ? [] : [atom('MODSEQ')]),
      ],
      (uid, items) => {
        const flags = flagsOf(items.get('FLAGS'))
        const value = items.get('MODSEQ')
        const modseq = textOf(isList(value) ? value[0] : value)
        const internalDateMs = internalDateOf(items) ?? 0
        if (uid === place.uid && flags)
          found = { selected, uid, flags, internalDateMs, ...(isModseq(modseq) && { modseq }) }
      },
    )
  if (!found) throw messageGone(locator)
  return found
}

/** The same, when it is as the caller believes; flags that the mailbox can't hold don't count. Throws MESSAGE_CHANGED too. */
export async function standingAs(
  session: ImapSession,
  path: MailboxPath,
  locator: string,
  expected: Flags,
): Promise<Standing> {
  const stands = await standing(session, path, locator)
  const held = expected.filter((flag) => canHold(stands.selected, flag))
  if (!equalFlags(stands.flags, held)) throw messageChanged(locator)
  return stands
}

/** Adds and removes what makes `flags` of the flags that a message has. */
export async function storeFlags(
  session: ImapSession,
  { uid, flags: before, selected }: Standing,
  flags: Flags,
): Promise<void> {
  session.mayChange(selected)
  const { add, remove } = flagDelta(
    before,
    flags.filter((flag) => canHold(selected, flag)),
  )
  for (const [sign, names] of [
    ['+', add],
    ['-', remove],
  ] as const) {
    if (names.length === 0) continue
    const args = [sequence(String(uid)), atom(`${sign}FLAGS.SILENT`), atoms(...names)]
    await refusing(session, `setting flags in ${pathText(selected.path)}`, () =>
      session.command('UID STORE', args),
    )
  }
}

/** Expunges one message and no other. Throws MESSAGE_CHANGED when somebody changes it in this very moment. */
export async function expunge(session: ImapSession, stands: Standing, locator: string): Promise<void> {
  const { uid, modseq, selected } = stands
  session.mayChange(selected)
  const what = `removing a message from ${pathText(selected.path)}`
  const unchanged = modseq === undefined ? [] : [atoms('UNCHANGEDSINCE', modseq)]
  const marking = [sequence(String(uid)), ...unchanged, atom('+FLAGS.SILENT'), atoms('\\Deleted')]
  const answer = await refusing(session, what, () => session.command('UID STORE', marking))
  if (codeOf(answer)?.name === 'MODIFIED') throw messageChanged(locator)
  if (session.offers('UIDPLUS')) {
    await refusing(session, what, () => session.command('UID EXPUNGE', [sequence(String(uid))]))
    return
  }
  // EXPUNGE takes all that is marked: what others have marked loses the mark for that moment (RFC 4549 4.2.4).
  const marked = await searchMarked(session)
  const others = [...UidSet.of(marked.filter((each) => each !== uid)).print()]
  const mark = async (sign: '+' | '-'): Promise<void> => {
    for (const set of others)
      await session.command('UID STORE', [sequence(set), atom(`${sign}FLAGS.SILENT`), atoms('\\Deleted')])
  }
  await mark('-')
  try {
    await refusing(session, what, () => session.command('EXPUNGE', []))
  } finally {
    await mark('+')
  }
}

async function searchMarked(session: ImapSession): Promise<number[]> {
  const marked: number[] = []
  await session.command('UID SEARCH', [atom('DELETED')], {
    SEARCH: ({ numbers = [], attributes = [] }) => {
      for (const each of numbers) marked.push(each)
      for (const each of attributes) marked.push(Number(textOf(each)))
    },
  })
  return marked
}

/** Those of `locators` that are no longer there. */
export async function goneOf(
  session: ImapSession,
  path: MailboxPath,
  locators: readonly string[],
): Promise<string[]> {
  const selected = await session.select(path, { fresh: true })
  const places = locators.map((locator) => ({ locator, ...parseLocator(locator) }))
  const here = places.filter(({ uidValidity }) => uidValidity === selected.uidValidity)
  const present = await searchUids(session, selected, UidSet.of(here.map(({ uid }) => uid)))
  return places
    .filter(({ uid, uidValidity }) => uidValidity !== selected.uidValidity || !present.has(uid))
    .map(({ locator }) => locator)
}

async function refusing<T>(session: ImapSession, what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isRefusal(error) ? session.refused(error, what) : error
  }
}
