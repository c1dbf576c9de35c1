import assert from 'node:assert/strict'
import { existsSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import type { SqliteEngine } from '../../src/store/sqlite/sqlite-engine.js'
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.js'
import { entry } from '../../testing/store.js'
import { sqliteEngines } from './engines.js'
import { temporaryDirectory } from './temporary-directory.js'

/** An engine whose open files all become unreadable at once, as on a disk that goes: what is opened later is on the disk that is there then. */
function failing(engine: SqliteEngine) {
  let disk = 0
  const error = Object.assign(new Error('disk I/O error'), { code: 'ERR_SQLITE_ERROR', errcode: 266 })
  class Failing {
    constructor(path: string) {
      const opened = disk
      const db = new engine(path)
      const alive = <T>(value: T): T => {
        if (opened !== disk) throw error
        return value
      }
      const guard = <T extends object>(object: T): T =>
        new Proxy(object, {
          get: (target, name) => {
            const found = Reflect.get(target, name)
            if (typeof found !== 'function') return found
            return (...all: unknown[]) => {
              if (name !== 'close') alive(undefined)
              const made = Reflect.apply(found, target, all)
              return name === 'prepare' ? guard(made) : made
            }
          },
        })
      // biome-ignore lint/correctness/noConstructorReturn: it stands for the engine's own class
      return guard(db)
    }
  }
  return {
    engine: Failing as unknown as SqliteEngine,
    lose: () => {
      disk++
    },
  }
}

const failed = (error: unknown): boolean => hasCode(error, 'STORE_CORRUPT')

for (const { name, engine } of sqliteEngines)
  test(`${name}: a store whose disk was away is opened anew once it is back, and nothing is made while it is away`, async (t) => {
    const directory = temporaryDirectory()
    t.after(() => directory.remove())
    const path = join(directory.path, 'store.db')
    const world = failing(engine)
    const store = await openSqliteStore(path, { engine: world.engine })
    await store.commit({ puts: [entry(['a'], '1')] })
    const before = await store.generation?.()
    world.lose()
    renameSync(path, `${path}-away`)
    for (let times = 0; times < 2; times++) await assert.rejects(store.get(['a']), failed)
    assert.equal(existsSync(path), false)
    renameSync(`${path}-away`, path)
    assert.deepEqual(await store.get(['a']), entry(['a'], '1').value)
    assert.notEqual(await store.generation?.(), before)
    await store.commit({ puts: [entry(['b'], '2')] })
    assert.deepEqual(await store.get(['b']), entry(['b'], '2').value)
    await store.close()
  })
