import { promisifyRequest, type UseStore } from 'idb-keyval'
import { PacketboatError } from '../../errors/packetboat-error.js'

/** What a browser, or a worker in it, has of IndexedDB: `globalThis` there. */
export interface IndexedDb {
  readonly indexedDB: IDBFactory
  readonly IDBKeyRange: typeof IDBKeyRange
}

/** `strict`: on the disk when a commit returns. `relaxed`: a power cut may take what was committed just before, a killed browser takes nothing. */
export type Durability = 'strict' | 'relaxed'

/** idb-keyval's own port to a database, with what its `createStore` can't say: how durable, and when it is let go. */
export interface OpenedIndexedDb {
  readonly use: UseStore
  /** Whether the database is new: this is a new device, or the browser has deleted what it kept. */
  readonly isNew: boolean
  close(): void
}

const rows = 'rows'

/**
 * Opens a database with one table of rows, and makes it where there is none. It is let go when another tab wants to delete it, and opened again at
 * the next use, as after a browser that closed it by itself; when it is no longer there then, every use throws STORE_CORRUPT.
 */
export async function useIndexedDb(
  { indexedDB }: IndexedDb,
  name: string,
  durability: Durability,
): Promise<OpenedIndexedDb> {
  let isNew = false
  let isFirst = true
  let opened: Promise<IDBDatabase> | undefined
  const open = async (): Promise<IDBDatabase> => {
    const request = indexedDB.open(name)
    request.onupgradeneeded = () => {
      // Made anew under a program that remembers more, it would look as if a person had deleted all mail.
      if (!isFirst) request.transaction?.abort()
      else {
        isNew = true
        request.result.createObjectStore(rows)
      }
    }
    const db = await promisifyRequest<IDBDatabase>(request).catch((cause) => {
      throw isFirst ? cause : databaseGone(name, cause)
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
  await database()
  isFirst = false
  return {
    isNew,
    use: async (mode, callback) => {
      let store: IDBObjectStore
      try {
        store = begin(await database(), mode)
      } catch (error) {
        if (!isClosed(error)) throw error
        opened = undefined
        store = begin(await database(), mode)
      }
      return callback(store)
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

function databaseGone(name: string, cause: unknown): PacketboatError {
  return new PacketboatError(
    'STORE_CORRUPT',
    `The browser has deleted the database ${name} while it was in use.`,
    'Open the page again: the next sync fetches the mail anew. Nothing is deleted at the endpoint.',
    { cause },
  )
}
