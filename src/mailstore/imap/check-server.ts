import { itemsOf, numberOf } from './imap-response.js'
import type { ImapServer } from './imap-server.js'
import { atoms, type ImapSession, quoted } from './imap-session.js'
import { listMailboxes } from './mailbox-list.js'

/** What a server offers, what will be made of it, and what that will cost. */
export interface ServerCheck {
  /** As it calls itself. */
  readonly software: string | undefined
  readonly extensions: readonly ExtensionCheck[]
  readonly mailboxes: number
  readonly messages: number
  /** Of all messages, where the server says so without being asked for each (STATUS=SIZE): what the first look reads. */
  readonly sizeBytes?: number
  /** Of messages of more than this the first look reads the beginning and the end. */
  readonly wholeBytes: number
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

/** Asks a server everything that a first look would depend on, and changes nothing. */
export async function checkServer(
  session: ImapSession,
  software: string | undefined,
  { leaveOut, wholeBytes }: Pick<ImapServer, 'leaveOut' | 'wholeBytes'>,
): Promise<ServerCheck> {
  const listed = await listMailboxes(session, leaveOut)
  const messages = listed.reduce((sum, { state }) => sum + (state?.messages ?? 0), 0)
  let sizeBytes: number | undefined
  if (session.offers('STATUS=SIZE')) {
    sizeBytes = 0
    for (const { name } of listed)
      await session.command('STATUS', [quoted(name), atoms('SIZE')], {
        STATUS: ({ attributes }) => {
          sizeBytes = (sizeBytes ?? 0) + (numberOf(itemsOf(attributes?.[1]).get('SIZE')) ?? 0)
        },
      })
  }
  const { permanentFlags } = await session.select(['INBOX'])
  return {
    software,
    extensions: extensions.map(({ names, used, missing }) => {
      const offered = names.some((name) => session.offers(name)) || isDovecotsOwn(session, names)
      return { names, offered, effect: offered ? used : missing }
    }),
    mailboxes: listed.length,
    messages,
    ...(sizeBytes !== undefined && { sizeBytes }),
    wholeBytes,
    keywords: permanentFlags.includes('\\*'),
  }
}

/** A Dovecot shows its GUIDs though it doesn't offer OBJECTID. */
function isDovecotsOwn(session: ImapSession, names: readonly string[]): boolean {
  return names.includes('OBJECTID') && session.isDovecot
}
