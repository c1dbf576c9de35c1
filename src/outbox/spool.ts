import { randomInt } from 'node:crypto'
import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../errors/packetboat-error.js'
import { systemCode } from '../errors/system-code.js'
import type { OpenContent } from '../sync/content/content-access.js'
import {
  type CheckWritten,
  type FilledSpool,
  isHeldBack,
  noSuchMail,
  takenMail,
} from '../sync/submission/filled-spool.js'
import type { SpooledMail } from '../sync/submission/spool.js'
import { looked, makeFolder, namesIn, openWhole, spoolError, syncFolder, unlinked } from './spool-disk.js'
import { type SpoolFile, writeSpoolFile } from './spool-file.js'

/**
 * DATA/outbox: a file for each mail, `NAME.STATE`. The state is in the name because a rename either happens
 * or doesn't: mail that a person has held can't have been taken by a sync at the same moment.
 */
export interface FolderSpool extends FilledSpool {
  /** Everything in the spool, oldest first, including what is not in order. */
  look(): Promise<readonly SpoolEntry[]>
  /** Its bytes, without taking it. Undefined when it is gone. Throws MESSAGE_UNREADABLE. */
  read(name: string): Promise<OpenContent | undefined>
  /** The same of mail that went with smaller pictures, as it was handed in. */
  readOriginal(name: string): Promise<OpenContent | undefined>
}

export type SpoolEntry =
  | {
      readonly kind: 'mail'
      readonly mail: SpooledMail
      readonly state: SpoolState
      readonly untilMs?: number
    }
  /** Never sent, and never removed: a person looks. */
  | { readonly kind: 'stray'; readonly file: string; readonly why: string }

/** `taken`: a sync has opened it. */
type SpoolState = 'ready' | 'held' | 'taken'

/** A mail's file, and the state that its name says. */
interface Place {
  readonly name: string
  readonly file: string
  readonly state: SpoolState
  readonly untilMs?: number
}

/** `known.json` is what a sync notes there (`known.ts`), with its draft. */
const notMail: ReadonlySet<string> = new Set(['known.json', 'known.json.new'])
const fileName = /^([0-9a-z]{12})\.(?:(mail|held|taken|new)|until-([0-9a-f]{11}))$/
const timeDigits = 11
/** In the year 2527. */
const lastUntilMs = 16 ** timeDigits - 1
/** Digits at the beginning of a name that say when the mail was queued. */
const nameTimeDigits = 8
/** `NAME.original`: as it was handed in, of mail that has gone with smaller pictures. It goes no more. */
const originalName = /^[0-9a-z]{12}\.original$/
/** How long a person can have that at least: longer than the outbox tells what became of the mail. */
const originalMs = 40 * 86_400_000
/** A message that is being written is no stray one for so long. */
const draftMs = 3_600_000

/** Makes nothing before there is mail. */
export function folderSpool(folder: string, now: () => number): FolderSpool {
  const path = (file: string): string => join(folder, file)

  const places = async (): Promise<{ found: Place[]; others: string[] }> => {
    const found: Place[] = []
    const others: string[] = []
    for (const file of (await namesIn(folder)).sort()) {
      const place = placeOf(file, now())
      // Two files of one name would be one mail that goes twice.
      if (place && found.at(-1)?.name !== place.name) found.push(place)
      else if (!notMail.has(file) && !originalName.test(file)) others.push(file)
    }
    return { found, others }
  }
  const find = async (name: string): Promise<Place | undefined> =>
    (await places()).found.find((each) => each.name === name)

  const look = async (): Promise<SpoolEntry[]> => {
    const { found, others } = await places()
    const entries: SpoolEntry[] = []
    for (const place of found) {
      const file = await looked(path(place.file))
      if (file === undefined) continue
      if (typeof file === 'string') entries.push({ kind: 'stray', file: place.file, why: file })
      else {
        const { untilMs } = place
        const mail = spooledMail(place, file)
        entries.push({ kind: 'mail', mail, state: place.state, ...(untilMs !== undefined && { untilMs }) })
      }
    }
    for (const file of others) {
      const why = await strangeness(path(file), file, now())
      if (why !== undefined) entries.push({ kind: 'stray', file, why })
    }
    return entries
  }

  const dropOriginals = async (): Promise<void> => {
    for (const file of await namesIn(folder)) {
      const stats = originalName.test(file) ? await fs.lstat(path(file)).catch(() => undefined) : undefined
      // The time of its last renaming.
      if (stats && now() - stats.ctimeMs > originalMs) await unlinked(path(file))
    }
  }

  /** Renames it out of the state that it was seen in; false where somebody else was faster. */
  const change = async (place: Place, suffix: string): Promise<boolean> => {
    try {
      await fs.rename(path(place.file), path(`${place.name}.${suffix}`))
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false
      throw spoolError(error, folder)
    }
    await syncFolder(folder)
    return true
  }

  /** Does something to a mail that no sync has taken. */
  const withUntaken = async (name: string, work: (place: Place) => Promise<boolean>): Promise<void> => {
    for (;;) {
      const place = await find(name)
      if (!place) throw noSuchMail(name)
      if (place.state === 'taken') throw takenMail(name)
      if (await work(place)) return
    }
  }

  return {
    look,
    list: async () => (await look()).flatMap((entry) => (entry.kind === 'mail' ? [entry.mail] : [])),
    add: async (mail, bytes, check) => {
      await makeFolder(folder)
      const queuedMs = now()
      const name = `${base36(queuedMs, nameTimeDigits)}${base36(randomInt(36 ** 4), 4)}`
      const draft = path(`${name}.new`)
      let handle: fs.FileHandle
      try {
        handle = await fs.open(draft, 'wx', 0o600)
      } catch (error) {
        throw spoolError(error, folder)
      }
      const { heldUntil } = mail
      const file = path(`${name}.${heldUntil === undefined ? 'mail' : suffixHeld(heldUntil)}`)
      try {
        await writeSpoolFile(handle, mail, queuedMs, bytes).finally(() => handle.close())
        if (check) await checkWhole(draft, check)
        await fs.rename(draft, file)
        await syncFolder(folder)
      } catch (error) {
        for (const each of [draft, file]) await fs.unlink(each).catch(() => undefined)
        throw spoolError(error, folder)
      }
      return name
    },
    open: async (name) => {
      const place = await find(name)
      if (!place || place.state === 'held') return undefined
      // Damaged mail stops no other: whoever looks names it.
      const opened = await openWhole(path(place.file)).catch(orUndefined)
      if (!opened) return undefined
      try {
        if (place.state === 'taken' || (await change(place, 'taken'))) return opened
      } catch (error) {
        await opened.close()
        throw error
      }
      await opened.close()
      return undefined
    },
    read: async (name) => {
      const place = await find(name)
      return place && openWhole(path(place.file))
    },
    readOriginal: (name) => openWhole(path(`${name}.original`)),
    remove: async (name) => {
      const place = await find(name)
      if (place) await unlinked(path(place.file))
      await syncFolder(folder)
    },
    setAside: async (name) => {
      const place = await find(name)
      if (place) await change(place, 'original')
      await dropOriginals()
    },
    hold: (name, untilMs) =>
      withUntaken(name, async (place) => {
        const suffix = suffixHeld(untilMs ?? 'released')
        return place.file === `${name}.${suffix}` || (await change(place, suffix))
      }),
    release: async (name) => {
      for (;;) {
        const place = await find(name)
        if (!place) throw noSuchMail(name)
        if (place.state !== 'held' || (await change(place, 'mail'))) return
      }
    },
    takeBack: async (name) => {
      await withUntaken(name, (place) => unlinked(path(place.file)))
      await syncFolder(folder)
    },
  }
}

function suffixHeld(until: number | 'released'): string {
  if (until === 'released') return 'held'
  return `until-${Math.min(Math.floor(until), lastUntilMs).toString(16).padStart(timeDigits, '0')}`
}

async function checkWhole(path: string, check: CheckWritten): Promise<void> {
  const opened = await openWhole(path)
  if (!opened) return
  try {
    await check(opened)
  } finally {
    await opened.close()
  }
}

/** Names sort by their time (in ms, until 2059), and no two mails ever have the same: by it the replica knows what was sent already. */
function base36(value: number, digits: number): string {
  return Math.max(0, Math.floor(value)).toString(36).padStart(digits, '0')
}

function orUndefined(error: unknown): undefined {
  if (!hasCode(error, 'MESSAGE_UNREADABLE')) throw error
}

/** Undefined for a file that isn't mail that was handed in. */
function placeOf(file: string, nowMs: number): Place | undefined {
  const [, name, suffix, until] = fileName.exec(file) ?? []
  if (name === undefined || suffix === 'new') return undefined
  if (until === undefined)
    return { name, file, state: suffix === 'mail' ? 'ready' : suffix === 'held' ? 'held' : 'taken' }
  const untilMs = Number.parseInt(until, 16)
  const queuedMs = Number.parseInt(name.slice(0, nameTimeDigits), 36)
  return isHeldBack(queuedMs, untilMs, nowMs)
    ? { name, file, state: 'held', untilMs }
    : { name, file, state: 'ready' }
}

function spooledMail({ name, state }: Place, { mail, sizeBytes, queuedMs }: SpoolFile): SpooledMail {
  const { envelope, urgent, notBeforeMs, asIs } = mail
  return {
    name,
    envelope,
    sizeBytes,
    queuedMs,
    urgent,
    ...(notBeforeMs !== undefined && { notBeforeMs }),
    ...(asIs && { asIs }),
    ...(state === 'held' && { held: true }),
  }
}

/** Why a file is a stray one; undefined for a draft that may still be written. */
async function strangeness(path: string, file: string, nowMs: number): Promise<string | undefined> {
  const [, , suffix] = fileName.exec(file) ?? []
  if (suffix !== 'new') return 'not a file of packetboat, or a second one of that name'
  const stats = await fs.lstat(path).catch(() => undefined)
  if (!stats || nowMs - stats.mtimeMs < draftMs) return undefined
  return 'half-written: packetboat sendmail was interrupted, so this mail never counted as queued'
}
