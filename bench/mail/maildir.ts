import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { headerOf, type Raw } from './message.js'

/** A message's file in a Maildir++ tree. */
export interface MailFile {
  readonly mailbox: string
  readonly path: string
}

/** Maildir++ has a dot before the name; some programs (offlineimap) lay mailboxes out without. */
function folderOf(root: string, mailbox: string): string {
  if (mailbox === 'INBOX') return root
  const bare = join(root, mailbox)
  return existsSync(join(bare, 'cur')) ? bare : join(root, `.${mailbox}`)
}

export function makeMailbox(root: string, mailbox: string): void {
  const folder = folderOf(root, mailbox)
  for (const name of ['cur', 'new', 'tmp']) mkdirSync(join(folder, name), { recursive: true })
  if (mailbox !== 'INBOX') writeFileSync(join(folder, 'maildirfolder'), '')
}

export interface Delivery {
  readonly mailbox: string
  readonly message: Raw
  readonly seconds: number
  /** Makes the name unique. */
  readonly number: number
  /** Letters of a Maildir name; undefined puts it into `new/`. */
  readonly flags?: string
}

/** Names as Dovecot's delivery gives them, with both sizes. Written aside and renamed, since somebody may be looking. */
export function deliver(root: string, { mailbox, message, seconds, number, flags }: Delivery): string {
  const folder = folderOf(root, mailbox)
  if (!existsSync(join(folder, 'tmp'))) makeMailbox(root, mailbox)
  const lines = message.split('\n').length - 1
  const base = `${seconds}.M${number}P${4000 + (number % 977)}.benchhost,S=${message.length},W=${message.length + lines}`
  const path = flags === undefined ? join(folder, 'new', base) : join(folder, 'cur', `${base}:2,${flags}`)
  const aside = join(folder, 'tmp', base)
  writeFileSync(aside, message, 'latin1')
  chmodSync(aside, 0o600)
  utimesSync(aside, seconds, seconds)
  renameSync(aside, path)
  return path
}

/** All messages, in a fixed order. `INBOX` may also be a folder of its own, as some programs lay it out. */
export function mailFiles(root: string): MailFile[] {
  if (!existsSync(root)) return []
  const found: MailFile[] = []
  const add = (mailbox: string, folder: string): void => {
    for (const name of ['cur', 'new'])
      for (const file of existsSync(join(folder, name)) ? readdirSync(join(folder, name)).sort() : [])
        if (!file.startsWith('.')) found.push({ mailbox, path: join(folder, name, file) })
  }
  add('INBOX', root)
  for (const name of readdirSync(root).sort())
    if (existsSync(join(root, name, 'cur'))) add(name.replace(/^\./, ''), join(root, name))
  return found
}

export const readMessage = (path: string): Raw => readFileSync(path, 'latin1')

export type MailIndex = ReadonlyMap<string, MailFile>

/** By Message-ID. */
export function indexMail(root: string): MailIndex {
  return new Map(mailFiles(root).map((file) => [headerOf(readMessage(file.path), 'Message-ID'), file]))
}

export const flagsOf = ({ path }: MailFile): string => path.split(':2,')[1] ?? ''

export function addFlag(file: MailFile, flag: string): void {
  const [base = '', flags = ''] = file.path.split(':2,')
  const folder = dirname(base)
  const place = basename(folder) === 'new' ? join(dirname(folder), 'cur', basename(base)) : base
  renameSync(file.path, `${place}:2,${[...new Set(flags + flag)].sort().join('')}`)
}

export const sizeOf = ({ path }: MailFile): number => statSync(path).size
