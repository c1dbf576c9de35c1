import { PacketboatError } from '../../../errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../../replica/model.js'
import { pathOfServerName, serverName } from '../names/mailbox-names.js'
import type { MailboxState } from '../names/mailbox-token.js'
import type { ImapConnection } from '../session/imap-connection.js'
import { isRefusal, type Refusal, refusalCode } from '../session/imap-errors.js'
import { type ImapResponse, itemsOf, nameOf, numberOf, textOf, textsOf } from '../session/imap-response.js'
import {
  atom,
  atoms,
  type ImapArgument,
  type ImapSession,
  isModseq,
  isNoMailbox,
  mailboxName,
  quoted,
} from '../session/imap-session.js'

/** A mailbox as the server lists it. */
export interface ListedMailbox {
  readonly path: MailboxPath
  /** The name as the server writes it, one character for each byte. */
  readonly name: string
  readonly specialUse?: string
  /** Or why that can't be told now. */
  readonly subscribed: boolean | PacketboatError
  /** Dovecot's GUID. */
  readonly id?: string
  /** Asked for where there are no mod-sequences. */
  readonly unseen?: number
  /** Undefined when the server hasn't told it. */
  readonly state: MailboxState | undefined
}

/** More than any account has, and as many as an answer on the line may hold: a server that lists them without end isn't to fill the memory. */
export const mostMailboxes = 100_000

function refuseMore({ size }: { readonly size: number }, most: number): void {
  if (size > most)
    throw new PacketboatError(
      'MAILSTORE_AWAY',
      `The IMAP server lists more than ${most} mailboxes, and so nothing of this account is synced.`,
      'packetboat tries again later. If this persists, ask the operator of the server.',
    )
}

/** Uses that a mailbox can have (RFC 6154, RFC 8457). */
const specialUse = /^\\(?:all|archive|drafts|flagged|important|junk|sent|trash)$/i

/**
 * Lists all of a person's mailboxes that hold messages, apart from those that are left out, in as few
 * commands as the server allows. Gives their states if the server reports them with the list; `askState` asks
 * for the others.
 */
export async function listMailboxes(
  session: ImapSession,
  leaveOut: readonly string[],
  { states: withStates = true, most = mostMailboxes } = {},
): Promise<ListedMailbox[]> {
  await session.catchUp()
  const listed = new Map<string, ListedMailbox>()
  const states = new Map<string, Answered>()
  const extended = session.offers('LIST-EXTENDED')
  const inOne = withStates && extended && session.offers('LIST-STATUS')
  const wanted = [
    ...(extended ? [atom('SUBSCRIBED')] : []),
    ...(extended && session.offers('SPECIAL-USE') ? [atom('SPECIAL-USE')] : []),
    ...(inOne ? [atom('STATUS'), statusItems(session)] : []),
  ]
  const handlers = {
    LIST: (response: ImapResponse) => {
      const mailbox = readList(session, response)
      // INBOX in another case is the same one.
      if (mailbox && !listed.has(pathText(mailbox.path))) listed.set(pathText(mailbox.path), mailbox)
      refuseMore(listed, most)
    },
    STATUS: (response: ImapResponse) => {
      takeStatus(response, states)
      refuseMore(states, most)
    },
  }
  const arrangement = wanted.length > 0 ? [atom('RETURN'), wanted] : []
  await session.command('LIST', [quoted(''), quoted('*'), ...arrangement], handlers)
  // INBOX always exists (RFC 9051 5.1), whether a server lists it or not.
  if (!listed.has('INBOX'))
    listed.set('INBOX', { path: ['INBOX'], name: 'INBOX', subscribed: true, state: undefined })
  const subscribed = extended ? undefined : await subscriptions(session, most)
  return [...listed.values()]
    .filter((mailbox) => !isLeftOut(mailbox, leaveOut))
    .map((mailbox) => ({
      ...mailbox,
      ...(subscribed && {
        subscribed: subscribed instanceof PacketboatError ? subscribed : subscribed.has(mailbox.name),
      }),
      ...states.get(mailbox.name),
    }))
}

/** Names of the mailboxes that the server lists and that aren't the person's own (RFC 2342). */
export async function listForeign(session: ImapSession, most = mostMailboxes): Promise<string[]> {
  const names = new Set<string>()
  await session.command('LIST', [quoted(''), quoted('*')], {
    LIST: ({ attributes = [] }) => {
      const name = nameOf(attributes[2])
      const isOwn = name === undefined || pathOfServerName(name, session.naming) !== undefined
      if (!isOwn && !textsOf(attributes[0]).some(isNoMailbox)) names.add(name)
      refuseMore(names, most)
    },
  })
  return [...names]
}

/**
 * The mailbox with its state. Undefined when it went between the list and the question. Throws
 * MAILBOX_UNREADABLE when the server refuses to answer, or hangs up.
 */
export async function askState(
  connection: ImapConnection,
  mailbox: ListedMailbox,
  signal?: AbortSignal,
): Promise<ListedMailbox | undefined> {
  if (mailbox.state) return mailbox
  const what = `asking how ${pathText(mailbox.path)} stands`
  return connection.run(
    async (session) => {
      const states = new Map<string, Answered>()
      try {
        await askStatus(session, mailbox.name, states)
      } catch (error) {
        if (!isRefusal(error)) throw error
        if (isOfNoMailbox(error) && !(await isListed(session, mailbox.name))) return undefined
        throw session.refused(error, what, 'mailbox')
      }
      // A server that says OK and nothing more: whoever opens it hears how it stands.
      const answered = states.get(mailbox.name) ?? [...states.values()][0]
      if (answered) return { ...mailbox, ...answered }
      const {
        uidValidity,
        uidNext,
        exists: messages,
        modseq,
      } = await session.select(mailbox.path, { fresh: true })
      return {
        ...mailbox,
        state: { uidValidity, uidNext, messages, ...(modseq !== undefined && { modseq }) },
      }
    },
    { signal, about: { what, concern: 'mailbox' } },
  )
}

/**
 * Whether the server, asked for this mailbox alone, neither lists it nor knows its state, and reports no lack
 * of rights and no trouble of its own. (A server has to answer for a mailbox that this person may no longer
 * look up as if it didn't exist: RFC 4314 4.)
 */
export async function isMailboxGone(session: ImapSession, path: MailboxPath): Promise<boolean> {
  const name = serverName(path, session.naming)
  if (await isListed(session, name)) return false
  try {
    await askStatus(session, name, new Map())
    return false
  } catch (error) {
    if (!isRefusal(error)) throw error
    return isOfNoMailbox(error)
  }
}

async function isListed(session: ImapSession, name: string): Promise<boolean> {
  let listed = false
  await session.command('LIST', [quoted(''), mailboxName(name)], {
    LIST: ({ attributes = [] }) => {
      const flags = textsOf(attributes[0])
      listed ||= nameOf(attributes[2]) === name && !flags.some(isNoMailbox)
    },
  })
  return listed
}

/** Codes of RFC 5530 that say so, or nothing. Anything else is about rights, or a server in trouble. */
function isOfNoMailbox(refusal: Refusal): boolean {
  const code = refusalCode(refusal)
  if (code === 'NONEXISTENT' || code === 'TRYCREATE') return true
  const { responseText = '' } = refusal
  return (
    code === undefined &&
    !/permission|denied|access|rights|allowed|internal|server error|temporar|timeout|timed out|lock|corrupt|busy|later/i.test(
      responseText,
    )
  )
}

type Answered = Pick<ListedMailbox, 'id' | 'unseen'> & { readonly state: MailboxState }

function readList({ naming }: ImapSession, { attributes = [] }: ImapResponse): ListedMailbox | undefined {
  const flags = textsOf(attributes[0])
  const name = nameOf(attributes[2])
  if (name === undefined || flags.some(isNoMailbox)) return undefined
  const path = pathOfServerName(name, naming)
  if (!path) return undefined
  const use = flags.find((flag) => specialUse.test(flag))
  const subscribed = flags.some((flag) => /^\\subscribed$/i.test(flag))
  return { path, name, subscribed, state: undefined, ...(use !== undefined && { specialUse: use }) }
}

function isLeftOut({ path, specialUse: use }: ListedMailbox, leaveOut: readonly string[]): boolean {
  if (pathText(path) === 'INBOX') return false
  return leaveOut.some((each) => each.toLowerCase() === use?.toLowerCase() || each === pathText(path))
}

function statusItems(session: ImapSession): ImapArgument {
  return atoms(
    'MESSAGES',
    'UIDNEXT',
    'UIDVALIDITY',
    session.offers('CONDSTORE') ? 'HIGHESTMODSEQ' : 'UNSEEN',
    ...(session.isDovecot ? ['X-GUID'] : []),
  )
}

async function askStatus(session: ImapSession, name: string, states: Map<string, Answered>): Promise<void> {
  await session.command('STATUS', [mailboxName(name), statusItems(session)], {
    STATUS: (response) => takeStatus(response, states),
  })
}

function takeStatus({ attributes = [] }: ImapResponse, states: Map<string, Answered>): void {
  const name = nameOf(attributes[0])
  const items = itemsOf(attributes[1])
  const number = (item: string): number | undefined => numberOf(items.get(item))
  const [uidValidity, uidNext, messages] = [number('UIDVALIDITY'), number('UIDNEXT'), number('MESSAGES')]
  if (name === undefined || uidValidity === undefined || messages === undefined) return
  const modseq = textOf(items.get('HIGHESTMODSEQ'))
  const unseen = number('UNSEEN')
  const id = textOf(items.get('X-GUID'))
  states.set(name, {
    state: { uidValidity, uidNext: uidNext ?? 0, messages, ...(isModseq(modseq) && { modseq }) },
    ...(unseen !== undefined && { unseen }),
    ...(id !== undefined && { id }),
  })
}

async function subscriptions(session: ImapSession, most: number): Promise<Set<string> | PacketboatError> {
  const names = new Set<string>()
  try {
    await session.command('LSUB', [quoted(''), quoted('*')], {
      LSUB: ({ attributes = [] }) => {
        const name = nameOf(attributes[2])
        if (name !== undefined) names.add(name)
        refuseMore(names, most)
      },
    })
    return names
  } catch (error) {
    const words = isRefusal(error) && session.refused(error, 'listing subscriptions', 'mailbox')
    if (words instanceof PacketboatError) return words
    throw error
  }
}
