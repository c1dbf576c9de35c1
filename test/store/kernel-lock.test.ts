import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { hasCode } from '../../src/errors/packetboat-error.js'
import { acquireLock, lockHolder } from '../../src/store/sqlite/kernel-lock.js'
import { defaultSqlite } from '../../src/store/sqlite/sqlite-engine.js'
import { isBusy } from '../../src/store/sqlite/sqlite-error.js'
import { type Child, startChild } from './child-process.js'
import { temporaryDirectory } from './temporary-directory.js'

const root = temporaryDirectory()
after(() => root.remove())

let count = 0
function newPath(): string {
  return join(root.path, `${++count}.lock`)
}

async function firstLine(child: Child): Promise<string> {
  for await (const line of child.lines) return line
  return (await child.ended()).errors
}

function locked(pid: number | undefined) {
  return (error: unknown) => {
    assert.ok(hasCode(error, 'LOCKED'), `${error}`)
    if (pid !== undefined) assert.match(error.message, new RegExp(`process ${pid} `))
    return true
  }
}

describe('a lock', () => {
  it('is held by one at a time within a process', async () => {
    const path = newPath()
    const lock = await acquireLock(path)
    await assert.rejects(acquireLock(path), locked(process.pid))
    await assert.rejects(acquireLock(path), locked(process.pid))
    lock.release()
    lock.release()
    const next = await acquireLock(path)
    lock.release()
    await assert.rejects(acquireLock(path), locked(process.pid))
    next.release()
  })

  it('is held by one process at a time, whatever failed to take it meanwhile', async (t) => {
    const path = newPath()
    const lock = await acquireLock(path)
    await assert.rejects(acquireLock(path), locked(process.pid))
    const refused = await firstLine(startChild(t, 'locking-program.ts', [path]))
    assert.match(refused, new RegExp(`^LOCKED .*process ${process.pid} `))
    lock.release()
    const child = startChild(t, 'locking-program.ts', [path])
    assert.equal(await firstLine(child), 'held')
    await assert.rejects(acquireLock(path), locked(child.process.pid))
    child.process.kill('SIGTERM')
    await child.ended()
    ;(await acquireLock(path)).release()
  })

  it('goes to one of two that come at once: the one that is first does not fail by the other', async () => {
    const path = newPath()
    ;(await acquireLock(path)).release()
    // As far as another process is in the middle of an attempt: it shares the file, and has nothing yet.
    const other = new (defaultSqlite())(path)
    try {
      other.exec('BEGIN')
      other.prepare('SELECT count(*) FROM sqlite_master').all()
      const lock = await acquireLock(path)
      assert.throws(() => other.exec('PRAGMA user_version = 1'), isBusy)
      lock.release()
    } finally {
      other.close()
    }
  })

  it('is free when its holder was killed', async (t) => {
    const path = newPath()
    const child = startChild(t, 'locking-program.ts', [path])
    assert.equal(await firstLine(child), 'held')
    await assert.rejects(acquireLock(path), locked(child.process.pid))
    assert.equal(lockHolder(path), child.process.pid)
    child.process.kill('SIGKILL')
    await child.ended()
    assert.equal(lockHolder(path), undefined)
    const lock = await acquireLock(path)
    assert.equal(readFileSync(`${path}.pid`, 'utf8'), `${process.pid}\n`)
    lock.release()
    assert.equal(existsSync(`${path}.pid`), false)
  })

  it('comes to one who waits when the holder lets go', async (t) => {
    const path = newPath()
    const lock = await acquireLock(path)
    const child = startChild(t, 'locking-program.ts', [path, '60000'])
    const waiting = acquireLock(path, { waitMs: 60_000 })
    lock.release()
    const mine = await waiting
    mine.release()
    assert.equal(await firstLine(child), 'held')
    child.process.kill('SIGTERM')
    await child.ended()
  })

  it('comes to one who waits when the holder is killed', async (t) => {
    const path = newPath()
    const child = startChild(t, 'locking-program.ts', [path])
    assert.equal(await firstLine(child), 'held')
    const waiting = acquireLock(path, { waitMs: 60_000 })
    child.process.kill('SIGKILL')
    ;(await waiting).release()
    await child.ended()
  })

  it('is waited for no longer than asked, and not at all once interrupted', async () => {
    const path = newPath()
    const lock = await acquireLock(path)
    await assert.rejects(acquireLock(path, { waitMs: 10 }), locked(process.pid))
    const controller = new AbortController()
    const waiting = acquireLock(path, { waitMs: 60_000, signal: controller.signal })
    controller.abort()
    await assert.rejects(waiting, (error) => hasCode(error, 'INTERRUPTED'))
    lock.release()
  })

  it('names no holder when the note about it is missing or nonsense', async () => {
    const path = newPath()
    const lock = await acquireLock(path)
    writeFileSync(`${path}.pid`, '\u001b[31mnot a number\n')
    await assert.rejects(
      acquireLock(path),
      (error) => locked(undefined)(error) && !/process/.test(`${error}`),
    )
    lock.release()
  })

  it('lies in a file for its owner alone, in a directory that is made for it', async () => {
    const path = join(root.path, 'new', 'directory', 'a.lock')
    const lock = await acquireLock(path)
    for (const file of [path, `${path}.pid`]) assert.equal(statSync(file).mode & 0o777, 0o600)
    lock.release()
  })

  it('says CONFIG where no file can be', async () => {
    const path = newPath()
    mkdirSync(path)
    const file = newPath()
    writeFileSync(file, '')
    for (const nowhere of [path, join(file, 'a.lock')])
      await assert.rejects(
        acquireLock(nowhere),
        // It is no database that somebody might move away.
        (error) => hasCode(error, 'CONFIG') && !/database/.test(`${error}`),
      )
  })
})
