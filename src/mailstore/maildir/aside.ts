import { mkdir, readdir, rename, stat, unlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { MailboxPath } from '../../replica/model.js'
import { diskError, errnoOf } from './disk-errors.js'

/**
 * Messages that were expunged on suspicion lie in a folder of the tree's root that no mail program shows, until they are
 * old enough: `packetboat-expunged/<ms when>.<mailbox>.<base name>`. A rename puts them there, so it costs nothing.
 */
const folderName = 'packetboat-expunged'

export interface AsideMessage {
  /** Names it for `restoreAside`. */
  readonly name: string
  readonly mailbox: MailboxPath
  /** When it was put aside, ms. */
  readonly atMs: number
  readonly sizeBytes: number
}

export async function putAside(
  root: string,
  mailbox: MailboxPath,
  file: string,
  base: string,
  nowMs: number,
): Promise<void> {
  await mkdir(join(root, folderName), { recursive: true, mode: 0o700 })
  const place = encodeURIComponent(JSON.stringify(mailbox))
  await rename(file, join(root, folderName, `${Math.floor(nowMs)}.${place}.${base}`.slice(0, 250)))
}

/** What lies aside, the oldest first. */
export async function listAside(root: string): Promise<AsideMessage[]> {
  let names: string[]
  try {
    names = await readdir(join(root, folderName))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw diskError(error, join(root, folderName))
  }
  const messages: AsideMessage[] = []
  for (const name of names.sort()) {
    const [atMs = '', place = ''] = name.split('.', 2)
    const mailbox = mailboxOf(place)
    if (!/^\d+$/.test(atMs) || !mailbox) continue
    const { size } = await stat(join(root, folderName, name))
    messages.push({ name, mailbox, atMs: Number(atMs), sizeBytes: size })
  }
  return messages
}

function mailboxOf(place: string): MailboxPath | undefined {
  try {
    const path: unknown = JSON.parse(decodeURIComponent(place))
    return Array.isArray(path) && path.every((level) => typeof level === 'string') ? path : undefined
  } catch {
    return undefined
  }
}

/** Brings a message back as new mail in that folder's `new/`: it is a new message then, and stays. */
export async function restoreAside(root: string, name: string, folder: string): Promise<void> {
  const from = join(root, folderName, name)
  const to = join(folder, 'new', name.split('.').slice(2).join('.'))
  try {
    const { mtime } = await stat(from)
    await rename(from, to)
    await utimes(to, mtime, mtime)
  } catch (error) {
    throw diskError(error, from)
  }
}

/** Removes what has lain there for longer than `keepMs`. Returns how many messages that were. */
export async function emptyAside(root: string, nowMs: number, keepMs: number): Promise<number> {
  let removed = 0
  for (const { name, atMs } of await listAside(root)) {
    if (nowMs - atMs <= keepMs) continue
    await unlink(join(root, folderName, name))
    removed++
  }
  return removed
}
