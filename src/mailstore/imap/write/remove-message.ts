import { pathText } from '../../../replica/model.js'
import { messageChanged } from '../../message-errors.js'
import { searchUids } from '../read/search-uids.js'
import { isRefusal } from '../session/imap-errors.js'
import { codeOf, type ImapResponse, textOf, vanishedOf } from '../session/imap-response.js'
import {
  atom,
  atoms,
  type ImapArgument,
  type ImapSession,
  sequence,
  type Untagged,
} from '../session/imap-session.js'
import { UidSet } from '../session/uid-set.js'
import { notDone, refusing, type Standing } from './change-messages.js'

/** Expunges one message and no other. Throws MESSAGE_CHANGED when somebody changes it in this very moment. */
export async function expunge(session: ImapSession, stands: Standing, locator: string): Promise<void> {
  const { uid, modseq, flags, selected } = stands
  session.mayChange(selected)
  const what = `removing a message from ${pathText(selected.path)}`
  const mark = (sign: '+' | '-', set: string, unchanged: readonly ImapArgument[] = []): Promise<unknown> =>
    session.command('UID STORE', [
      sequence(set),
      ...unchanged,
      atom(`${sign}FLAGS.SILENT`),
      atoms('\\Deleted'),
    ])
  const unchanged = modseq === undefined ? [] : [atoms('UNCHANGEDSINCE', modseq)]
  const answer = await refusing(session, what, () => mark('+', String(uid), unchanged))
  if (codeOf(answer as Parameters<typeof codeOf>[0])?.name === 'MODIFIED') throw messageChanged(locator)
  let refusal: unknown
  try {
    if (await isExpunged(session, stands, mark)) return
  } catch (error) {
    if (!isRefusal(error)) throw error
    refusal = session.refused(error, what)
  }
  // The message stays as it was until it can be expunged.
  if (!flags.includes('\\Deleted'))
    await mark('-', String(uid)).catch((error: unknown) => {
      if (!isRefusal(error)) throw error
    })
  throw refusal ?? notDone(`removed a message from ${pathText(selected.path)}`)
}

type Mark = (sign: '+' | '-', set: string) => Promise<unknown>

/** Expunges what is marked, and says whether it has gone: a server may say OK and keep it, as Dovecot does for whoever may not expunge. */
async function isExpunged(session: ImapSession, { uid, selected }: Standing, mark: Mark): Promise<boolean> {
  let told = false
  const hear = {
    EXPUNGE: () => {
      told = true
    },
    VANISHED: (response: ImapResponse) => {
      if (vanishedOf(response).has(uid)) told = true
    },
  }
  if (session.offers('UIDPLUS')) await session.command('UID EXPUNGE', [sequence(String(uid))], hear)
  else await expungeAlone(session, uid, mark, hear)
  return told || !(await searchUids(session, selected, UidSet.of([uid]))).has(uid)
}

/** EXPUNGE takes all that is marked: what others have marked loses the mark for that moment (RFC 4549 4.2.4). */
async function expungeAlone(session: ImapSession, uid: number, mark: Mark, hear: Untagged): Promise<void> {
  const marked = await searchMarked(session)
  const others = [...UidSet.of(marked.filter((each) => each !== uid)).print()]
  for (const set of others) await mark('-', set)
  try {
    await session.command('EXPUNGE', [], hear)
  } finally {
    for (const set of others) await mark('+', set)
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
