import { toHex } from '../../bytes/hex.js'
import { type ErrorCode, PacketboatError } from '../../errors/packetboat-error.js'
import { equalFlags, toFlags } from '../../replica/flags.js'
import { type Flags, type MailboxPath, pathText } from '../../replica/model.js'
import { appendBlob, deleteBlob, holdBlob, releaseBlob } from '../../store/blob.js'
import type { Database, Reader, Transaction } from '../../store/database.js'
import type { MailStore, NewMessage, Placed, StoreMailbox, StoreMessage } from '../../sync/mail-store.js'
import { createKeptChanges } from './kept-changes.js'
import { openKept } from './kept-content.js'
import { type KeptMailboxRecord, type KeptMessageRecord, keptTables } from './kept-tables.js'

/** How long what was set aside is kept, ms. */
const asideMs = 30 * 86_400_000

type Replaced = Parameters<MailStore['put']>[3]

/**
 * A mail store in the replica's own database, for where there is no other: a browser. A message that arrived
 * in pieces consists of these, so nothing is written twice, and is put together when somebody reads it.
 * Messages and their records share one database, so they agree after any crash, and `flush` has nothing to
 * wait for.
 */
export async function openKeptMailStore(
  db: Database,
  { now, randomBytes }: { now(): number; randomBytes(size: number): Uint8Array },
): Promise<MailStore> {
  const name = (): string => toHex(randomBytes(8))
  const changes = createKeptChanges()

  const find = async (reader: Reader, path: MailboxPath): Promise<KeptMailboxRecord> =>
    (await keptTables.mailbox.get(reader, pathText(path))) ?? failed('MAILBOX_MISSING', path, 'is not there')
  const expect = async (
    reader: Reader,
    { identity }: KeptMailboxRecord,
    locator: string,
    flags?: Flags,
  ): Promise<KeptMessageRecord> => {
    const message = await keptTables.message.get(reader, identity, locator)
    if (!message) return failed('MESSAGE_GONE', [locator], 'is no longer there')
    if (flags && !equalFlags(message.flags, flags))
      return failed('MESSAGE_CHANGED', [locator], 'has other flags than expected')
    return message
  }
  const change = (tx: Transaction, mailbox: KeptMailboxRecord, locator?: string): void => {
    const token = name()
    changes.note(mailbox.token, token, locator)
    keptTables.mailbox.put(tx, pathText(mailbox.path), { ...mailbox, token })
  }
  const add = async (
    tx: Transaction,
    mailbox: KeptMailboxRecord,
    record: KeptMessageRecord,
    replaces?: Replaced,
  ): Promise<Placed> => {
    if (replaces) await take(tx, mailbox, replaces.locator, replaces.flags)
    for (const blob of record.blobs) await holdBlob(tx, blob)
    const locator = name()
    keptTables.message.put(tx, mailbox.identity, locator, record)
    change(tx, mailbox, locator)
    return { locator }
  }
  /** Out of its mailbox; its bytes go unless they stand elsewhere too, or somebody else has them. */
  const take = async (
    tx: Transaction,
    mailbox: KeptMailboxRecord,
    locator: string,
    flags: Flags,
    keep = false,
  ): Promise<KeptMessageRecord> => {
    const message = await expect(tx, mailbox, locator, flags)
    keptTables.message.delete(tx, mailbox.identity, locator)
    change(tx, mailbox, locator)
    if (!keep) for (const blob of message.blobs) await releaseBlob(tx, blob)
    return message
  }
  const make = (tx: Transaction, path: MailboxPath): StoreMailbox => {
    const made = { path: [...path], identity: name(), token: name(), subscribed: true }
    keptTables.mailbox.put(tx, pathText(path), made)
    return made
  }

  const store: MailStore = {
    mailboxes: async () => {
      const found: StoreMailbox[] = []
      for await (const { value } of keptTables.mailbox.list(db)) found.push(value)
      return found
    },
    confirmMailboxGone: async ({ path, identity }) =>
      (await keptTables.mailbox.get(db, pathText(path)))?.identity !== identity,
    messages: async (path, { since } = {}) => {
      const { identity, token } = await find(db, path)
      const messages: StoreMessage[] = []
      const show = (locator: string, { flags, guid }: KeptMessageRecord): void =>
        void messages.push({ locator, flags, guid })
      const changed = since === undefined ? undefined : changes.between(since, token)
      if (!changed) {
        for await (const { key, value } of keptTables.message.list(db, [identity])) show(key[1], value)
        return { token, messages }
      }
      for (const locator of changed) {
        const message = await keptTables.message.get(db, identity, locator)
        if (message) show(locator, message)
      }
      return { token, messages, stands: (locator) => !changed.has(locator) }
    },
    confirmGone: async (path, locators) => {
      const { identity } = await find(db, path)
      const gone: string[] = []
      for (const locator of locators)
        if (!(await keptTables.message.has(db, identity, locator))) gone.push(locator)
      return gone
    },
    open: async (path, locator) => openKept(db, await expect(db, await find(db, path), locator)),
    createMailbox: (path) =>
      db.transact(async (tx) => {
        if (await keptTables.mailbox.has(tx, pathText(path)))
          return failed('MAILBOX_EXISTS', path, 'is there already')
        return make(tx, path)
      }),
    renameMailbox: (from, to) =>
      db.transact(async (tx) => {
        const mailbox = await find(tx, from)
        if (await keptTables.mailbox.has(tx, pathText(to)))
          return failed('MAILBOX_EXISTS', to, 'is there already')
        keptTables.mailbox.delete(tx, pathText(from))
        change(tx, { ...mailbox, path: [...to] })
      }),
    deleteMailbox: (path) =>
      db.transact(async (tx) => {
        const { identity } = await find(tx, path)
        if (await keptTables.message.any(tx, [identity]))
          return failed('MAILBOX_NOT_EMPTY', path, 'holds messages')
        keptTables.mailbox.delete(tx, pathText(path))
      }),
    setSubscribed: (path, subscribed) =>
      db.transact(async (tx) => change(tx, { ...(await find(tx, path)), subscribed })),
    put: async (path, message, content, replaces) => {
      const mailbox = await find(db, path)
      if (replaces) await expect(db, mailbox, replaces.locator, replaces.flags)
      const blob = `mail/${name()}`
      let sizeBytes = 0
      await db.transact(async (tx) => keptTables.unfinished.put(tx, blob, true))
      try {
        for await (const bytes of content) {
          sizeBytes += bytes.length
          await db.transact((tx) => appendBlob(tx, blob, bytes))
        }
        return await db.transact(async (tx) => {
          const placed = await add(
            tx,
            await find(tx, path),
            { ...recordOf(message), sizeBytes, blobs: [blob] },
            replaces,
          )
          await finish(tx, blob)
          return placed
        })
      } catch (error) {
        await db.transact((tx) => finish(tx, blob))
        throw error
      }
    },
    pieces: {
      put: (path, message, { sizeBytes, skeleton, blobs }, replaces) =>
        db.transact(async (tx) =>
          add(tx, await find(tx, path), { ...recordOf(message), sizeBytes, skeleton, blobs }, replaces),
        ),
    },
    copy: (from, to, message) =>
      db.transact(async (tx) => {
        const source = await expect(tx, await find(tx, from.path), from.locator)
        return add(tx, await find(tx, to), { ...source, ...recordOf(message) })
      }),
    move: (from, to, message) =>
      db.transact(async (tx) => {
        const source = await take(tx, await find(tx, from.path), from.locator, from.flags, true)
        const placed = await add(tx, await find(tx, to), { ...source, ...recordOf(message) })
        for (const blob of source.blobs) await releaseBlob(tx, blob)
        return placed
      }),
    setFlags: (path, locator, expected, flags) =>
      db.transact(async (tx) => {
        const mailbox = await find(tx, path)
        const message = await expect(tx, mailbox, locator, expected)
        keptTables.message.put(tx, mailbox.identity, locator, { ...message, flags: toFlags(flags) })
        change(tx, mailbox, locator)
      }),
    remove: (path, locator, expected) =>
      db.transact(async (tx) => void (await take(tx, await find(tx, path), locator, expected))),
    setAside: (path, locator, expected) =>
      db.transact(async (tx) => {
        const message = await take(tx, await find(tx, path), locator, expected, true)
        for await (const { key, value } of keptTables.aside.list(tx, [], {
          end: Math.max(0, now() - asideMs),
        })) {
          keptTables.aside.delete(tx, ...key)
          for (const blob of value.blobs) await releaseBlob(tx, blob)
        }
        keptTables.aside.put(tx, now(), locator, message)
      }),
    flush: async () => {},
  }

  await db.transact(async (tx) => {
    if (!(await keptTables.mailbox.has(tx, 'INBOX'))) make(tx, ['INBOX'])
    for await (const { key } of keptTables.unfinished.list(tx)) await finish(tx, key[0])
  })
  return store
}

/** Ends the writing of a blob: it is deleted unless a message holds it. */
async function finish(tx: Transaction, blob: string): Promise<void> {
  keptTables.unfinished.delete(tx, blob)
  await deleteBlob(tx, blob)
}

function recordOf({ guid, flags, internalDateMs }: NewMessage) {
  return { guid, flags: toFlags(flags), internalDateMs }
}

function failed(code: ErrorCode, name: MailboxPath, what: string): never {
  throw new PacketboatError(code, `${pathText(name)} ${what}.`, 'Sync again.')
}
