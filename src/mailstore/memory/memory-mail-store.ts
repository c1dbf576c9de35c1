import { concat } from '../../bytes/concat.js'
import { toHex } from '../../bytes/hex.js'
import { type ErrorCode, PacketboatError } from '../../errors/packetboat-error.js'
import { equalFlags, toFlags } from '../../replica/flags.js'
import { type Flags, type Guid, type MailboxPath, pathText, startsWith } from '../../replica/model.js'
import type {
  EvictionsPort,
  HeldMessagesPort,
  MailStore,
  NewMessage,
  Numbering,
  NumberingPort,
  Placed,
  StoredContent,
  StoreMailbox,
} from '../../sync/mail-store.js'

// Over 300 lines: one closure over one state, half of it the port and half what people do to it in tests.

interface Stored {
  readonly flags: Flags
  readonly bytes: Uint8Array
  readonly internalDateMs: number
  readonly guid?: Guid
  readonly uid?: number
  readonly readMs?: number
}

interface Box {
  path: MailboxPath
  identity: string
  version: number
  subscribed: boolean
  numbering?: Numbering
  readonly messages: Map<string, Stored>
}

/** What a mail program does beside packetboat, and what a test can look at. */
export interface MemoryMailStore extends MailStore {
  readonly person: {
    deliver(path: MailboxPath, bytes: Uint8Array, flags?: Flags, internalDateMs?: number): string
    setFlags(path: MailboxPath, locator: string, flags: Flags): void
    remove(path: MailboxPath, locator: string): void
    read(path: MailboxPath, locator: string, nowMs: number): void
    /** A file as it was, name and all, out of a backup. */
    putBack(path: MailboxPath, locator: string, stored: Stored): void
    /** Moves a message under a new name, as most programs do, or the name it had, as `mv` does. */
    move(
      path: MailboxPath,
      locator: string,
      to: MailboxPath,
      options?: { readonly keepName?: boolean },
    ): string
    copy(path: MailboxPath, locator: string, to: MailboxPath): string
    createMailbox(path: MailboxPath): void
    /** Renames a mailbox with those below it, as mail programs do. */
    renameMailbox(from: MailboxPath, to: MailboxPath): void
    /** Deletes a mailbox with everything in it. */
    deleteMailbox(path: MailboxPath): void
    setSubscribed(path: MailboxPath, subscribed: boolean): void
    /** Moves the mailbox to another disk: the same name and messages, another identity. */
    relocate(path: MailboxPath): void
    /** The disk numbers its folders anew, as exFAT does with each mount: each mailbox has the identity of another one, or a new one. */
    passIdentitiesOn(): void
    /** The mail server loses its numbering and makes another. Nothing in a store without one. */
    rebuild(path: MailboxPath): void
  }
  /** What a mail server shows of a mailbox. */
  numberingOf(path: MailboxPath): Numbering | undefined
  isSubscribed(name: string): boolean
  /** The power goes: what was changed since the last `flush` is lost. */
  loseUnflushed(): void
  /** Everything there is, by mailbox name. */
  snapshot(): Map<string, readonly (Stored & { readonly locator: string })[]>
  /** Holds what another one does, names and all: a directory was copied. */
  copyFrom(other: MemoryMailStore): void
  /** What was set aside. */
  readonly aside: readonly Uint8Array[]
  /** What was removed without that, and what people removed. */
  readonly removals: readonly {
    readonly by: 'port' | 'person' | 'eviction'
    readonly flags: Flags
    readonly bytes: Uint8Array
  }[]
  /** The disk is not mounted. */
  gone: boolean
  /** What lies beside the mail and says what was taken off to make room. */
  note: string | undefined
}

export interface MemoryMailStoreOptions {
  readonly randomBytes: (size: number) => Uint8Array
  /** Called before each change with its name; what it throws happens instead of it. */
  readonly before?: (operation: string) => void
  /** A mail server numbers the messages, as Dovecot does: each at once when it comes. */
  readonly numbered?: boolean
  /** Called after each change; what it throws is all that the caller hears of it. */
  readonly after?: (operation: string) => void
}

/** The mail store port in memory, for simulations: deterministic, with faults on demand. */
export function createMemoryMailStore(options: MemoryMailStoreOptions): MemoryMailStore {
  let boxes = new Map<string, Box>()
  /** What the disk holds for good. */
  let settled: Map<string, Box> | undefined
  const copyOf = (all: ReadonlyMap<string, Box>): Map<string, Box> =>
    new Map([...all].map(([name, box]) => [name, { ...box, messages: new Map(box.messages) }]))
  const aside: Uint8Array[] = []
  const removals: { by: 'port' | 'person' | 'eviction'; flags: Flags; bytes: Uint8Array }[] = []
  /** Named in the note that was written last, until all that goes has gone. */
  const leaving = new Set<Guid>()
  const heldMessages = new Map<Guid, Stored>()
  const opened = ({ bytes, internalDateMs }: Stored): StoredContent => ({
    size: bytes.length,
    internalDateMs,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
    close: async () => {},
  })
  let secret: Uint8Array | undefined
  let made = 0
  let versions = 1
  const newName = (): string => `m${toHex(options.randomBytes(8))}`

  const newNumbering = (): Numbering => ({
    uidValidity: 1 + Number.parseInt(toHex(options.randomBytes(3)), 16),
    uidNext: 1,
    guid: toHex(options.randomBytes(16)),
  })
  const fail = (code: ErrorCode, what: string): never => {
    throw new PacketboatError(code, what, 'This is a store in memory.')
  }
  const find = (path: MailboxPath): Box => {
    if (store.gone) fail('MAILSTORE_GONE', 'The store is gone.')
    return boxes.get(pathText(path)) ?? fail('MAILBOX_MISSING', `No mailbox ${pathText(path)}.`)
  }
  const make = (path: MailboxPath): Box => {
    const box: Box = { path, identity: `box${++made}`, version: 1, subscribed: true, messages: new Map() }
    if (options.numbered) box.numbering = newNumbering()
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
    box.version = ++versions
    return locator
  }
  /** The UID wished for, or the next. */
  const give = (box: Box, wished: number | undefined): { readonly uid?: number } => {
    if (!box.numbering) return {}
    const uid = wished !== undefined && wished >= box.numbering.uidNext ? wished : box.numbering.uidNext
    box.numbering = { ...box.numbering, uidNext: uid + 1 }
    return { uid }
  }
  /** A new message under a new name, numbered. */
  const add = (path: MailboxPath, stored: Stored, wished?: number): Placed => {
    const { uid: _, ...rest } = stored
    const box = find(path)
    const given = give(box, wished)
    const { uidValidity } = box.numbering ?? {}
    return {
      locator: write(path, newName(), { ...rest, ...given }),
      ...given,
      ...(uidValidity !== undefined && { uidValidity }),
    }
  }
  /** A person's doings are on the disk at once. */
  const lasting = <T>(change: () => T): T => {
    const result = change()
    settled = copyOf(boxes)
    return result
  }
  /** One change, with the faults that a test wants around it. */
  const step = async <T>(name: string, change: () => T): Promise<T> => {
    options.before?.(name)
    settled ??= copyOf(boxes)
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
    ...(box.numbering?.guid !== undefined && { guid: box.numbering.guid }),
  })

  const numbering: NumberingPort = {
    renumber: (path, wanted) =>
      step('renumber', () => {
        const placed = new Map<string, Placed>()
        const box = find(path)
        for (const { locator, guid, uid } of box.numbering ? wanted : []) {
          const stored = box.messages.get(locator)
          if (!stored) continue
          placed.set(locator, add(path, { ...stored, guid }, uid))
          write(path, locator, undefined)
        }
        return placed
      }),
    replace: (path, numbering, uids) =>
      step('setNumbering', () => {
        const box = find(path)
        if (!box.numbering) return
        const { guid, uidValidity } = numbering
        const given = box.numbering.uidValidity === uidValidity ? box.numbering.uidNext : 0
        const uidNext = Math.max(numbering.uidNext, given, ...[...uids.values()].map((uid) => uid + 1))
        box.numbering = { guid, uidValidity, uidNext }
        for (const [locator, { uid: _, ...stored }] of [...box.messages]) {
          const uid = uids.get(locator)
          write(path, locator, { ...stored, ...(uid !== undefined && { uid }) })
        }
        // A mail server that looks at once numbers the rest.
        for (const [locator, stored] of box.messages)
          if (stored.uid === undefined) write(path, locator, { ...stored, ...give(box, undefined) })
      }),
    raiseUidNext: (path, uidNext) =>
      step('raiseUidNext', () => {
        const box = find(path)
        if (!box.numbering || box.numbering.uidNext >= uidNext) return
        box.numbering = { ...box.numbering, uidNext }
        box.version = ++versions
      }),
  }

  const held: HeldMessagesPort = {
    hold: (path, locator, name) =>
      step('hold', () => {
        heldMessages.set(name, message(path, locator))
      }),
    open: async (name) => {
      const stored = heldMessages.get(name)
      return stored && opened(stored)
    },
    release: (name) =>
      step('release', () => {
        heldMessages.delete(name)
      }),
  }

  const evictions: EvictionsPort = {
    readNote: async (firstBytes) => {
      if (store.gone) fail('MAILSTORE_GONE', 'The store is gone.')
      return store.note?.slice(0, firstBytes)
    },
    writeNote: (text) =>
      step('writeNote', () => {
        store.note = text
        const [head = '', ...lines] = text.split('\n')
        for (const line of lines) if (line.endsWith(` ${head.split(' ')[3]}`)) leaving.add(line.slice(0, 32))
      }),
    lookAt: async (path, locator) => {
      const { guid, readMs = 0 } = message(path, locator)
      return { ...(guid && { guid }), readMs }
    },
  }

  const store: MemoryMailStore & { boxes(): Map<string, Box>; secret(): Uint8Array | undefined } = {
    gone: false,
    note: undefined,
    aside,
    removals,
    boxes: () => boxes,
    secret: () => secret,
    copyFrom: (other) => {
      boxes = copyOf((other as typeof store).boxes())
      settled = copyOf(boxes)
      secret = (other as typeof store).secret()
      store.note = other.note
      versions += 1_000_000
      made += 1_000_000
    },
    mailboxes: async () => {
      if (store.gone) fail('MAILSTORE_GONE', 'The store is gone.')
      return [...boxes.values()].map(shown)
    },
    listLocators: async (path) => [...find(path).messages.keys()],
    confirmMailboxGone: async ({ path, identity }) =>
      ![...boxes.values()].some((box) => box.identity === identity || pathText(box.path) === pathText(path)),
    messages: async (path) => {
      const box = find(path)
      const messages = [...box.messages].map(([locator, { flags, guid, uid }]) => ({
        locator,
        flags,
        ...(guid && { guid }),
        ...(uid !== undefined && { uid }),
      }))
      const { numbering, version } = box
      return { token: String(version), messages, ...(numbering && { numbering }) }
    },
    confirmGone: async (path, locators) => {
      const { messages } = find(path)
      return locators.filter((locator) => !messages.has(locator))
    },
    open: async (path, locator) => opened(message(path, locator)),
    describe: async (path, locator) => {
      const { bytes, internalDateMs } = message(path, locator)
      return { header: bytes, internalDateMs }
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
    put: async (path, { guid, flags, internalDateMs, uid }, content, replaces) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of content) chunks.push(chunk.slice())
      return step('put', () => {
        if (replaces) expect(path, replaces.locator, replaces.flags)
        const placed = add(path, { guid, flags, internalDateMs, bytes: concat(chunks) }, uid)
        if (replaces) write(path, replaces.locator, undefined)
        return placed
      })
    },
    copy: (from, to, { guid, flags, internalDateMs, uid }: NewMessage) =>
      step('copy', () => {
        const { bytes } = message(from.path, from.locator)
        return add(to, { guid, flags, internalDateMs, bytes }, uid)
      }),
    ...(options.numbered && { numbering }),
    held,
    evictions,
    setFlags: (path, locator, expected, flags) =>
      step('setFlags', () => {
        write(path, locator, { ...expect(path, locator, expected), flags })
      }),
    remove: (path, locator, expected) =>
      step('remove', () => {
        const stored = expect(path, locator, expected)
        removals.push({ ...stored, by: leaving.has(stored.guid ?? '') ? 'eviction' : 'port' })
        write(path, locator, undefined)
      }),
    setAside: (path, locator, expected) =>
      step('setAside', () => {
        aside.push(expect(path, locator, expected).bytes)
        write(path, locator, undefined)
      }),
    keepSecret: (kept) =>
      step('keepSecret', () => {
        secret ??= kept
        return secret
      }),
    flush: () =>
      step('flush', () => {
        leaving.clear()
        settled = copyOf(boxes)
      }),
    loseUnflushed: () => {
      // Versions go on, so that no token is ever given twice.
      if (settled) boxes = copyOf(settled)
      for (const box of boxes.values()) box.version = ++versions
    },
    isSubscribed: (name) => boxes.get(name)?.subscribed ?? false,
    numberingOf: (path) => boxes.get(pathText(path))?.numbering,
    person: {
      deliver: (path, bytes, flags = [], internalDateMs = 1000) =>
        lasting(() => add(path, { bytes: bytes.slice(), flags: toFlags(flags), internalDateMs }).locator),
      setFlags: (path, locator, flags) =>
        lasting(() => void write(path, locator, { ...message(path, locator), flags: toFlags(flags) })),
      remove: (path, locator) =>
        lasting(() => {
          removals.push({ by: 'person', ...message(path, locator) })
          write(path, locator, undefined)
        }),
      read: (path, locator, nowMs) =>
        lasting(() => void find(path).messages.set(locator, { ...message(path, locator), readMs: nowMs })),
      putBack: (path, locator, stored) => lasting(() => void write(path, locator, stored)),
      move: (path, locator, to, { keepName = false } = {}) =>
        lasting(() => {
          const { guid: _, ...stored } = message(path, locator)
          write(path, locator, undefined)
          if (!keepName) return add(to, stored).locator
          const { uid: __, ...rest } = stored
          return write(to, locator, { ...rest, ...give(find(to), undefined) })
        }),
      copy: (path, locator, to) =>
        lasting(() => {
          const { guid: _, ...stored } = message(path, locator)
          return add(to, stored).locator
        }),
      createMailbox: (path) => lasting(() => void make(path)),
      renameMailbox: (from, to) => lasting(() => move(from, to)),
      deleteMailbox: (path) =>
        lasting(() => {
          for (const stored of find(path).messages.values()) removals.push({ by: 'person', ...stored })
          boxes.delete(pathText(path))
        }),
      setSubscribed: (path, subscribed) =>
        lasting(() => {
          find(path).subscribed = subscribed
        }),
      relocate: (path) =>
        lasting(() => {
          const box = find(path)
          box.identity = `box${++made}`
          box.version = ++versions
        }),
      passIdentitiesOn: () =>
        lasting(() => {
          let next = `box${++made}`
          for (const box of boxes.values()) {
            ;[box.identity, next] = [next, box.identity]
            box.version = ++versions
          }
        }),
      rebuild: (path) =>
        lasting(() => {
          const box = find(path)
          if (!box.numbering) return
          box.numbering = newNumbering()
          for (const [locator, { uid: _, ...stored }] of [...box.messages].reverse())
            write(path, locator, { ...stored, ...give(box, undefined) })
        }),
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
