import { hasCode } from '../../errors/packetboat-error.js'
import { pathText } from '../../replica/model.js'
import { askState, type ListedMailbox, listForeign, listMailboxes } from './mailboxes/mailbox-list.js'
import type { ImapConnection } from './session/imap-connection.js'
import { itemsOf, numberOf } from './session/imap-response.js'
import type { ImapServer } from './session/imap-server.js'
import { atoms, type ImapSession, mailboxName } from './session/imap-session.js'

/** What a server offers, what will be made of it, and what that will cost. */
export interface ServerCheck {
  /** The server's name for itself. */
  readonly software: string | undefined
  readonly extensions: readonly ExtensionCheck[]
  readonly mailboxes: number
  readonly messages: number
  /** The size of all messages, which the first look reads; where the server says it without being asked for each (STATUS=SIZE). */
  readonly sizeBytes?: number
  /** Of larger messages than this, the first look reads only the beginning and the end. */
  readonly wholeBytes: number
  /** Mailboxes that take no part, and why: they can't be opened, or aren't the person's own. */
  readonly apart: readonly { readonly mailbox: string; readonly reason: string }[]
  /** Whether any keyword can be set in INBOX: others are kept by packetboat alone. */
  readonly keywords: boolean
}

export interface ExtensionCheck {
  readonly names: readonly string[]
  readonly offered: boolean
  /** What is done with it, or without it. */
  readonly effect: string
}

const extensions: readonly {
  readonly names: readonly string[]
  readonly used: string
  readonly missing: string
}[] = [
  {
    names: ['CONDSTORE'],
    used: 'a mailbox that has not changed costs a line',
    missing: 'flags of all messages are read to see whether something has changed, about 40 bytes each',
  },
  {
    names: ['QRESYNC'],
    used: 'what has gone is told by the server',
    missing: 'what has gone is found by a list of the UIDs that are there',
  },
  {
    names: ['LIST-STATUS'],
    used: 'all mailboxes are looked at in one question',
    missing: 'each mailbox is asked after by itself',
  },
  {
    names: ['OBJECTID', 'X-GM-EXT-1'],
    used: 'mail that was copied, moved or labelled is not read again',
    missing: 'mail that was moved on the server is read again to be known again',
  },
  {
    names: ['UIDPLUS'],
    used: 'the server says which message was written, and removes just that one',
    missing: 'written messages are looked for, and other marks are lifted while one message is removed',
  },
  {
    names: ['MOVE'],
    used: 'mail that a device moves is moved in one step, though the account be full',
    missing: 'mail that a device moves is copied and then removed',
  },
  {
    names: ['BINARY'],
    used: 'mail with NUL bytes in it can be written; parts are read as they stand, as only that proves them',
    missing: 'mail with NUL bytes in it can not be written',
  },
  {
    names: ['IDLE'],
    used: 'the server tells of new mail in INBOX',
    missing: 'mail is looked for every few minutes',
  },
  {
    names: ['NOTIFY'],
    used: 'and in all other mailboxes',
    missing: 'other mailboxes are looked at every few minutes, and at each sync',
  },
  {
    names: ['COMPRESS=DEFLATE'],
    used: 'what goes between endpoint and server is compressed',
    missing: 'what goes between endpoint and server is not compressed',
  },
  {
    names: ['SPECIAL-USE'],
    used: 'the server says which mailboxes are for sent mail, drafts, trash',
    missing: 'what mailboxes are for is not known',
  },
]

/** Asks a server everything that a first look would depend on, looks whether each mailbox can be opened, and changes nothing. */
export async function checkServer(
  connection: ImapConnection,
  { leaveOut, wholeBytes }: Pick<ImapServer, 'leaveOut' | 'wholeBytes'>,
  signal: AbortSignal,
): Promise<ServerCheck> {
  const listed = await connection.run((session) => listMailboxes(session, leaveOut), { signal })
  const apart: { mailbox: string; reason: string }[] = []
  let messages = 0
  let sizeBytes: number | undefined
  for (const mailbox of listed) {
    const name = pathText(mailbox.path)
    try {
      messages += (await askState(connection, mailbox, signal))?.state?.messages ?? 0
      const about = { what: `opening ${name}`, concern: 'mailbox' } as const
      const size = await connection.run((session) => openMailbox(session, mailbox), { signal, about })
      if (size !== undefined) sizeBytes = (sizeBytes ?? 0) + size
    } catch (error) {
      if (!hasCode(error, 'MAILBOX_UNREADABLE')) throw error
      apart.push({ mailbox: name, reason: error.message })
    }
  }
  for (const mailbox of await connection.run((session) => listForeign(session), { signal }))
    apart.push({ mailbox, reason: "it is shared, or other people's, and such mailboxes aren't synced." })
  return connection.run(
    (session) => summary(session, { mailboxes: listed.length, messages, sizeBytes, wholeBytes, apart }),
    {
      signal,
    },
  )
}

/** Returns how many bytes are in it, where the server says so. */
async function openMailbox(session: ImapSession, { path, name }: ListedMailbox): Promise<number | undefined> {
  await session.select(path)
  if (!session.offers('STATUS=SIZE')) return undefined
  let size = 0
  await session.command('STATUS', [mailboxName(name), atoms('SIZE')], {
    STATUS: ({ attributes }) => {
      size = numberOf(itemsOf(attributes?.[1]).get('SIZE')) ?? 0
    },
  })
  return size
}

async function summary(
  session: ImapSession,
  {
    sizeBytes,
    ...found
  }: Pick<ServerCheck, 'mailboxes' | 'messages' | 'wholeBytes' | 'apart'> & { sizeBytes: number | undefined },
): Promise<ServerCheck> {
  const { permanentFlags } = await session.select(['INBOX'])
  return {
    software: session.software,
    extensions: extensions.map(({ names, used, missing }) => {
      const offered = names.some((name) => session.offers(name)) || isDovecotsOwn(session, names)
      return { names, offered, effect: offered ? used : missing }
    }),
    ...found,
    ...(sizeBytes !== undefined && { sizeBytes }),
    keywords: permanentFlags.includes('\\*'),
  }
}

/** A Dovecot shows its GUIDs though it doesn't offer OBJECTID. */
function isDovecotsOwn(session: ImapSession, names: readonly string[]): boolean {
  return names.includes('OBJECTID') && session.isDovecot
}
