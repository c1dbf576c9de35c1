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
  /** The mail server says no to every new message here. */
  readonly full: Set<string>
  /** Messages of which the last bytes never come, whatever size is said. */
  readonly short: Set<string>
  /** Turns of the event loop that each answer takes. */
  late: number
  /** For so many questions from now on nothing comes back, until the time for it is over. */
  silent: number
  /** So many changes from now on are made, and nothing comes back that says so. */
  unheard: number
  /** Hears of each read of a message's bytes before it: a program may write into the file meanwhile. */
  beforeRead: ((mailbox: string, locator: string) => void) | undefined
  cure(): void
}

const nothing = (): void => undefined

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
    full: new Set<string>(),
    short: new Set<string>(),
  }
  const ailments: Ailments = {
    ...sets,
    late: 0,
    silent: 0,
    unheard: 0,
    beforeRead: undefined,
    cure: () => {
      for (const set of Object.values(sets)) set.clear()
      ailments.late = 0
      ailments.silent = 0
      ailments.unheard = 0
      ailments.beforeRead = undefined
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
  const takesNew = (path: MailboxPath): void => {
    write(path)
    if (sets.full.has(pathText(path))) throw ail('MAILSTORE_REFUSED', `${pathText(path)} is over its quota.`)
  }
  const read = (path: MailboxPath, locator: string): void => {
    open(path)
    if (sets.unreadable.has(`${pathText(path)}/${locator}`))
      throw ail('MESSAGE_UNREADABLE', `${locator} can't be read.`)
  }
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < ailments.late; turn++) await new Promise((resolve) => setImmediate(resolve))
    if (ailments.silent === 0) return
    ailments.silent--
    throw ail('MAILSTORE_AWAY', 'No answer.')
  }
  const heard = (): void => {
    if (ailments.unheard === 0) return
    ailments.unheard--
    throw ail('MAILSTORE_AWAY', 'No answer.')
  }
  /** The method, after what `check` makes of its arguments; and what comes of it, unless nobody hears of that. */
  const guarded =
    <A extends unknown[], R>(
      method: (...args: A) => Promise<R>,
      check: (...args: A) => void,
      after: () => void = heard,
    ) =>
    async (...args: A): Promise<R> => {
      await turns()
      check(...args)
      const result = await method(...args)
      after()
      return result
    }
  const checked = <K extends keyof MailStore>(
    name: K,
    check: (...args: never[]) => void,
    after?: () => void,
  ): void => {
    const method = sound[name] as (...args: unknown[]) => Promise<unknown>
    Object.assign(store, { [name]: guarded(method, check as (...args: unknown[]) => void, after) })
  }
  const store: T = {
    ...sound,
    mailboxes: async (signal) => {
      await turns()
      return (await sound.mailboxes(signal)).filter(({ path }) => !sets.hidden.has(pathText(path))).map(shown)
    },
    confirmMailboxGone: async (mailbox) =>
      !sets.hidden.has(pathText(mailbox.path)) && (await sound.confirmMailboxGone(mailbox)),
    messages: async (path, options) => {
      await turns()
      open(path)
      return seen(path, await sound.messages(path, options))
    },
  }
  checked('confirmGone', open, nothing)
  if (sound.listLocators) checked('listLocators', open, nothing)
  checked('open', read, nothing)
  const whole = store.open
  // Not what a test may have put there to count what is opened: it is the same file.
  const openAgain = sound.open.bind(sound)
  store.open = async (path, locator) => {
    const content = await whole(path, locator)
    const cut = sets.short.has(`${pathText(path)}/${locator}`) ? 10 : 0
    return {
      ...content,
      read: async (at, length) => {
        ailments.beforeRead?.(pathText(path), locator)
        // Written in place, an open file has the bytes that it has now; deleted, those that it had.
        const now = await openAgain(path, locator).catch(() => content)
        return now.read(at, Math.min(length, content.size - cut - at))
      },
    }
  }
  for (const name of ['setFlags', 'remove', 'setAside', 'deleteMailbox'] as const) checked(name, write)
  checked('createMailbox', (path: MailboxPath) => {
    // A mailbox that isn't shown is in the way all the same.
    if (!sets.hidden.has(pathText(path))) write(path)
  })
  const { numbering } = sound
  if (numbering)
    Object.assign(store, {
      numbering: {
        renumber: guarded(numbering.renumber, write),
        replace: guarded(numbering.replace, write),
        raiseUidNext: guarded(numbering.raiseUidNext, write),
      },
    })
  checked('renameMailbox', (from: MailboxPath, to: MailboxPath) => {
    write(from)
    // The same here.
    if (!sets.hidden.has(pathText(to))) write(to)
  })
  checked('put', takesNew)
  checked('copy', (from: { readonly path: MailboxPath; readonly locator: string }, to: MailboxPath) => {
    read(from.path, from.locator)
    takesNew(to)
  })
  return { store, ailments }
}
