import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { readRange } from '../../../src/bytes/source.js'
import { type MaildirOptions, openMaildir } from '../../../src/mailstore/maildir/maildir.js'
import type { MailboxPath } from '../../../src/replica/model.js'
import type { MailStore } from '../../../src/sync/mail-store.js'
import { mailText } from '../../../testing/mail-store.js'

/** A folder of a test's own that goes with it. */
export function makeFolder(t: TestContext): string {
  const base = mkdtempSync(join(tmpdir(), 'packetboat-maildir-'))
  t.after(() => rmSync(base, { recursive: true, force: true }))
  return base
}

/** A mailbox's folder as a mail program makes it. */
export function makeMailbox(folder: string | Buffer): void {
  for (const name of ['cur', 'new', 'tmp'])
    mkdirSync(Buffer.concat([Buffer.from(folder), Buffer.from(`/${name}`)]), { recursive: true })
}

/** A mail in a file. Its subject names it. */
export function deliver(file: string | Buffer, subject: string): void {
  writeFileSync(file, mailText(subject))
}

export const openTree = (root: string, options: Partial<MaildirOptions> = {}): Promise<MailStore> =>
  openMaildir(root, {
    names: 'mutf7',
    now: Date.now,
    randomBytes: (size) => randomBytes(size),
    create: true,
    ...options,
  })

/** What a mailbox has, by subject. */
export async function subjectsIn(store: MailStore, path: MailboxPath): Promise<string[]> {
  const subjects: string[] = []
  for (const { locator } of (await store.messages(path)).messages)
    subjects.push(await subjectAt(store, path, locator))
  return subjects.sort()
}

export async function subjectAt(store: MailStore, path: MailboxPath, locator: string): Promise<string> {
  const content = await store.open(path, locator)
  const chunks: Uint8Array[] = []
  for await (const chunk of readRange(content)) chunks.push(chunk)
  await content.close()
  return /Subject: (.*)\r/.exec(Buffer.concat(chunks).toString())?.[1] ?? ''
}

export async function mailboxNames(store: MailStore): Promise<string[]> {
  return (await store.mailboxes()).map(({ path }) => path.join('/')).sort()
}
