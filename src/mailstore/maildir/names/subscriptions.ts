import { join } from 'node:path'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../../replica/model.js'
import { withDotlock } from '../disk/dotlock.js'
import { readText } from '../disk/open-file.js'
import { replaceFile } from '../disk/write-file.js'

/** Dovecot's `subscriptions`: version 1 has a folder name a line, version 2 a header and levels joined by tabs. */
export interface Subscriptions {
  /** Each with its line. Undefined when there is no such file: then everything counts as subscribed. */
  readonly names: ReadonlyMap<string, string> | undefined
  readonly version: 1 | 2
}

const header2 = 'V\t2'

/**
 * Reads the subscriptions. Throws MAILBOX_UNREADABLE.
 * @param pathOf the mailbox of a folder.
 */
async function readSubscriptions(root: string, pathOf: PathOf): Promise<Subscriptions> {
  const text = await readText(join(root, 'subscriptions'))
  return text === undefined ? { names: undefined, version: 2 } : parseSubscriptions(text, pathOf)
}

type PathOf = (folder: string) => MailboxPath | undefined

export function parseSubscriptions(text: string, pathOf: PathOf): Subscriptions {
  const lines = text.split('\n').filter((line) => line !== '')
  const version = lines[0] === header2 ? 2 : 1
  const pathOfLine = (line: string): MailboxPath =>
    version === 2 ? line.split('\t').map(unescapeTab) : ((line === 'INBOX' ? [line] : pathOf(line)) ?? [line])
  const names = new Map(lines.slice(version - 1).map((line) => [pathText(pathOfLine(line)), line]))
  return { names, version }
}

/** Where there are none, all mailboxes are subscribed. */
export async function hasSubscriptions(root: string): Promise<boolean> {
  return (await readText(join(root, 'subscriptions'))) !== undefined
}

/** The same, or why it can't be read. */
export async function seeSubscriptions(
  root: string,
  pathOf: PathOf,
): Promise<Subscriptions | PacketboatError> {
  try {
    return await readSubscriptions(root, pathOf)
  } catch (error) {
    if (error instanceof PacketboatError) return error
    throw error
  }
}

export function isSubscribed(
  subscriptions: Subscriptions | PacketboatError,
  path: MailboxPath,
): boolean | PacketboatError {
  if (subscriptions instanceof PacketboatError) return subscriptions
  const { names } = subscriptions
  return names === undefined || names.has(pathText(path))
}

/** A mailbox, with what version 1 calls it. */
interface Named {
  readonly path: MailboxPath
  readonly name: string
}

/**
 * Changes one subscription and leaves all other lines as they are. `own` is the mailbox, if it exists. `all`
 * gives the mailboxes that exist; it is called when there is no file yet, since the first file lists them all
 * so that the others stay subscribed.
 */
export async function writeSubscription(
  root: string,
  path: MailboxPath,
  subscribed: boolean,
  tree: {
    readonly own: Named | undefined
    readonly all: () => Promise<readonly Named[]>
    readonly pathOf: PathOf
  },
): Promise<void> {
  const { own, all, pathOf } = tree
  const file = join(root, 'subscriptions')
  await withDotlock(file, async () => {
    const { names, version } = await readSubscriptions(root, pathOf)
    const lineOf = (each: Named): string => (version === 2 ? each.path.map(escapeTab).join('\t') : each.name)
    const lines = new Map(names ?? (await all()).map((each) => [pathText(each.path), lineOf(each)]))
    if (!subscribed) lines.delete(pathText(path))
    else if (own && !lines.has(pathText(path))) lines.set(pathText(path), lineOf(own))
    await replaceFile(file, `${version === 2 ? `${header2}\n\n` : ''}${[...lines.values()].join('\n')}\n`)
  })
}

/** Dovecot's tab escaping: \001 before 0, 1, t, r, n. */
function escapeTab(text: string): string {
  return text
    .replaceAll('\u0001', '\u00011')
    .replaceAll('\t', '\u0001t')
    .replaceAll('\n', '\u0001n')
    .replaceAll('\r', '\u0001r')
}

function unescapeTab(text: string): string {
  const meaning: Readonly<Record<string, string>> = { '1': '\u0001', t: '\t', n: '\n', r: '\r' }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Dovecot's escape character
  return text.replace(/\u0001([1tnr])/g, (_, letter: string) => meaning[letter] ?? '')
}
