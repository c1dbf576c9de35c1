import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { makeMail } from '../../fixtures/make-mail.js'
import { digestOf, type Raw } from './message.js'

const notMail = /\.(gz|bz2|xz|zip|tar|json|md|tgz|py|sh|tsv|csv|zst)$/

/**
 * All messages below a directory, one a file or mboxes, in a fixed order, each once. LF line ends, since that is what
 * a Maildir has; no NUL, which IMAP can't carry; no message above 200 kB, since attachments are ours to put in.
 */
export function readCorpus(directory: string): Raw[] {
  const seen = new Set<string>()
  return filesBelow(directory)
    .filter((path) => !notMail.test(path) && statSync(path).size < 80e6)
    .flatMap((path) => messagesOf(path, readFileSync(path, 'latin1').replaceAll('\r', '')))
    .filter((message) => {
      if (message.length < 200 || message.length > 200_000 || message.includes('\0')) return false
      const head = message.slice(0, Math.max(0, message.indexOf('\n\n')))
      if (!/^[A-Za-z][A-Za-z0-9-]*:/.test(head) || !/^(from|received|message-id|date):/im.test(head))
        return false
      const digest = digestOf(message)
      if (seen.has(digest)) return false
      seen.add(digest)
      return true
    })
    .map((message) => (message.endsWith('\n') ? message : `${message}\n`))
}

function messagesOf(path: string, text: string): string[] {
  if (text.slice(0, 4096).includes('\0')) return []
  if (path.endsWith('.eml')) return [text.replace(/^>?From [^\n]*\n/, '')]
  const isMbox = path.endsWith('.mbox') || text.startsWith('From ')
  return isMbox ? text.split(/^From [^\n]*\d\d:\d\d[^\n]*\n/m) : [text]
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(directory, entry.name)
      return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : []
    })
}

/** Where there is no corpus: the made mail of `fixtures/`, without its attachments. */
export function madeCorpus(seed: number, messages: number): Raw[] {
  return makeMail({ seed, messages, attachments: { share: 0 } }).map(({ bytes }) =>
    Buffer.from(bytes).toString('latin1').replaceAll('\r', ''),
  )
}

/** Mail without anything in base64: what a first sync of text means. */
export const isText = (message: Raw): boolean => !/^content-transfer-encoding: *base64/im.test(message)
