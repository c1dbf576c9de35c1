import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { after, describe, it, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type ErrorCode, hasCode } from '../../src/errors/packetboat-error.js'
import { openDatabase } from '../../src/store/open-database.js'
import { defaultSqlite } from '../../src/store/sqlite/sqlite-engine.js'
import { sqliteError } from '../../src/store/sqlite/sqlite-error.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import type { Store } from '../../src/store/store.js'
import { bytes, entries, entry, listed } from '../../testing/store.js'
import { startChild } from './child-process.js'
import { mountSmallDisk, type SmallDisk } from './mounted-disk.js'
import { temporaryDirectory } from './temporary-directory.js'

const Sqlite = defaultSqlite()

const root = temporaryDirectory()
const disks: SmallDisk[] = []
after(() => {
  for (const disk of disks) disk.unmount()
  root.remove()
})

let count = 0
function newPath(...more: string[]): string {
  return join(root.path, `${++count}`, ...more)
}

function newFile(content: string | Uint8Array): string {
  const path = newPath('store.db')
  mkdirSync(join(path, '..'))
  writeFileSync(path, content)
  return path
}

function smallDisk(t: TestContext, sizeBytes: number): SmallDisk | undefined {
  const disk = mountSmallDisk(newPath(), sizeBytes)
  if (disk) disks.push(disk)
  else t.skip('this user may not mount a file system')
  return disk
}

/** Rejects with this code, a message that names the file, a next step and a cause. */
function fails(code: ErrorCode, path: string) {
  return (error: unknown) => {
    assert.ok(hasCode(error, code), `${error}`)
    assert.ok(error.message.includes(path), error.message)
    assert.match(error.next, /^[A-Z].*\.$/s)
    return true
  }
}

describe('a SQLite store', () => {
  it('is a file for its owner alone, in directories for its owner alone', async () => {
    const path = newPath('a', 'b', 'store.db')
    const store = await openSqliteStore(path)
    await store.commit({ puts: [entry(['a'], '1')] })
    for (const name of readdirSync(join(path, '..')))
      assert.equal(statSync(join(path, '..', name)).mode & 0o777, 0o600, name)
    for (const up of ['..', '../..']) assert.equal(statSync(join(path, up)).mode & 0o777, 0o700)
    assert.equal(readdirSync(join(path, '..')).length, 3)
    await store.close()
    assert.deepEqual(readdirSync(join(path, '..')), ['store.db'])
  })

  it('begins in an empty file, and knows itself again by number and version', async () => {
    const path = newFile('')
    await (await openSqliteStore(path)).close()
    const header = readFileSync(path)
    assert.equal(header.readUInt32BE(68), 0x506b6274)
    assert.equal(header.readUInt32BE(60), 2)
    await (await openSqliteStore(path)).close()
  })

  it('lets the event loop turn while it is busy', async () => {
    const store = await openSqliteStore(newPath('store.db'))
    await store.commit({ puts: Array.from({ length: 3000 }, (_, n) => entry(['n', n], 'x')) })
    const work: readonly (() => Promise<unknown>)[] = [
      async () => {
        for (let n = 0; n < 500; n++) await store.get(['n', n])
      },
      () => entries(store, { prefix: [] }),
      async () => {
        for (let n = 0; n < 3; n++) await store.commit({ puts: [entry(['n', n], 'y')] })
      },
    ]
    for (const job of work) {
      let turns = 0
      let busy = true
      const next = () => {
        turns++
        if (busy) setImmediate(next)
      }
      setImmediate(next)
      await job()
      busy = false
      assert.ok(turns > 1, `${turns} turns`)
    }
    await store.close()
  })

  it('refuses a file that is no database, and leaves it as it is', async () => {
    const content = 'From MAILER-DAEMON Fri Jul  8 12:08:34 2011\n'.repeat(100)
    const path = newFile(content)
    await assert.rejects(openSqliteStore(path), fails('STORE_CORRUPT', path))
    assert.equal(readFileSync(path, 'utf8'), content)
  })

  it("refuses another program's database, and leaves it as it is", async () => {
    const path = newFile('')
    const other = new Sqlite(path)
    other.exec('CREATE TABLE kv (k, v)')
    other.close()
    const before = readFileSync(path)
    await assert.rejects(openSqliteStore(path), fails('CONFIG', path))
    assert.deepEqual(readFileSync(path), before)
    assert.deepEqual(readdirSync(join(path, '..')), ['store.db'])
  })

  it('refuses the database of a newer version, and leaves it as it is', async () => {
    const path = newPath('store.db')
    await (await openSqliteStore(path)).close()
    const newer = new Sqlite(path)
    newer.exec('PRAGMA user_version = 3')
    newer.close()
    const before = readFileSync(path)
    await assert.rejects(openSqliteStore(path), (error) => {
      return fails('CONFIG', path)(error) && /newer/.test(`${error}`)
    })
    assert.deepEqual(readFileSync(path), before)
  })

  it('takes over the database of 0.2.0, which then refuses it: it would take small blobs for damage', async () => {
    const path = newPath('store.db')
    const store = await openSqliteStore(path)
    await store.commit({ puts: [entry(['a'], 'x')] })
    await store.close()
    const older = new Sqlite(path)
    older.exec('PRAGMA user_version = 1')
    older.close()
    const opened = await openSqliteStore(path)
    assert.deepEqual(await opened.get(['a']), bytes('x'))
    await opened.close()
    const now = new Sqlite(path)
    assert.deepEqual({ ...(now.prepare('PRAGMA user_version').get() as object) }, { user_version: 2 })
    now.close()
  })

  it('says that it is damaged when pages were overwritten', async () => {
    const path = newPath('store.db')
    const store = await openSqliteStore(path)
    await store.commit({ puts: Array.from({ length: 2000 }, (_, n) => entry(['n', n], 'x'.repeat(100))) })
    await store.close()
    const size = statSync(path).size
    const file = openSync(path, 'r+')
    writeSync(file, Buffer.alloc(size - 8192, 0xab), 0, size - 8192, 8192)
    await assert.rejects(
      async () => {
        const opened = await openSqliteStore(path)
        try {
          await entries(opened, { prefix: [] })
        } finally {
          await opened.close()
        }
      },
      fails('STORE_CORRUPT', path),
    )
  })

  it('says that it is damaged when a key makes no sense', async () => {
    const path = newPath('store.db')
    const store = await openSqliteStore(path)
    const raw = new Sqlite(path)
    raw.prepare('INSERT INTO kv VALUES (?, ?)').run(Buffer.from('3f', 'hex'), Buffer.from('v'))
    raw.close()
    await assert.rejects(entries(store, { prefix: [] }), fails('STORE_CORRUPT', path))
    await store.close()
  })

  it('refuses a path where no file can be', async () => {
    const directory = newPath()
    mkdirSync(directory)
    await assert.rejects(openSqliteStore(directory), fails('CONFIG', directory))
    const below = join(newFile('a file'), 'store.db')
    await assert.rejects(openSqliteStore(below), fails('CONFIG', below))
  })

  it('says DISK_FULL, keeps what it had, and works again when there is room', async (t) => {
    const disk = smallDisk(t, 1024 * 1024)
    if (!disk) return
    const path = join(disk.path, 'store.db')
    const store = await openSqliteStore(path)
    await store.commit({ puts: [entry(['before'], 'kept')] })
    const ballast = join(disk.path, 'ballast')
    writeFileSync(ballast, new Uint8Array(300_000))
    await assert.rejects(
      store.commit({
        puts: Array.from({ length: 100 }, (_, n) => ({
          key: ['big', n],
          value: new Uint8Array(20_000).fill(n),
        })),
        deletes: [['before']],
      }),
      fails('DISK_FULL', path),
    )
    assert.deepEqual(await listed(store, { prefix: [] }), [['before']])
    rmSync(ballast)
    await store.commit({ puts: [entry(['after'], 'room')] })
    await store.close()
    const again = await openSqliteStore(path)
    assert.deepEqual(await listed(again, { prefix: [] }), [['after'], ['before']])
    await again.close()
  })

  it('says DISK_FULL wherever the room runs out, and never loses or halves a batch', async (t) => {
    const disk = smallDisk(t, 512 * 1024)
    if (!disk) return
    const path = join(disk.path, 'store.db')
    let store = await openSqliteStore(path)
    let last = 0
    for (let full = 0; full < 3; ) {
      const n = last + 1
      const puts = Array.from({ length: 5 }, (_, row) => ({
        key: ['n', n, row],
        value: new Uint8Array(3000),
      }))
      try {
        await store.commit({ puts })
        last = n
      } catch (error) {
        fails('DISK_FULL', path)(error)
        full++
        await store.close()
        store = await openSqliteStore(path)
      }
    }
    assert.ok(last > 5)
    assert.equal((await listed(store, { prefix: ['n'] })).length, 5 * last)
    await store.close()
  })

  it('says DISK_FULL when there is no room to begin', async (t) => {
    const disk = smallDisk(t, 64 * 1024)
    if (!disk) return
    writeFileSync(join(disk.path, 'ballast'), new Uint8Array(60 * 1024))
    const path = join(disk.path, 'store.db')
    await assert.rejects(openSqliteStore(path), fails('DISK_FULL', path))
  })

  it('says READ_ONLY on a disk that is mounted so', async (t) => {
    const disk = smallDisk(t, 1024 * 1024)
    if (!disk) return
    const path = join(disk.path, 'store.db')
    await (await openSqliteStore(path)).close()
    disk.makeReadOnly()
    await assert.rejects(openSqliteStore(path), fails('READ_ONLY', path))
    const missing = join(disk.path, 'new', 'store.db')
    await assert.rejects(openSqliteStore(missing), fails('READ_ONLY', missing))
  })

  // Numbers of sqlite3.h.
  const codes: readonly (readonly [string, number, ErrorCode])[] = [
    ['SQLITE_FULL', 13, 'DISK_FULL'],
    ['SQLITE_IOERR_SHMSIZE', 4874, 'DISK_FULL'],
    ['SQLITE_READONLY', 8, 'READ_ONLY'],
    ['SQLITE_READONLY_DBMOVED', 1032, 'READ_ONLY'],
    ['SQLITE_CANTOPEN', 14, 'READ_ONLY'],
    ['SQLITE_CORRUPT_INDEX', 779, 'STORE_CORRUPT'],
    ['SQLITE_NOTADB', 26, 'STORE_CORRUPT'],
    ['SQLITE_IOERR_READ', 266, 'STORE_CORRUPT'],
    ['SQLITE_BUSY_RECOVERY', 261, 'LOCKED'],
  ]
  for (const [sqlite, errcode, ours] of codes)
    it(`says ${ours} where SQLite says ${sqlite}, and keeps the cause`, () => {
      const cause = Object.assign(new Error('as it was'), { code: 'ERR_SQLITE_ERROR', errcode })
      const path = newPath('store.db')
      mkdirSync(dirname(path), { recursive: true })
      const error = sqliteError(cause, path)
      assert.ok(fails(ours, path)(error))
      assert.equal((error as Error).cause, cause)
      assert.equal(existsSync(`${path}-probe`), false)
    })

  // A quota is EDQUOT, and Node has no name for that.
  for (const [what, code, errno, ours] of [
    ['a quota', 'Unknown system error -122', -122, 'DISK_FULL'],
    ['a disk that was made read-only', 'EROFS', -30, 'READ_ONLY'],
    ['a folder that is gone', 'ENOENT', -2, 'CONFIG'],
    ['a fault', 'EIO', -5, 'STORE_CORRUPT'],
  ] as const)
    it(`asks the disk why SQLite could not write: ${what}`, () => {
      const cause = Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 778 })
      const refuse = (): never => {
        throw Object.assign(new Error(code), { code, errno })
      }
      assert.ok(fails(ours, 'store.db')(sqliteError(cause, 'store.db', 'database', refuse)))
    })

  it('passes on what is not about the file', () => {
    const error = new TypeError('a mistake')
    assert.equal(sqliteError(error, 'store.db'), error)
  })
})

describe('two at one SQLite store', () => {
  it('see what the other committed', async () => {
    const path = newPath('store.db')
    const [a, b] = await Promise.all([openSqliteStore(path), openSqliteStore(path)])
    await a.commit({ puts: [entry(['a'], '1')] })
    assert.deepEqual(await b.get(['a']), bytes('1'))
    await b.commit({ checks: [{ key: ['a'], value: bytes('1') }], deletes: [['a']] })
    assert.equal(await a.get(['a']), undefined)
    await a.close()
    await b.commit({ puts: [entry(['b'], '1')] })
    await b.close()
  })

  it('are of another generation once the other has committed, and make their checks then', async () => {
    const path = newPath('store.db')
    const [a, b] = await Promise.all([openSqliteStore(path), openSqliteStore(path)])
    const since = await a.generation()
    await b.commit({ puts: [entry(['a'], '1')] })
    await turn()
    assert.notEqual(await a.generation(), since)
    const stale = { since, checks: [{ key: ['a'], value: undefined }], puts: [entry(['a'], '2')] }
    await assert.rejects(a.commit(stale), (error) => hasCode(error, 'STORE_CONFLICT'))
    await a.commit({ ...stale, since: await a.generation(), checks: [] })
    assert.deepEqual(await b.get(['a']), bytes('2'))
    await Promise.all([a.close(), b.close()])
  })

  it('wait for each other to commit, and read meanwhile', async () => {
    const path = newPath('store.db')
    const store = await openSqliteStore(path)
    await store.commit({ puts: [entry(['a'], '1')] })
    const other = new Sqlite(path)
    other.exec('BEGIN IMMEDIATE')
    const waiting = store.commit({ puts: [entry(['a'], '2')] })
    for (let n = 0; n < 10; n++) assert.deepEqual(await store.get(['a']), bytes('1'))
    other.exec('COMMIT')
    await waiting
    assert.deepEqual(await store.get(['a']), bytes('2'))
    other.close()
    await store.close()
  })

  it('say LOCKED when the other takes too long, and can go on afterwards', async () => {
    const path = newPath('store.db')
    const store = await openSqliteStore(path, { busyMs: 20 })
    const other = new Sqlite(path)
    other.exec('BEGIN IMMEDIATE')
    await assert.rejects(store.commit({ puts: [entry(['a'], '1')] }), fails('LOCKED', path))
    other.exec('ROLLBACK')
    assert.equal(await store.get(['a']), undefined)
    await store.commit({ puts: [entry(['a'], '1')] })
    other.close()
    await store.close()
  })

  it('need not wait for each other once interrupted', async () => {
    const path = newPath('store.db')
    mkdirSync(join(path, '..'))
    const other = new Sqlite(path)
    other.exec('BEGIN EXCLUSIVE')
    const controller = new AbortController()
    const opening = openSqliteStore(path, { signal: controller.signal })
    controller.abort()
    await assert.rejects(opening, (error) => hasCode(error, 'INTERRUPTED'))
    other.close()
    await (await openSqliteStore(path)).close()
  })

  it('know a file for their own that the other makes a database while they look at it', async () => {
    const path = newPath('store.db')
    const Engine = defaultSqlite()
    const stores: Promise<Store>[] = []
    const Racing = new Proxy(Engine, {
      construct(_, [file]: [string]) {
        const db = new Engine(file)
        const prepare = (query: string) => {
          if (query === 'PRAGMA user_version' && stores.length === 0) {
            const made = openSqliteStore(path)
            // It may have to wait for this one.
            made.catch(() => undefined)
            stores.push(made)
          }
          return db.prepare(query)
        }
        return { exec: (query: string) => db.exec(query), prepare, close: () => db.close() }
      },
    })
    const store = await openSqliteStore(path, { engine: Racing })
    stores.push(Promise.resolve(store))
    await store.commit({ puts: [entry(['a', 1], 'one')] })
    for (const each of stores) {
      assert.deepEqual(await listed(await each, { prefix: ['a'] }), [['a', 1]])
      await (await each).close()
    }
  })

  it('lose nothing of each other when they are processes that begin with no file and count at once', async (t) => {
    const path = newPath('store.db')
    const times = 60
    const children = ['a', 'b', 'c'].map((name) =>
      startChild(t, 'counting-program.ts', [path, String(times), name]),
    )
    for (const child of children) {
      const { code, errors } = await child.ended()
      assert.equal(code, 0, errors)
    }
    const store = await openSqliteStore(path)
    const db = openDatabase(store)
    assert.equal(await db.get(['count']), 3 * times)
    for (const name of ['a', 'b', 'c'])
      assert.equal((await listed(store, { prefix: ['done', name] })).length, times)
    await store.close()
  })
})
