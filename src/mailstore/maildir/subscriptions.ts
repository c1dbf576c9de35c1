import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type MailboxPath, pathText } from '../../replica/model.js'
import { diskError, errnoOf } from './disk-errors.js'
import { withDotlock } from './dotlock.js'
import { folderOf, type NameEncoding, pathOf } from './mailbox-name.js'

/** Dovecot's `subscriptions`: version 1 has a folder name a line, version 2 a header and levels joined by tabs. */
export interface Subscriptions {
  /** Undefined when there is no such file: then everything counts as subscribed. */
  readonly names: ReadonlySet<string> | undefined
  readonly version: 1 | 2
}

const header2 = 'V\t2'

export async function readSubscriptions(root: string, encoding: NameEncoding): Promise<Subscriptions> {
  try {
    return parseSubscriptions(await readFile(join(root, 'subscriptions'), 'utf8'), encoding)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { names: undefined, version: 2 }
    throw diskError(error, join(root, 'subscriptions'))
  }
}

export function parseSubscriptions(text: string, encoding: NameEncoding): Subscriptions {
  const lines = text.split('\n').filter((line) => line !== '')
  const version = lines[0] === header2 ? 2 : 1
  const paths =
    version === 2
      ? lines.slice(1).map((line) => line.split('\t').map(unescapeTab))
      : lines.map((line) => pathOf(line === 'INBOX' ? '' : `.${line}`, encoding) ?? [line])
  return { names: new Set(paths.map(pathText)), version }
}

export function isSubscribed({ names }: Subscriptions, path: MailboxPath): boolean {
  return names === undefined || names.has(pathText(path))
}

/** Changes one subscription. `all` are the mailboxes there are: a first file lists them, so that the rest stay subscribed. */
export async function writeSubscription(
  root: string,
  encoding: NameEncoding,
  path: MailboxPath,
  subscribed: boolean,
  all: readonly MailboxPath[],
): Promise<void> {
  const file = join(root, 'subscriptions')
  await withDotlock(file, async () => {
    const before = await readSubscriptions(root, encoding)
    const names = new Set(before.names ?? all.map(pathText))
    if (subscribed) names.add(pathText(path))
    else names.delete(pathText(path))
    const lines = [...names].map((name) => {
      const levels = name.split('/')
      return before.version === 2
        ? levels.map(escapeTab).join('\t')
        : folderOf(levels, encoding).slice(1) || 'INBOX'
    })
    try {
      const text = `${before.version === 2 ? `${header2}\n\n` : ''}${lines.join('\n')}\n`
      await writeFile(`${file}.packetboat`, text, { flush: true })
      await rename(`${file}.packetboat`, file)
    } catch (error) {
      throw diskError(error, file)
    }
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
