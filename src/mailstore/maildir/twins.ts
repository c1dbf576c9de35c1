import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { PacketboatError } from '../../errors/packetboat-error.js'
import type { UnreadableItem } from '../../sync/mail-store.js'
import * as disk from './disk/disk.js'
import { isAbsent } from './disk/disk-errors.js'
import type { Entry } from './entries.js'
import { type InfoMark, printFileName } from './file-name.js'

/** Files of one mailbox that have one name but for their flags: which message is which nobody could say when one of them goes. */
export function findTwins(entries: readonly Entry[]): Entry[][] {
  const byBase = new Map<string, Entry[]>()
  for (const entry of entries) {
    const group = byBase.get(entry.base)
    if (group) group.push(entry)
    else byBase.set(entry.base, [entry])
  }
  return [...byBase.values()].filter((group) => group.length > 1)
}

/**
 * Gives all but the oldest of these files names of their own, as Dovecot does. Ignores a file that only
 * seemed to be there because it was renamed meanwhile, and a second name of the same file.
 */
export async function separateTwins(
  mailbox: string,
  groups: readonly (readonly Entry[])[],
  mark: InfoMark,
): Promise<void> {
  for (const group of groups) {
    const files = await Promise.all(
      group.map((entry) => lookAt(join(mailbox, entry.folder, entry.name), entry)),
    )
    const [, ...younger] = files
      .filter((file) => file !== undefined)
      .sort((a, b) => a.bornMs - b.bornMs || (a.entry.folder < b.entry.folder ? -1 : 1))
    for (const { path, entry } of younger) {
      const { letters, rest } = entry
      const base = `${Number.parseInt(entry.base, 10) || 0}.${randomBytes(16).toString('hex')}.packetboat`
      const name =
        entry.folder === 'new' && letters === '' ? base : printFileName({ base, letters, rest }, mark)
      await disk.rename(path, join(mailbox, entry.folder, name)).catch((error: unknown) => {
        if (!isAbsent(error)) throw error
      })
    }
  }
}

async function lookAt(
  path: string,
  entry: Entry,
): Promise<{ readonly path: string; readonly entry: Entry; readonly bornMs: number } | undefined> {
  try {
    const { birthtimeMs } = await disk.lstat(path)
    return { path, entry, bornMs: birthtimeMs }
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** What is said of all but one of each where that can't be done: the mailbox isn't to be written. */
export function unreadableTwins(
  groups: readonly (readonly Entry[])[],
): { readonly entry: Entry; readonly item: UnreadableItem }[] {
  return groups.flatMap((group) =>
    [...group]
      .sort((a, b) => (a.name < b.name ? 1 : -1))
      .slice(1)
      .map((entry) => ({ entry, item: unreadableTwin(entry) })),
  )
}

const unreadableTwin = ({ folder, name, base }: Entry): UnreadableItem => ({
  locator: `${folder}/${name}`,
  error: new PacketboatError(
    'MESSAGE_UNREADABLE',
    `Several files are called ${base}, and ${folder}/${name} can't be given a name of its own.`,
    'Give packetboat permission to write there, or rename one of them.',
  ),
})
