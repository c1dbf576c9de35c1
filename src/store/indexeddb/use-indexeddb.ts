import { promisifyRequest, type UseStore } from 'idb-keyval'
import { PacketboatError } from '../../errors/packetboat-error.js'

/** What a browser, or a worker in it, has of IndexedDB: `globalThis` there. */
export interface IndexedDb {
  readonly indexedDB: IDBFactory
  readonly IDBKeyRange: typeof IDBKeyRange
}

/** `strict`: on the disk when a commit returns. `relaxed`: a power cut may take what was committed just before, a killed browser takes nothing. */
export type Durability = 'strict' | 'relaxed'

export interface UseOptions {
  readonly durability: Durability
  /** Asked when the browser breaks off what it does and doesn't say why. */
  readonly isDiskFull?: () => Promise<boolean>
}

/** idb-keyval's own port to a database, with what its `createStore` can't say: how durable, and when it is let go. */
export interface OpenedIndexedDb {
  readonly use: UseStore
  /** Whether the database is new: this is a new device, or the browser has deleted what it kept. */
  readonly isNew: boolean
  close(): void
}

/** Rows as they lie by version 2 of the database. Programs of version 1 look for them under the name before, and change nothing here. */
const [rows, rowsBefore] = ['kept', 'rows']
const version = 2
/** Names of what goes wrong in a browser, besides what is our own fault. */
const browserFailures = ['QuotaExceededError', 'UnknownError', 'AbortError']

/**
 * Opens a database with one table of rows, and makes it if there is none. It is released when another tab
 * wants to delete it, and opened again at the next use, as after a browser that closed it by itself; if it no
 * longer exists then, every use throws STORE_CORRUPT.
 */
export async function useIndexedDb(
  { indexedDB }: IndexedDb,
  name: string,
  { durability, isDiskFull = async () => false }: UseOptions,
): Promise<OpenedIndexedDb> {
  let isNew = false
  let isFirst = true
  let isGone = false
  /** The disk was full when it was last written to: what a browser says after that is less than that. */
  let isFull = false
  let opened: Promise<IDBDatabase> | undefined
  const open = async (): Promise<IDBDatabase> => {
    const request = indexedDB.open(name, version)
    request.onupgradeneeded = ({ oldVersion }) => {
      if (oldVersion > 0 && request.transaction) request.transaction.objectStore(rowsBefore).name = rows
      // Made anew under a program that remembers more, it would look as if a person had deleted all mail.
      else if (isFirst) {
        isNew = true
        request.result.createObjectStore(rows)
      } else {
        isGone = true
        request.transaction?.abort()
      }
    }
    const db = await promisifyRequest<IDBDatabase>(request).catch((cause) => {
      throw isGone ? databaseGone(name, cause) : cause
    })
    const letGo = (): void => {
      opened = undefined
    }
    db.onclose = letGo
    db.onversionchange = () => {
      db.close()
      letGo()
    }
    return db
  }
  const database = (): Promise<IDBDatabase> => {
    opened ??= open().catch((error) => {
      opened = undefined
      throw error
    })
    return opened
  }
  const begin = (db: IDBDatabase, mode: IDBTransactionMode): IDBObjectStore =>
    db.transaction(rows, mode, { durability }).objectStore(rows)
  const inWords = async (error: unknown): Promise<unknown> => {
    if (!(error instanceof Error) || error instanceof PacketboatError) return error
    isFull ||= error.name === 'QuotaExceededError' || /NO_SPACE/.test(error.message)
    if (!browserFailures.includes(error.name)) return error
    isFull ||= await isDiskFull()
    return isFull ? diskFull(error) : brokenOff(error)
  }
  const beginAnyway = async (mode: IDBTransactionMode): Promise<IDBObjectStore> => {
    try {
      return begin(await database(), mode)
    } catch (error) {
      if (!isClosed(error)) throw error
      opened = undefined
      return begin(await database(), mode)
    }
  }
  await database().catch(async (error) => {
    throw await inWords(error)
  })
  isFirst = false
  return {
    isNew,
    use: async (mode, callback) => {
      try {
        const result = await callback(await beginAnyway(mode))
        if (mode === 'readwrite') isFull = false
        return result
      } catch (error) {
        throw await inWords(error)
      }
    },
    close: () => {
      opened?.then((db) => db.close()).catch(() => undefined)
    },
  }
}

/** Some browsers close a connection without a word. */
function isClosed(error: unknown): boolean {
  return error instanceof Error && error.name === 'InvalidStateError'
}

function diskFull(cause: unknown): PacketboatError {
  return new PacketboatError(
    'DISK_FULL',
    'The browser gives no more room for mail.',
    'The last change was not written, everything before it is kept. Make room on the disk, then try it again.',
    { cause },
  )
}

function brokenOff(cause: unknown): PacketboatError {
  return new PacketboatError(
    'STORE_CORRUPT',
    'The browser has broken off what it did with its database.',
    'Nothing of it was written, everything before it is kept. Open the page again; if the disk is full, make room first.',
    { cause },
  )
}

function databaseGone(name: string, cause: unknown): PacketboatError {
  return new PacketboatError(
    'STORE_CORRUPT',
    `The browser has deleted the database ${name} while it was in use.`,
    'Open the page again: the next sync fetches the mail anew. Nothing is deleted at the endpoint.',
    { cause },
  )
}
