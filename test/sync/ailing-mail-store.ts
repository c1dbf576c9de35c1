import { type ErrorCode, PacketboatError } from '../../src/errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../src/replica/model.js'
import type { MailStore, StoreListing, StoreMailbox } from '../../src/sync/mail-store.js'

/**
 * What is wrong with a mail store now, by mailbox name, or by `MAILBOX/LOCATOR` where it is one message. Nothing of it is ever a deletion.
 */
export interface Ailments {
  /** Listed, and can't be looked into. */
  readonly closed: Set<string>
  /** Listed, and every question about its messages fails. */
  readonly broken: Set<string>
  /** Not listed, and not said to be gone. */
  readonly hidden: Set<string>
  /** The listing of its messages breaks off in the middle. */
  readonly partial: Set<string>
  /** Nothing can be written to it. */
  readonly readOnly: Set<string>
  /** Messages whose bytes can't be read. */
  readonly unreadable: Set<string>
  /** Messages that the listing passes over, and that aren't gone. */
  readonly passedOver: Set<string>
  /** Called before each write with the mailbox; what it throws happens instead. */
  refuse: (path: MailboxPath) => void
  cure(): void
}

const ail = (code: ErrorCode, what: string): PacketboatError => new PacketboatError(code, what, 'Cure it.')

/** A mail store of a test with what is wrong with it. */
export function withAilments<T extends MailStore>(
  sound: T,
): { readonly store: T; readonly ailments: Ailments } {
  const sets = {
    closed: new Set<string>(),
    broken: new Set<string>(),
    hidden: new Set<string>(),
    partial: new Set<string>(),
    readOnly: new Set<string>(),
    unreadable: new Set<string>(),
    passedOver: new Set<string>(),
  }
  const ailments: Ailments = {
    ...sets,
    refuse: () => {},
    cure: () => {
      for (const set of Object.values(sets)) set.clear()
      ailments.refuse = () => {}
    },
  }
  const open = (path: MailboxPath): void => {
    const name = pathText(path)
    if (sets.hidden.has(name)) throw ail('MAILBOX_MISSING', `${name} isn't shown.`)
    if (sets.closed.has(name) || sets.broken.has(name))
      throw ail('MAILBOX_UNREADABLE', `${name} can't be opened.`)
  }
  const write = (path: MailboxPath): void => {
    open(path)
    if (sets.readOnly.has(pathText(path))) throw ail('READ_ONLY', `${pathText(path)} can't be written.`)
    ailments.refuse(path)
  }
  const shown = (mailbox: StoreMailbox): StoreMailbox =>
    sets.closed.has(pathText(mailbox.path))
      ? {
          ...mailbox,
          token: '',
          unreadable: ail('MAILBOX_UNREADABLE', `${pathText(mailbox.path)} is closed.`),
        }
      : mailbox
  const seen = (path: MailboxPath, listing: StoreListing): StoreListing => {
    const name = pathText(path)
    const passed = listing.messages.filter(({ locator }) => sets.passedOver.has(`${name}/${locator}`))
    const messages = listing.messages.filter((message) => !passed.includes(message))
    const half = Math.floor(messages.length / 2)
    return {
      ...listing,
      messages: sets.partial.has(name) ? messages.slice(0, half) : messages,
      ...(sets.partial.has(name) && {
        partial: ail('MAILBOX_UNREADABLE', `The listing of ${name} broke off.`),
      }),
      ...(passed.length > 0 && {
        unreadable: passed.map(({ locator }) => ({
          locator,
          error: ail('MESSAGE_UNREADABLE', `${locator} was passed over.`),
        })),
      }),
    }
  }
  const store: T = {
    ...sound,
    mailboxes: async (signal) =>
      (await sound.mailboxes(signal)).filter(({ path }) => !sets.hidden.has(pathText(path))).map(shown),
    confirmMailboxGone: async (mailbox) =>
      !sets.hidden.has(pathText(mailbox.path)) && (await sound.confirmMailboxGone(mailbox)),
    messages: async (path, options) => {
      open(path)
      return seen(path, await sound.messages(path, options))
    },
    confirmGone: async (path, locators) => {
      open(path)
      return sound.confirmGone(path, locators)
    },
    open: async (path, locator) => {
      open(path)
      if (sets.unreadable.has(`${pathText(path)}/${locator}`))
        throw ail('MESSAGE_UNREADABLE', `${locator} can't be read.`)
      return sound.open(path, locator)
    },
  }
  const guarded = (name: 'put' | 'setFlags' | 'remove' | 'setAside' | 'renumber' | 'deleteMailbox'): void => {
    const method = sound[name] as (path: MailboxPath, ...rest: unknown[]) => Promise<unknown>
    Object.assign(store, {
      [name]: async (path: MailboxPath, ...rest: unknown[]) => {
        write(path)
        return method(path, ...rest)
      },
    })
  }
  for (const name of ['put', 'setFlags', 'remove', 'setAside', 'renumber', 'deleteMailbox'] as const)
    guarded(name)
  store.createMailbox = async (path) => {
    write(path)
    return sound.createMailbox(path)
  }
  store.copy = async (from, to, message) => {
    open(from.path)
    write(to)
    if (sets.unreadable.has(`${pathText(from.path)}/${from.locator}`))
      throw ail('MESSAGE_UNREADABLE', `${from.locator} can't be read.`)
    return sound.copy(from, to, message)
  }
  return { store, ailments }
}
