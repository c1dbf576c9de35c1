import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { toHex } from '../bytes/hex.js'
import { readRange } from '../bytes/source.js'
import { PacketboatError } from '../errors/packetboat-error.js'
import { systemCode } from '../errors/system-code.js'
import type { MailboxPath } from '../replica/model.js'
import { isOfOneItem } from '../sync/error-scope.js'
import type { StoredContent } from '../sync/mail-store.js'
import * as disk from './maildir/disk/disk.js'
import { readError, writeError } from './maildir/disk/disk-errors.js'
import { FileToWrite } from './maildir/disk/file-to-write.js'
import { folderError } from './maildir/disk/open-file.js'
import { linkOrCopy } from './maildir/disk/write-file.js'
import { writeDraft } from './maildir/draft.js'
import { openContent } from './maildir/file-content.js'

/** How much of what was put aside stays, the newest first. */
export interface AsideBounds {
  readonly keepMs: number
  readonly mostBytes: number
}

export const defaultAsideBounds: AsideBounds = { keepMs: 30 * 86_400_000, mostBytes: 5_000_000_000 }

export interface AsideMessage {
  /** Names it for `open` and `remove`. */
  readonly name: string
  readonly mailbox: MailboxPath
  /** When it was put aside, ms. */
  readonly atMs: number
  readonly sizeBytes: number
}

export interface AsideOptions {
  /** Wall clock, ms. */
  readonly now: () => number
  readonly randomBytes: (size: number) => Uint8Array
  readonly bounds?: AsideBounds
}

/** A folder's name takes 255 bytes, and the rest of ours takes 60. */
const placeBytes = 180

/** Looking through 10,000 of them takes some hundredths of a second. */
const trimEveryMs = 10_000

/** Holds the time of our last look, in ms, by the clock of then. */
const clockFile = 'clock'
const noteClockEveryMs = 3_600_000

/**
 * Messages that were removed because the other side said so, kept in a folder that no mail program shows
 * until they are too old or take too much room: `<ms when>-<bytes>.<mailbox>.<random>`. The name holds all
 * that a list shows, so no file has to be read.
 */
export class AsideFolder {
  /** Since it was last looked through. */
  private added = true
  private trimmedMs = Number.NEGATIVE_INFINITY
  /** When the folder was last used, and what of that is on the disk. */
  private seenMs: number | undefined
  private notedMs: number | undefined

  constructor(
    private readonly folder: string,
    private readonly options: AsideOptions,
  ) {}

  /** Renames a file into the folder, which costs nothing; one on another disk is copied, and what a link leads to. Throws what the disk does, ENOENT among it. */
  async adoptFile(mailbox: MailboxPath, file: string): Promise<void> {
    await this.make()
    await this.meetClock()
    const to = this.nameFor(mailbox, (await disk.stat(file)).size)
    try {
      if ((await disk.lstat(file)).isSymbolicLink())
        throw Object.assign(new Error('a link'), { code: 'EXDEV' })
      await disk.rename(file, to)
    } catch (error) {
      if (systemCode(error) !== 'EXDEV') throw error
      await linkOrCopy(file, to)
      await disk.unlink(file)
    }
    this.added = true
  }

  /** Writes a message's bytes there, durably, and says under which name. Throws DISK_FULL, READ_ONLY. */
  async takeBytes(mailbox: MailboxPath, source: StoredContent): Promise<string> {
    const to = this.nameFor(mailbox, source.size)
    try {
      await this.make()
      await this.meetClock()
      await writeDraft(await FileToWrite.make(`${to}.draft`), readRange(source), source.internalDateMs)
      await rename(`${to}.draft`, to)
    } catch (error) {
      throw writeError(error, this.folder)
    }
    this.added = true
    return basename(to)
  }

  /** What lies there, the oldest first. */
  async list(): Promise<AsideMessage[]> {
    const messages: AsideMessage[] = []
    for (const name of await this.names()) {
      const [, atMs, size, place = ''] = /^(\d+)(?:-(\d+))?\.([^.]*)\.(?!.*\.draft$)/.exec(name) ?? []
      const mailbox = mailboxOf(place)
      if (atMs === undefined || !mailbox) continue
      // Earlier versions left the size out.
      const sizeBytes = size === undefined ? await this.sizeOf(name) : Number(size)
      if (sizeBytes !== undefined) messages.push({ name, mailbox, atMs: Number(atMs), sizeBytes })
    }
    return messages.sort((a, b) => a.atMs - b.atMs)
  }

  /** Throws NOT_FOUND. */
  async open(name: string): Promise<StoredContent> {
    try {
      return await openContent(join(this.folder, name))
    } catch (error) {
      if (systemCode(error) !== 'ENOENT')
        throw readError(error, join(this.folder, name), 'MESSAGE_UNREADABLE')
      throw new PacketboatError('NOT_FOUND', `${name} is no longer there.`, 'See packetboat expunged.')
    }
  }

  async remove(name: string): Promise<void> {
    try {
      await unlink(join(this.folder, name))
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw writeError(error, this.folder)
    }
  }

  /**
   * Removes what is older than the limit, and then the oldest of what takes more room than allowed. Does
   * nothing when nothing has been added, or right after it last ran. Where it can't look into the folder,
   * nobody waits for that: who has something to put there is told.
   */
  async trim(): Promise<void> {
    const nowMs = this.options.now()
    if (!this.added || Math.abs(nowMs - this.trimmedMs) < trimEveryMs) return
    try {
      await this.trimNow(nowMs)
    } catch (error) {
      if (!isOfOneItem(error)) throw error
    }
  }

  private async trimNow(nowMs: number): Promise<void> {
    const { keepMs, mostBytes } = this.options.bounds ?? defaultAsideBounds
    await this.meetClock()
    let bytes = 0
    for (const { name, atMs, sizeBytes } of (await this.list()).reverse()) {
      bytes += sizeBytes
      if (nowMs - atMs > keepMs || bytes > mostBytes) await this.remove(name)
    }
    this.added = false
    this.trimmedMs = nowMs
  }

  /**
   * If the clock has moved on by more than the keeping time since the folder was last used, either it was set
   * or nobody has had a chance to restore anything: half of the time counts then. So what a clock years
   * behind put aside doesn't go when that clock is set right.
   */
  private async meetClock(): Promise<void> {
    const { now, bounds: { keepMs } = defaultAsideBounds } = this.options
    const nowMs = Math.floor(now())
    this.notedMs ??= await this.readClock()
    const gapMs = nowMs - (this.seenMs ?? this.notedMs ?? nowMs)
    if (gapMs > keepMs) await this.makeYounger(gapMs - Math.floor(keepMs / 2), nowMs)
    this.seenMs = nowMs
    if (Math.abs(nowMs - (this.notedMs ?? Number.NEGATIVE_INFINITY)) < noteClockEveryMs) return
    // If nothing is there, or nothing can be written there, there is nothing to note.
    await writeFile(join(this.folder, clockFile), String(nowMs), { mode: 0o600 }).then(
      () => {
        this.notedMs = nowMs
      },
      () => undefined,
    )
  }

  private async readClock(): Promise<number | undefined> {
    const text = await readFile(join(this.folder, clockFile), 'latin1').catch(() => '')
    return /^\d{1,16}$/.test(text) ? Number(text) : undefined
  }

  private async makeYounger(byMs: number, nowMs: number): Promise<void> {
    for (const { name, atMs } of await this.list()) {
      if (atMs >= nowMs) continue
      const younger = name.replace(/^\d+/, String(Math.min(nowMs, atMs + byMs)))
      try {
        await rename(join(this.folder, name), join(this.folder, younger))
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw writeError(error, this.folder)
      }
    }
  }

  private async make(): Promise<void> {
    try {
      await mkdir(this.folder, { recursive: true, mode: 0o700 })
    } catch (error) {
      throw await folderError(error, [this.folder], this.folder)
    }
  }

  private async names(): Promise<string[]> {
    try {
      return await readdir(this.folder)
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return []
      throw readError(error, this.folder)
    }
  }

  private async sizeOf(name: string): Promise<number | undefined> {
    try {
      return (await stat(join(this.folder, name))).size
    } catch {
      return undefined
    }
  }

  private nameFor(mailbox: MailboxPath, sizeBytes: number): string {
    const place = encoded(mailbox)
    // Of a name that is too long, the beginning is kept for people; such a message is restored to INBOX.
    const known = place.length <= placeBytes ? place : encoded([`${mailbox[0]?.slice(0, 12) ?? ''}...`])
    const when = `${Math.floor(this.options.now())}-${sizeBytes}`
    return join(this.folder, `${when}.${known}.${toHex(this.options.randomBytes(8))}`)
  }
}

/** No dot is left in it. */
function encoded(mailbox: MailboxPath): string {
  return encodeURIComponent(JSON.stringify(mailbox)).replaceAll('.', '%2E')
}

function mailboxOf(place: string): MailboxPath | undefined {
  try {
    const path: unknown = JSON.parse(decodeURIComponent(place))
    return Array.isArray(path) && path.every((level) => typeof level === 'string') ? path : undefined
  } catch {
    return undefined
  }
}
