import { mkdir, open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { concat } from '../../../bytes/concat.js'
import { type MailboxPath, pathText } from '../../../replica/model.js'
import type { StoredContent } from '../../../sync/mail-store.js'
import { writeError } from '../../maildir/disk/disk-errors.js'
import { messageGone } from '../../message-errors.js'
import { type Place, parseLocator, printLocator } from '../names/locator.js'
import type { ImapConnection, RunOptions } from '../session/imap-connection.js'
import { isRefusal } from '../session/imap-errors.js'
import { atom, type ImapSession } from '../session/imap-session.js'
import { bodySizesOf } from './body-structure.js'
import { ContentCache } from './content-cache.js'
import {
  type Beginning,
  beginningBytes,
  isPresent,
  notGiven,
  readBeginnings,
  readRangeOf,
  type ServerHabits,
  type Waiting,
} from './read-beginnings.js'

/** What is behind the beginning is kept in pieces of this size: somebody may want no more than the end of a part. */
const pieceBytes = 16 * 1024
/** A reader that has read so many bytes in order will likely read on, and gets as many at once. */
const aheadBytes = 256 * 1024
/** What was read lately and may be asked for again: several parts of a message, one after the other. */
const cacheBytes = 32 * 1024 * 1024

/** Reads messages from the server: those that are opened at the same time in one command, long ones range by range. */
export class MessageReader {
  private readonly beginnings = new ContentCache<Beginning>(cacheBytes / 2)
  private readonly pieces = new ContentCache<{ readonly bytes: Uint8Array }>(cacheBytes / 2)
  /** Waiting reads by mailbox name. */
  private readonly waiting = new Map<string, Waiting[]>()
  private readonly habits: ServerHabits = { ignoresRanges: false }
  private spooled = 0

  constructor(
    private readonly connection: ImapConnection,
    private readonly options: {
      /** A message of more bytes than this isn't read as a whole before somebody wants it. */
      readonly wholeBytes: number
      /** A folder for big messages of a server that gives them whole or not at all. */
      readonly folder: string
    },
  ) {}

  /** Throws MESSAGE_GONE, MESSAGE_UNREADABLE, MAILBOX_MISSING, MAILBOX_UNREADABLE, MAILSTORE_AWAY. */
  async open(path: MailboxPath, locator: string): Promise<StoredContent> {
    const place = parseLocator(locator)
    const key = keyOf(path, locator)
    const beginning = this.beginnings.get(key) ?? (await this.beginningOf(path, place))
    const { bytes, size, internalDateMs } = beginning
    if (bytes.length > beginningBytes) return this.spool(bytes, internalDateMs)
    this.beginnings.put(key, beginning)
    let run = { from: 0, to: 0 }
    return {
      size,
      internalDateMs,
      read: async (offset, length) => {
        const end = Math.min(offset + length, size)
        // Others may read the same bytes again meanwhile.
        const goesOn = offset <= run.to && offset + aheadBytes >= run.to
        run = goesOn ? { from: run.from, to: Math.max(run.to, end) } : { from: offset, to: end }
        const ahead = run.to - run.from >= aheadBytes ? aheadBytes : 0
        const pieces: Uint8Array[] = []
        for (let at = offset; at < end; ) {
          const from = at < bytes.length ? 0 : at - (at % pieceBytes)
          const piece =
            from === 0 ? bytes : await this.pieceAt(path, place, from, Math.max(end, from + ahead))
          const wanted = piece.subarray(at - from, end - from)
          if (wanted.length === 0) throw notGiven(path, place)
          pieces.push(wanted)
          at += wanted.length
        }
        const [only] = pieces
        return pieces.length === 1 && only ? only : concat(pieces)
      },
      ...(size > Math.max(this.options.wholeBytes, beginningBytes) && {
        bodySizes: () => this.bodySizes(path, place),
      }),
      close: async () => {},
    }
  }

  private async bodySizes(path: MailboxPath, place: Place): Promise<readonly number[] | undefined> {
    return this.connection.run(
      async (session) => {
        await select(session, path, place)
        let sizes: readonly number[] | undefined
        try {
          await session.fetch(String(place.uid), [atom('UID'), atom('BODYSTRUCTURE')], (uid, items) => {
            if (uid === place.uid) sizes = bodySizesOf(items.get('BODYSTRUCTURE'))
          })
        } catch (error) {
          // A server that can't make sense of a message may give its bytes all the same.
          if (!isRefusal(error)) throw error
        }
        return sizes
      },
      about(path, place),
    )
  }

  /** The message has gone, by our own hand: nobody may find it here. */
  forget(path: MailboxPath, locator: string): void {
    this.beginnings.drop(keyOf(path, locator))
  }

  private async beginningOf(path: MailboxPath, place: Place): Promise<Beginning> {
    const name = pathText(path)
    return new Promise((resolve, reject) => {
      const waiting = { place, resolve, reject }
      const others = this.waiting.get(name)
      if (others) {
        others.push(waiting)
        return
      }
      this.waiting.set(name, [waiting])
      void this.readWaiting(path)
    })
  }

  /** Answers together the reads that came while the connection was busy, or at the same moment. */
  private async readWaiting(path: MailboxPath): Promise<void> {
    const name = pathText(path)
    await this.connection.free()
    await setImmediate()
    const taken = this.waiting.get(name) ?? []
    this.waiting.delete(name)
    try {
      await readBeginnings(this.connection, path, taken, this.habits)
    } catch (error) {
      for (const { reject } of taken) reject(error)
    }
  }

  /**
   * Spools a message that is too large for memory to a file that nobody else can open. Opening it again reads
   * it from the server again; such a server leaves no other way.
   */
  private async spool(bytes: Uint8Array, internalDateMs: number): Promise<StoredContent> {
    const { folder } = this.options
    // What reads the file must not keep the bytes.
    const size = bytes.length
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const name = join(folder, `whole-${process.pid}-${this.spooled++}.draft`)
      const handle = await open(name, 'wx+', 0o600)
      await unlink(name)
      await handle.writeFile(bytes)
      return {
        size,
        internalDateMs,
        read: async (offset, length) => {
          const wanted = Buffer.alloc(Math.max(0, Math.min(length, size - offset)))
          const { bytesRead } = await handle.read(wanted, 0, wanted.length, offset)
          return wanted.subarray(0, bytesRead)
        },
        close: () => handle.close(),
      }
    } catch (error) {
      throw writeError(error, folder)
    }
  }

  /** The piece that begins at `from`. When it has to be asked for, those behind it up to `to` come with it. */
  private async pieceAt(path: MailboxPath, place: Place, from: number, to: number): Promise<Uint8Array> {
    const keyAt = (at: number): string => `${pathText(path)}\n${printLocator(place)}@${at}`
    const known = this.pieces.get(keyAt(from))
    if (known) return known.bytes
    const length = Math.ceil((to - from) / pieceBytes) * pieceBytes
    const given = await this.connection.run(
      async (session) => {
        await select(session, path, place)
        const bytes = await readRangeOf(session, place, from, length)
        if (!bytes)
          throw (await isPresent(session, place)) ? notGiven(path, place) : messageGone(printLocator(place))
        return bytes
      },
      about(path, place),
    )
    // The server began to give whole messages in the middle of this one.
    if (given.length > length) this.habits.ignoresRanges = true
    const read = given.length > length ? given.subarray(from, from + length) : given
    // Copies: one piece that is kept must not keep all that came with it.
    for (let at = 0; at < read.length; at += pieceBytes)
      this.pieces.put(keyAt(from + at), { bytes: new Uint8Array(read.subarray(at, at + pieceBytes)) })
    return read.subarray(0, pieceBytes)
  }
}

const keyOf = (path: MailboxPath, locator: string): string => `${pathText(path)}\n${locator}`

const about = (path: MailboxPath, { uid }: Place): RunOptions => ({
  about: { what: `reading message ${uid} in ${pathText(path)}`, concern: 'message' },
})

async function select(session: ImapSession, path: MailboxPath, place: Place): Promise<void> {
  const { uidValidity } = await session.select(path)
  if (uidValidity !== place.uidValidity) throw messageGone(printLocator(place))
}
