import { accessSync, constants, existsSync, mkdtempSync, rmSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import * as disk from '../../mailstore/maildir/disk/disk.js'
import { hasNoLinks } from '../../mailstore/maildir/disk/write-file.js'
import { detectMark } from '../../mailstore/maildir/names/detect-naming.js'
import type { MailStore } from '../../sync/mail-store.js'
import { counted, formatBytes } from '../../told/sizes.js'
import { type MailStorePlace, openMailStore } from '../session/mail-store-place.js'
import { refuseRootOver } from '../session/not-as-root.js'
import type { Findings } from './findings.js'

/** Less room than this keeps mail from being written; less than the other will soon. Bytes. */
const tooLittle = 20e6
const little = 200e6

/** A folder of packetboat's own, or the nearest one above it where it isn't there yet: rights, and room on its disk. */
export async function checkDataDir(found: Findings, root: string): Promise<void> {
  const about = 'data'
  await found.attempt(about, () => {
    const there = nearestThere(root)
    const stats = statSync(there)
    if (!stats.isDirectory())
      return found.wrong(about, `${there} is a file, not a folder.`, 'Choose another place with --data DIR.')
    const why = whyUnwritable(there)
    if (why === 'EROFS')
      return found.wrong(
        about,
        `${there} is on a disk that is mounted read-only.`,
        'Mount it so that it can be written; if the system did that by itself, check the disk first.',
      )
    if (why !== undefined)
      return found.wrong(
        about,
        `${there} can't be written by this user.`,
        `Run packetboat as its owner, or give it to this user: chown -R "$USER" ${there}`,
      )
    if (there === root && (stats.mode & 0o077) !== 0)
      found.note(about, `Other users can look into ${root}.`, `Run chmod 700 ${root}`)
    else found.ok(about, there === root ? `${root} can be written.` : `${root} will be made when needed.`)
  })
  await checkRoom(found, root)
}

/** Room on the disk on which a path is, or will be. */
export async function checkRoom(found: Findings, path: string): Promise<void> {
  await found.attempt('disk', () => {
    const there = nearestThere(path)
    const { bavail, bsize, ffree, files } = statfsSync(there)
    const free = bavail * bsize
    const words = `${formatBytes(free)} free for ${path}.`
    if (files > 0 && ffree === 0)
      found.wrong(
        'disk',
        `The disk of ${path} can't hold another file (no inodes).`,
        'Remove some files there.',
      )
    else if (free < tooLittle) found.wrong('disk', words, 'Free space on that disk.')
    else if (free < little) found.note('disk', words, 'Free some before much mail comes.')
    else found.ok('disk', words)
  })
}

/** A Maildir: what is in it, who may use it, and what its disk can do. Nothing stays of the files that this tries. */
export async function checkMaildir(
  found: Findings,
  place: Extract<MailStorePlace, { readonly kind: 'maildir' }>,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const about = 'Maildir'
  const { path } = place
  const mailboxes = await found.attempt(about, async () => {
    refuseRootOver(path)
    const store = await openMailStore({ ...place, create: false }, folder)
    try {
      return await mailboxesOf(found, store, signal)
    } finally {
      await store.close?.()
    }
  })
  if (mailboxes === undefined) return
  found.ok(about, `${path} has ${mailboxes === 1 ? '1 mailbox' : `${mailboxes} mailboxes`}.`)
  await found.attempt(about, () => tryFiles(found, path))
  await checkRoom(found, path)
}

async function mailboxesOf(found: Findings, store: MailStore, signal: AbortSignal): Promise<number> {
  const mailboxes = await store.mailboxes(signal)
  const closed = mailboxes.flatMap(({ path, unreadable }) => (unreadable ? [{ path, unreadable }] : []))
  const [first] = closed
  if (first)
    found.wrong(
      'Maildir',
      `${counted(closed.length, 'folder')} can't be read. ${first.unreadable.message}`,
      first.unreadable.next,
    )
  return mailboxes.length
}

/** Whether INBOX can be written, and in what its disk is another one than most: how names have flags, and whether a file can have two. */
async function tryFiles(found: Findings, path: string): Promise<void> {
  const closed = ['cur', 'new', 'tmp']
    .map((name) => join(path, name))
    .filter((each) => whyUnwritable(each) !== undefined)
  if (closed.length > 0)
    throw new PacketboatError(
      'READ_ONLY',
      `${closed.join(', ')} can't be written by this user.`,
      'Correct the permissions, or run packetboat as the owner of the Maildir.',
    )
  const mark = await detectMark(path)
  if (mark !== ':')
    found.note(
      'Maildir',
      `The disk of ${path} takes no file with a colon in its name: flags stand behind ${mark}2, there.`,
      `Tell your mail program, if it can be told (mbsync: InfoDelimiter ${mark}), or put the Maildir on another disk.`,
    )
  const draft = mkdtempSync(join(path, 'tmp', 'packetboat-doctor-'))
  try {
    const file = join(draft, 'file')
    await disk.open(file, 'wx').then((handle) => handle.close())
    await disk.link(file, `${file}2`)
  } catch (error) {
    if (!hasNoLinks(error)) throw error
    found.note('Maildir', `The disk of ${path} has no hard links: copies of a message take their full size.`)
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** The system's code; undefined where it can be written. */
function whyUnwritable(path: string): string | undefined {
  try {
    accessSync(path, constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

export function nearestThere(path: string): string {
  const above = dirname(path)
  return existsSync(path) || above === path ? path : nearestThere(above)
}
