import { join } from 'node:path'
import * as disk from '../disk/disk.js'
import { isAbsent, readError } from '../disk/disk-errors.js'
import { readText } from '../disk/open-file.js'
import { replaceFile } from '../disk/write-file.js'
import type { InfoMark } from '../file-name.js'
import type { NameEncoding, Naming } from './mailbox-name.js'

/** `auto`: what the tree looks like, and Maildir++ where it looks like nothing yet. */
export type LayoutChoice = 'auto' | 'maildir++' | 'fs'

/**
 * Finds out how a tree's folders are named. INBOX is the root if that has a `cur` or `new`, as Dovecot has it
 * in either layout; else the folder of that name, as mbsync has it. Throws MAILSTORE_GONE.
 */
export async function detectNaming(
  root: string,
  { encoding, layout }: { readonly encoding: NameEncoding; readonly layout: LayoutChoice },
): Promise<Naming> {
  const items = (await itemsOf(root)).filter(({ kind }) => kind === 'folder' || kind === 'link')
  const names = items.map(({ name }) => name)
  const inbox = isMailboxOf(names)
    ? ''
    : (names.find((name) => name === 'INBOX') ?? names.find((name) => name.toUpperCase() === 'INBOX'))
  const isInboxBelow = inbox ? isMailboxOf(await namesOf(join(root, inbox))) : false
  const fs = { encoding, layout: 'fs', ...(inbox && isInboxBelow && { inbox }) } as const
  const plain = { encoding, layout: 'maildir++' } as const
  if (layout !== 'auto') return layout === 'fs' ? fs : plain
  if ((await readText(join(root, layoutFile)))?.trim() === 'fs') return fs
  for (const name of names)
    if (name.startsWith('.') && isMailboxOf(await namesOf(join(root, name)))) return plain
  if (isInboxBelow) return fs
  for (const name of names)
    if (!name.startsWith('.') && !ownName.test(name) && (await holdsMailboxes(join(root, name)))) return fs
  return plain
}

/** Names in the root that are no mailboxes. */
const ownName = /^(?:cur|new|tmp|packetboat-.*)$/

/** Says in the tree that its folders lie within one another, so that one with nothing but INBOX left is known again. */
const layoutFile = 'packetboat-layout'

export async function noteLayout(root: string, { layout }: Naming): Promise<void> {
  const path = join(root, layoutFile)
  if (layout === 'fs' && (await readText(path)) === undefined) await replaceFile(path, 'fs\n')
}

async function holdsMailboxes(folder: string): Promise<boolean> {
  const names = await namesOf(folder)
  if (isMailboxOf(names)) return true
  for (const name of names) if (isMailboxOf(await namesOf(join(folder, name)))) return true
  return false
}

const isMailboxOf = (names: readonly string[]): boolean => names.includes('cur') || names.includes('new')

async function namesOf(folder: string): Promise<string[]> {
  return disk.listNames(folder).catch(() => [])
}

async function itemsOf(root: string): Promise<disk.Item[]> {
  try {
    return await disk.listItems(root)
  } catch (error) {
    if (isAbsent(error)) return []
    throw readError(error, root, 'MAILSTORE_GONE')
  }
}

/**
 * What separates a name from its flags: a colon wherever the disk takes one. exFAT, FAT and many network
 * shares don't, or change it; there, whatever the files of `inbox` have, or `;`.
 */
export async function detectMark(inbox: string): Promise<InfoMark> {
  // Made with O_EXCL and gone at once, so that it need not be hard to guess: every look at an account would load node:crypto for it.
  const probe = join(inbox, 'tmp', `packetboat.${process.pid}.${process.hrtime.bigint()}`)
  if ((await takesName(`${probe}:2,`)) || !(await takesName(probe))) return ':'
  const names = await namesOf(join(inbox, 'cur'))
  return names.some((name) => name.includes('!2,')) ? '!' : ';'
}

async function takesName(path: string): Promise<boolean> {
  try {
    await (await disk.open(path, 'wx')).close()
    const there = await disk.listNames(join(path, '..'))
    await disk.unlink(path)
    return there.some((name) => path.endsWith(`/${name}`))
  } catch {
    return false
  }
}
