import { setImmediate } from 'node:timers/promises'
import { concat } from '../../bytes/concat.js'
import { type MailboxPath, pathText } from '../../replica/model.js'
import type { StoredContent } from '../../sync/mail-store.js'
import { messageGone } from '../message-errors.js'
import { bodySizesOf } from './body-structure.js'
import { ContentCache } from './content-cache.js'
import type { ImapConnection } from './imap-connection.js'
import { isRefusal } from './imap-errors.js'
import { bytesOf, type ImapNode, numberOf } from './imap-response.js'
import { atom, type ImapArgument, type ImapSession } from './imap-session.js'
import { type Place, parseLocator, printLocator } from './locator.js'
import { internalDateOf } from './mailbox-scan.js'
import { UidSet } from './uid-set.js'

/** So much of a message is read at first: most mail is no more. */
const beginningBytes = 256 * 1024
/** What is behind that is kept in pieces of this size: somebody may want no more than the end of a part. */
const pieceBytes = 16 * 1024
/** Who has read so much in order is about to read on, and gets so much at once. */
const aheadBytes = 256 * 1024
/** Beginnings of messages that one command asks for: bounds what an answer can hold. */
const messagesAtOnce = 16
/** What was read lately and may be asked for again: several parts of a message, one after the other. */
const cacheBytes = 32 * 1024 * 1024

interface Beginning {
  readonly bytes: Uint8Array
  readonly size: number
  readonly internalDateMs: number
}

interface Waiting {
  readonly place: Place
  readonly resolve: (beginning: Beginning) => void
  readonly reject: (error: unknown) => void
}

/** Reads messages from the server: those that are opened at the same time in one command, long ones range by range. */
export class MessageReader {
  private readonly beginnings = new ContentCache<Beginning>(cacheBytes / 2)
  private readonly pieces = new ContentCache<{ readonly bytes: Uint8Array }>(cacheBytes / 2)
  /** By mailbox name. */
  private readonly waiting = new Map<string, Waiting[]>()

  constructor(
    private readonly connection: ImapConnection,
    /** A message of more bytes than this isn't read as a whole before somebody wants it. */
    private readonly wholeBytes: number,
  ) {}

  /** Throws MESSAGE_GONE, MAILBOX_MISSING, MAILSTORE_AWAY. */
  async open(path: MailboxPath, locator: string): Promise<StoredContent> {
    const place = parseLocator(locator)
    const key = keyOf(path, locator)
    const beginning = this.beginnings.get(key) ?? (await this.beginningOf(path, place))
    this.beginnings.put(key, beginning)
    const { bytes, size, internalDateMs } = beginning
    let run = { from: 0, to: 0 }
    return {
      size,
      internalDateMs,
      read: async (offset, length) => {
        const end = Math.min(offset + length, size)
        // Somebody else may look at the same bytes again meanwhile.
        const goesOn = offset <= run.to && offset + aheadBytes >= run.to
        run = goesOn ? { from: run.from, to: Math.max(run.to, end) } : { from: offset, to: end }
        const ahead = run.to - run.from >= aheadBytes ? aheadBytes : 0
        const pieces: Uint8Array[] = []
        for (let at = offset; at < end; ) {
          const from = at < bytes.length ? 0 : at - (at % pieceBytes)
          const piece =
            from === 0 ? bytes : await this.pieceAt(path, place, from, Math.max(end, from + ahead))
          const wanted = piece.subarray(at - from, end - from)
          if (wanted.length === 0) break
          pieces.push(wanted)
          at += wanted.length
        }
        const [only] = pieces
        return pieces.length === 1 && only ? only : concat(pieces)
      },
      ...(size > Math.max(this.wholeBytes, beginningBytes) && {
        bodySizes: () => this.bodySizes(path, place),
      }),
      close: async () => {},
    }
  }

  private async bodySizes(path: MailboxPath, place: Place): Promise<readonly number[] | undefined> {
    return this.connection.run(async (session) => {
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
    })
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

  /** Those who ask while the connection is busy, or in the same moment, are answered together. */
  private async readWaiting(path: MailboxPath): Promise<void> {
    const name = pathText(path)
    let taken: Waiting[] = []
    try {
      await this.connection.run(async (session) => {
        await setImmediate()
        taken = [...taken, ...(this.waiting.get(name) ?? [])]
        this.waiting.delete(name)
        for (let at = 0; at < taken.length; at += messagesAtOnce)
          await readBeginnings(session, path, taken.slice(at, at + messagesAtOnce))
      })
    } catch (error) {
      for (const { reject } of [...taken, ...(this.waiting.get(name) ?? [])]) reject(error)
      this.waiting.delete(name)
    }
  }

  /** The piece that begins at `from`. When it has to be asked for, those behind it up to `to` come with it. */
  private async pieceAt(path: MailboxPath, place: Place, from: number, to: number): Promise<Uint8Array> {
    const keyAt = (at: number): string => `${pathText(path)}\n${printLocator(place)}@${at}`
    const known = this.pieces.get(keyAt(from))
    if (known) return known.bytes
    const length = Math.ceil((to - from) / pieceBytes) * pieceBytes
    const read = await this.connection.run(async (session) => {
      await select(session, path, place)
      return readPiece(session, place, from, length)
    })
    // Copies: one piece that is kept must not keep all that came with it.
    for (let at = 0; at < read.length; at += pieceBytes)
      this.pieces.put(keyAt(from + at), { bytes: new Uint8Array(read.subarray(at, at + pieceBytes)) })
    return read.subarray(0, pieceBytes)
  }
}

const keyOf = (path: MailboxPath, locator: string): string => `${pathText(path)}\n${locator}`

async function select(session: ImapSession, path: MailboxPath, place: Place): Promise<void> {
  const { uidValidity } = await session.select(path)
  if (uidValidity !== place.uidValidity) throw messageGone(printLocator(place))
}

function bodyRange(from: number, length: number): ImapArgument {
  return { type: 'ATOM', value: 'BODY.PEEK', section: [], partial: [from, length] }
}

async function readPiece(
  session: ImapSession,
  place: Place,
  from: number,
  length: number,
): Promise<Uint8Array> {
  let bytes: Uint8Array | undefined
  await session.fetch(String(place.uid), [atom('UID'), bodyRange(from, length)], (uid, items) => {
    if (uid === place.uid) bytes = bytesOf(items.get('BODY')) ?? bytes
  })
  if (!bytes) throw messageGone(printLocator(place))
  return bytes
}

async function readBeginnings(
  session: ImapSession,
  path: MailboxPath,
  waiting: readonly Waiting[],
): Promise<void> {
  const { uidValidity } = await session.select(path)
  const here = waiting.filter(({ place }) => place.uidValidity === uidValidity)
  const found = new Map<number, ReadonlyMap<string, ImapNode>>()
  const items = [atom('UID'), atom('INTERNALDATE'), atom('RFC822.SIZE'), bodyRange(0, beginningBytes)]
  for (const set of UidSet.of(here.map(({ place }) => place.uid)).print())
    await session.fetch(set, items, (uid, given) => {
      if (given.has('BODY')) found.set(uid, given)
    })
  for (const { place, resolve, reject } of waiting) {
    const given = place.uidValidity === uidValidity ? found.get(place.uid) : undefined
    const bytes = bytesOf(given?.get('BODY'))
    if (!given || !bytes) {
      reject(messageGone(printLocator(place)))
      continue
    }
    const size =
      bytes.length < beginningBytes
        ? bytes.length
        : await sizeOf(session, place, numberOf(given.get('RFC822.SIZE')) ?? bytes.length)
    resolve({ bytes, size, internalDateMs: internalDateOf(given) ?? 0 })
  }
}

/** Some servers give a size that isn't that of the bytes: what is said is looked at, and measured where it is wrong. */
async function sizeOf(session: ImapSession, place: Place, said: number): Promise<number> {
  if (said > 0 && (await readPiece(session, place, said - 1, 2)).length === 1) return said
  let size = 0
  for (;;) {
    const piece = await readPiece(session, place, size, beginningBytes)
    size += piece.length
    if (piece.length < beginningBytes) return size
  }
}
