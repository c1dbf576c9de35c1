import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout } from 'node:timers/promises'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import { isFull, systemCode } from '../../../errors/system-code.js'
import * as disk from './disk.js'
import { writeError } from './disk-errors.js'
import { readText } from './open-file.js'
import { hasNoLinks } from './write-file.js'

/** A lock that hasn't changed for so long is stale (Dovecot's maildir dotlocks: 120 s). */
const staleMs = 120_000
const waitMs = 122_000
const pauseMs = 50

/**
 * Runs `work` under `path`.lock, taken as Dovecot takes it: a temporary file linked into place, holding
 * `pid:host`. Overrides at once a lock of a process of this host that is gone, and any other after two
 * minutes without change.
 */
export async function withDotlock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`
  const own = `${path}.${hostname().replace(/[^\w.-]/g, '_')}.${process.pid}.${randomBytes(4).toString('hex')}`
  const wanted = `${process.pid}:${hostname()}`
  let content = await writeNew(own, wanted).catch((error: unknown) => {
    throw writeError(error, own)
  })
  try {
    const startedMs = Date.now()
    for (;;) {
      try {
        content = await takeName(own, lock, content)
        break
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw writeError(error, lock)
      }
      if (await isStale(lock)) {
        await disk.unlink(lock).catch(() => undefined)
        continue
      }
      if (Date.now() - startedMs > waitMs)
        throw new PacketboatError(
          'LOCKED',
          `${lock} is held by another program.`,
          'Wait until that program has finished. If no program uses the mailbox, remove the file.',
        )
      await setTimeout(pauseMs)
    }
    try {
      return await work()
    } finally {
      // Only if the lock is still ours: another process may have thought us dead.
      if ((await readText(lock, 1000).catch(() => '')) === content)
        await disk.unlink(lock).catch(() => undefined)
    }
  } finally {
    await disk.unlink(own).catch(() => undefined)
  }
}

/**
 * Gives what it has written: nothing where the disk is full, since a lock holds without words too, and what
 * makes room may need it. If it fails, nothing is left of it.
 */
async function writeNew(path: string, content: string): Promise<string> {
  const handle = await disk.open(path, 'wx')
  try {
    await handle.writeFile(content)
    return content
  } catch (error) {
    if (isFull(error)) {
      await handle.truncate()
      return ''
    }
    await disk.unlink(path).catch(() => undefined)
    throw error
  } finally {
    await handle.close()
  }
}

/** Puts the lock in its place if there is none, and gives what it holds. A disk without hard links has it written there. */
async function takeName(own: string, lock: string, content: string): Promise<string> {
  try {
    await disk.link(own, lock)
    return content
  } catch (error) {
    if (!hasNoLinks(error)) throw error
    return writeNew(lock, content)
  }
}

async function isStale(lock: string): Promise<boolean> {
  try {
    const [pid, host] = ((await readText(lock, 1000)) ?? '').split(':')
    if (host === hostname() && pid && !isAlive(Number(pid))) return true
    return Date.now() - (await disk.lstat(lock)).mtimeMs > staleMs
  } catch {
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) !== 'ESRCH'
  }
}
