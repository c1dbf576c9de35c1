import { type MailboxPath, pathText } from '../../replica/model.js'
import { isRefusal } from './imap-errors.js'
import { type ImapResponse, itemsOf, numberOf, textOf, textsOf } from './imap-response.js'
import {
  atom,
  atoms,
  type ImapArgument,
  type ImapSession,
  isModseq,
  isNoMailbox,
  quoted,
} from './imap-session.js'
import { pathOfServerName, serverName } from './mailbox-names.js'
import type { MailboxState } from './mailbox-token.js'

/** A mailbox as the server lists it. */
export interface ListedMailbox {
  readonly path: MailboxPath
  /** As the server writes it. */
  readonly name: string
  readonly specialUse?: string
  readonly subscribed: boolean
  /** Dovecot's GUID. */
  readonly id?: string
  /** Asked for where there are no mod-sequences. */
  readonly unseen?: number
  /** Undefined when it went between the list and the question. */
  readonly state: MailboxState | undefined
}

/** Uses that a mailbox can have (RFC 6154, RFC 8457). */
const specialUse = /^\\(?:all|archive|drafts|flagged|important|junk|sent|trash)$/i

/** All of a person's mailboxes that hold messages, but those that are left out, in as few commands as the server allows. */
export async function listMailboxes(
  session: ImapSession,
  leaveOut: readonly string[],
): Promise<ListedMailbox[]> {
  await session.catchUp()
  const listed = new Map<string, Omit<ListedMailbox, 'state'>>()
  const states = new Map<string, Answered>()
  const extended = session.offers('LIST-EXTENDED')
  const inOne = extended && session.offers('LIST-STATUS')
  const wanted = [
    ...(extended ? [atom('SUBSCRIBED')] : []),
    ...(extended && session.offers('SPECIAL-USE') ? [atom('SPECIAL-USE')] : []),
    ...(inOne ? [atom('STATUS'), statusItems(session)] : []),
  ]
  const handlers = {
    LIST: (response: ImapResponse) => {
      const mailbox = readList(session, response)
      if (mailbox && !isLeftOut(mailbox, leaveOut)) listed.set(mailbox.name, mailbox)
    },
    STATUS: (response: ImapResponse) => takeStatus(response, states),
  }
  const arrangement = wanted.length > 0 ? [atom('RETURN'), wanted] : []
  await session.command('LIST', [quoted(''), quoted('*'), ...arrangement], handlers)
  const subscribed = extended ? undefined : await subscriptions(session)
  const mailboxes: ListedMailbox[] = []
  for (const mailbox of listed.values()) {
    if (!inOne || !states.has(mailbox.name)) await askStatus(session, mailbox.name, states)
    const answered = states.get(mailbox.name)
    mailboxes.push({
      ...mailbox,
      ...(subscribed && { subscribed: subscribed.has(mailbox.name) }),
      ...(answered?.id !== undefined && { id: answered.id }),
      ...(answered?.unseen !== undefined && { unseen: answered.unseen }),
      state: answered?.state,
    })
  }
  return mailboxes
}

/** Whether the server, asked for this mailbox alone, neither lists it nor knows its state. */
export async function isMailboxGone(session: ImapSession, path: MailboxPath): Promise<boolean> {
  const name = serverName(path, session.naming)
  let listed = false
  await session.command('LIST', [quoted(''), quoted(name)], {
    LIST: ({ attributes = [] }) => {
      const flags = textsOf(attributes[0])
      listed ||= textOf(attributes[2]) === name && !flags.some(isNoMailbox)
    },
  })
  if (listed) return false
  const states = new Map<string, Answered>()
  await askStatus(session, name, states)
  return !states.has(name)
}

interface Answered {
  readonly state: MailboxState
  readonly unseen?: number
  readonly id?: string
}

function readList(
  { naming }: ImapSession,
  { attributes = [] }: ImapResponse,
): Omit<ListedMailbox, 'state'> | undefined {
  const flags = textsOf(attributes[0])
  const name = textOf(attributes[2])
  if (name === undefined || flags.some(isNoMailbox)) return undefined
  const path = pathOfServerName(name, naming)
  if (!path) return undefined
  const use = flags.find((flag) => specialUse.test(flag))
  const subscribed = flags.some((flag) => /^\\subscribed$/i.test(flag))
  return { path, name, subscribed, ...(use !== undefined && { specialUse: use }) }
}

function isLeftOut(
  { path, specialUse: use }: Omit<ListedMailbox, 'state'>,
  leaveOut: readonly string[],
): boolean {
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
  try {
    await session.command('STATUS', [quoted(name), statusItems(session)], {
      STATUS: (response) => takeStatus(response, states),
    })
  } catch (error) {
    // Deleted since it was listed, or not to be read by this person.
    if (!isRefusal(error)) throw error
  }
}

function takeStatus({ attributes = [] }: ImapResponse, states: Map<string, Answered>): void {
  const name = textOf(attributes[0])
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

async function subscriptions(session: ImapSession): Promise<Set<string>> {
  const names = new Set<string>()
  await session.command('LSUB', [quoted(''), quoted('*')], {
    LSUB: ({ attributes = [] }) => {
      const name = textOf(attributes[2])
      if (name !== undefined) names.add(name)
    },
  })
  return names
}
