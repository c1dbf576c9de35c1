import { randomBytes } from 'node:crypto'
import { link, readFile, stat, unlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { PacketboatError } from '../../errors/packetboat-error.js'
import { diskError, errnoOf } from './disk-errors.js'
import { giveToOwner } from './owner.js'

/** A lock that hasn't changed for so long is stale (Dovecot's maildir dotlocks: 120 s). */
const staleMs = 120_000
const waitMs = 122_000
const pauseMs = 50

/**
 * Does something under `path`.lock as Dovecot takes it: a file of its own linked into place, holding `pid:host`. A lock
 * of a process of this host that is gone is overridden at once, any other after two minutes without change.
 */
export async function withDotlock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`
  const own = `${path}.${hostname().replace(/[^\w.-]/g, '_')}.${process.pid}.${randomBytes(4).toString('hex')}`
  const content = `${process.pid}:${hostname()}`
  try {
    await writeFile(own, content, { flag: 'wx', mode: 0o600 })
    await giveToOwner(own, dirname(path))
  } catch (error) {
    throw diskError(error, own)
  }
  try {
    const startedMs = Date.now()
    for (;;) {
      try {
        await link(own, lock)
        break
      } catch (error) {
        if (errnoOf(error) !== 'EEXIST') throw diskError(error, lock)
      }
      if (await isStale(lock)) {
        await unlink(lock).catch(() => undefined)
        continue
      }
      if (Date.now() - startedMs > waitMs)
        throw new PacketboatError(
          'LOCKED',
          `${lock} is held by another program.`,
          'Wait until it is done; if no program uses that mailbox, remove the file.',
        )
      await setTimeout(pauseMs)
    }
    try {
      return await work()
    } finally {
      // Only if it is still ours: somebody may have thought that we are dead.
      if ((await readFile(lock, 'utf8').catch(() => '')) === content)
        await unlink(lock).catch(() => undefined)
    }
  } finally {
    await unlink(own).catch(() => undefined)
  }
}

async function isStale(lock: string): Promise<boolean> {
  try {
    const [pid, host] = (await readFile(lock, 'utf8')).split(':')
    if (host === hostname() && pid && !isAlive(Number(pid))) return true
    return Date.now() - (await stat(lock)).mtimeMs > staleMs
  } catch {
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errnoOf(error) !== 'ESRCH'
  }
}
