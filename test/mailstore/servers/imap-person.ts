import { withCrlf } from '../../../src/mailstore/imap/write/append-message.js'
import { toFlags } from '../../../src/replica/flags.js'
import { type Flags, type MailboxPath, pathText } from '../../../src/replica/model.js'
import type { ImapClient } from './imap-client.js'

/** What a mail program does with an account on an IMAP server, and what it sees there. */
export interface ImapPerson {
  deliver(path: MailboxPath, bytes: Uint8Array, flags?: Flags): Promise<void>
  setFlags(path: MailboxPath, locator: string, flags: Flags): Promise<void>
  remove(path: MailboxPath, locator: string): Promise<void>
  move(path: MailboxPath, locator: string, to: MailboxPath): Promise<void>
  copy(path: MailboxPath, locator: string, to: MailboxPath): Promise<void>
  createMailbox(path: MailboxPath): Promise<void>
  renameMailbox(from: MailboxPath, to: MailboxPath): Promise<void>
  /** With everything in it. */
  deleteMailbox(path: MailboxPath): Promise<void>
  setSubscribed(path: MailboxPath, subscribed: boolean): Promise<void>
  isSubscribed(name: string): Promise<boolean>
  /** Everything there is, by mailbox name; a locator is a UID. */
  snapshot(): Promise<
    Map<string, { readonly locator: string; readonly flags: Flags; readonly bytes: Uint8Array }[]>
  >
}

/** `prefix` stands before every name but INBOX, `INBOX.` on some servers. Names are plain ASCII here. */
export function imapPerson(imap: ImapClient, { prefix = '', delimiter = '.' } = {}): ImapPerson {
  const nameOf = (path: MailboxPath): string =>
    pathText(path) === 'INBOX' ? 'INBOX' : prefix + path.join(delimiter)
  const select = (path: MailboxPath): Promise<string[]> => imap.command(`SELECT "${nameOf(path)}"`)
  const listed = async (command: 'LIST' | 'LSUB'): Promise<string[]> =>
    (await imap.command(`${command} "" "*"`)).flatMap((line) => {
      const [, flags = '', name = ''] = /^\* (?:LIST|LSUB) \(([^)]*)\) \S+ "?([^"]*)"?$/.exec(line) ?? []
      if (name === '' || /\\(?:noselect|nonexistent)/i.test(flags)) return []
      return [name.startsWith(prefix) ? name.slice(prefix.length) : name]
    })
  const person: ImapPerson = {
    deliver: (path, bytes, flags = []) => imap.append(nameOf(path), withCrlf(bytes), flags.join(' ')),
    setFlags: async (path, locator, flags) => {
      await select(path)
      await imap.command(`UID STORE ${locator} FLAGS (${flags.join(' ')})`)
    },
    remove: async (path, locator) => {
      await select(path)
      await imap.command(`UID STORE ${locator} +FLAGS (\\Deleted)`)
      await imap.command(`UID EXPUNGE ${locator}`)
    },
    move: async (path, locator, to) => {
      await person.copy(path, locator, to)
      await person.remove(path, locator)
    },
    copy: async (path, locator, to) => {
      await select(path)
      await imap.command(`UID COPY ${locator} "${nameOf(to)}"`)
    },
    createMailbox: async (path) => {
      await imap.command(`CREATE "${nameOf(path)}"`)
      await person.setSubscribed(path, true)
    },
    renameMailbox: async (from, to) => {
      const subscribed = await person.isSubscribed(pathText(from))
      await select(['INBOX'])
      await imap.command(`RENAME "${nameOf(from)}" "${nameOf(to)}"`)
      await person.setSubscribed(from, false)
      await person.setSubscribed(to, subscribed)
    },
    deleteMailbox: async (path) => {
      await select(['INBOX'])
      await imap.command(`DELETE "${nameOf(path)}"`)
      await person.setSubscribed(path, false)
    },
    setSubscribed: async (path, subscribed) => {
      await imap.command(`${subscribed ? '' : 'UN'}SUBSCRIBE "${nameOf(path)}"`)
    },
    isSubscribed: async (name) => (await listed('LSUB')).includes(name),
    snapshot: async () => {
      const all = new Map<string, { locator: string; flags: Flags; bytes: Uint8Array }[]>()
      for (const name of await listed('LIST')) {
        const { messages } = await imap.fetchAll(name === 'INBOX' ? name : prefix + name)
        all.set(
          name.split(delimiter).join('/'),
          messages.map(({ uid, flags, bytes }) => ({
            locator: String(uid),
            flags: toFlags(flags.filter((flag) => flag !== '\\Recent')),
            bytes: Buffer.from(bytes, 'latin1'),
          })),
        )
      }
      return all
    },
  }
  return person
}
