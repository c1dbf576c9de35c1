import { concat } from '../../bytes/concat.js'
import { toHex } from '../../bytes/hex.js'
import { type ErrorCode, PacketboatError } from '../../errors/packetboat-error.js'
import { equalFlags, toFlags } from '../../replica/flags.js'
import { type Flags, type Guid, type MailboxPath, pathText, startsWith } from '../../replica/model.js'
import type { MailStore, NewMessage, StoreMailbox } from '../../sync/mail-store.js'

interface Stored {
  readonly flags: Flags
  readonly bytes: Uint8Array
  readonly internalDateMs: number
  readonly guid?: Guid
}

interface Box {
  path: MailboxPath
  readonly identity: string
  version: number
  subscribed: boolean
  readonly messages: Map<string, Stored>
}

/** What a mail program does beside packetboat, and what a test can look at. */
export interface MemoryMailStore extends MailStore {
  readonly person: {
    deliver(path: MailboxPath, bytes: Uint8Array, flags?: Flags, internalDateMs?: number): string
    setFlags(path: MailboxPath, locator: string, flags: Flags): void
    remove(path: MailboxPath, locator: string): void
    /** Moves a message under a new name, as most programs do, or the name it had, as `mv` does. */
    move(
      path: MailboxPath,
      locator: string,
      to: MailboxPath,
      options?: { readonly keepName?: boolean },
    ): string
    copy(path: MailboxPath, locator: string, to: MailboxPath): string
    createMailbox(path: MailboxPath): void
    /** With those below it, as mail programs do. */
    renameMailbox(from: MailboxPath, to: MailboxPath): void
    /** With everything in it. */
    deleteMailbox(path: MailboxPath): void
  }
  /** Everything there is, by mailbox name. */
  snapshot(): Map<string, readonly (Stored & { readonly locator: string })[]>
  /** Holds what another one does, names and all: a directory was copied. */
  copyFrom(other: MemoryMailStore): void
  /** What was set aside. */
  readonly aside: readonly Uint8Array[]
  /** The disk is not mounted. */
  gone: boolean
}

export interface MemoryMailStoreOptions {
  readonly randomBytes: (size: number) => Uint8Array
  /** Called before each change with its name; what it throws happens instead of it. */
  readonly before?: (operation: string) => void
  /** Called after each change; what it throws is all that the caller hears of it. */
  readonly after?: (operation: string) => void
}

/** The mail store port in memory, for simulations: deterministic, with faults on demand. */
export function createMemoryMailStore(options: MemoryMailStoreOptions): MemoryMailStore {
  const boxes = new Map<string, Box>()
  const aside: Uint8Array[] = []
  let made = 0
  const newName = (): string => `m${toHex(options.randomBytes(8))}`

  const fail = (code: ErrorCode, what: string): never => {
    throw new PacketboatError(code, what, 'This is a store in memory.')
  }
  const find = (path: MailboxPath): Box => {
    if (store.gone) fail('MAILSTORE_GONE', 'The store is gone.')
    return boxes.get(pathText(path)) ?? fail('MAILBOX_MISSING', `No mailbox ${pathText(path)}.`)
  }
  const make = (path: MailboxPath): Box => {
    const box: Box = { path, identity: `box${++made}`, version: 1, subscribed: true, messages: new Map() }
    boxes.set(pathText(path), box)
    return box
  }
  const move = (from: MailboxPath, to: MailboxPath): void => {
    const moving = [...boxes.values()].filter((other) => startsWith(other.path, from))
    const target = (box: Box): MailboxPath => [...to, ...box.path.slice(from.length)]
    for (const box of moving)
      if (boxes.has(pathText(target(box))))
        fail('MAILBOX_EXISTS', `There is a mailbox ${pathText(target(box))}.`)
    for (const box of moving) {
      boxes.delete(pathText(box.path))
      box.path = target(box)
      boxes.set(pathText(box.path), box)
    }
  }
  const message = (path: MailboxPath, locator: string): Stored =>
    find(path).messages.get(locator) ?? fail('MESSAGE_GONE', `No message ${locator}.`)
  const write = (path: MailboxPath, locator: string, stored: Stored | undefined): string => {
    const box = find(path)
    if (stored) box.messages.set(locator, stored)
    else box.messages.delete(locator)
    box.version++
    return locator
  }
  /** One change, with the faults that a test wants around it. */
  const step = async <T>(name: string, change: () => T): Promise<T> => {
    options.before?.(name)
    const result = change()
    options.after?.(name)
    return result
  }
  const expect = (path: MailboxPath, locator: string, flags: Flags): Stored => {
    const stored = message(path, locator)
    if (!equalFlags(stored.flags, flags)) fail('MESSAGE_CHANGED', `The flags of ${locator} are others.`)
    return stored
  }
  const shown = (box: Box): StoreMailbox => ({
    path: box.path,
    identity: box.identity,
    token: String(box.version),
    subscribed: box.subscribed,
  })

  const store: MemoryMailStore & { readonly boxes: Map<string, Box> } = {
    gone: false,
    aside,
    boxes,
    copyFrom: (other) => {
      for (const [name, box] of (other as typeof store).boxes)
        boxes.set(name, { ...box, messages: new Map(box.messages) })
    },
    mailboxes: async () => {
      if (store.gone) fail('MAILSTORE_GONE', 'The store is gone.')
      return [...boxes.values()].map(shown)
    },
    messages: async (path) => {
      const box = find(path)
      const messages = [...box.messages].map(([locator, { flags, guid }]) => ({
        locator,
        flags,
        ...(guid && { guid }),
      }))
      return { token: String(box.version), messages }
    },
    confirmGone: async (path, locators) => {
      const { messages } = find(path)
      return locators.filter((locator) => !messages.has(locator))
    },
    open: async (path, locator) => {
      const { bytes, internalDateMs } = message(path, locator)
      return {
        size: bytes.length,
        internalDateMs,
        read: async (offset, length) => bytes.subarray(offset, offset + length),
        close: async () => {},
      }
    },
    createMailbox: (path) =>
      step('createMailbox', () => {
        if (boxes.has(pathText(path))) fail('MAILBOX_EXISTS', `There is a mailbox ${pathText(path)}.`)
        return shown(make(path))
      }),
    renameMailbox: (from, to) =>
      step('renameMailbox', () => {
        const box = find(from)
        if (boxes.has(pathText(to))) fail('MAILBOX_EXISTS', `There is a mailbox ${pathText(to)}.`)
        boxes.delete(pathText(from))
        box.path = to
        boxes.set(pathText(to), box)
      }),
    deleteMailbox: (path) =>
      step('deleteMailbox', () => {
        if (find(path).messages.size > 0) fail('MAILBOX_NOT_EMPTY', `There is mail in ${pathText(path)}.`)
        boxes.delete(pathText(path))
      }),
    setSubscribed: (path, subscribed) =>
      step('setSubscribed', () => {
        find(path).subscribed = subscribed
      }),
    put: async (path, { guid, flags, internalDateMs }, content, replaces) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of content) chunks.push(chunk.slice())
      return step('put', () => {
        if (replaces) expect(path, replaces.locator, replaces.flags)
        const locator = write(path, newName(), { guid, flags, internalDateMs, bytes: concat(chunks) })
        if (replaces) write(path, replaces.locator, undefined)
        return { locator }
      })
    },
    copy: (from, to, { guid, flags, internalDateMs }: NewMessage) =>
      step('copy', () => {
        const { bytes } = message(from.path, from.locator)
        return { locator: write(to, newName(), { guid, flags, internalDateMs, bytes }) }
      }),
    renumber: async () => new Map(),
    setNumbering: async () => {},
    raiseUidNext: async () => {},
    setFlags: (path, locator, expected, flags) =>
      step('setFlags', () => {
        write(path, locator, { ...expect(path, locator, expected), flags })
      }),
    remove: (path, locator, expected) =>
      step('remove', () => {
        expect(path, locator, expected)
        write(path, locator, undefined)
      }),
    setAside: (path, locator, expected) =>
      step('setAside', () => {
        aside.push(expect(path, locator, expected).bytes)
        write(path, locator, undefined)
      }),
    settle: () => step('settle', () => {}),
    person: {
      deliver: (path, bytes, flags = [], internalDateMs = 1000) =>
        write(path, newName(), { bytes: bytes.slice(), flags: toFlags(flags), internalDateMs }),
      setFlags: (path, locator, flags) => {
        write(path, locator, { ...message(path, locator), flags: toFlags(flags) })
      },
      remove: (path, locator) => {
        write(path, locator, undefined)
      },
      move: (path, locator, to, { keepName = false } = {}) => {
        const { guid: _, ...stored } = message(path, locator)
        const name = write(to, keepName ? locator : newName(), stored)
        write(path, locator, undefined)
        return name
      },
      copy: (path, locator, to) => {
        const { guid: _, ...stored } = message(path, locator)
        return write(to, newName(), stored)
      },
      createMailbox: (path) => {
        make(path)
      },
      renameMailbox: move,
      deleteMailbox: (path) => {
        boxes.delete(pathText(path))
      },
    },
    snapshot: () =>
      new Map(
        [...boxes.values()].map((box) => [
          pathText(box.path),
          [...box.messages].map(([locator, stored]) => ({ locator, ...stored })),
        ]),
      ),
  }
  make(['INBOX'])
  return store
}
