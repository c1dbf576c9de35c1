import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { openKeptMailStore } from '../../src/mailstore/kept/kept-mail-store.js'
import { type MaildirOptions, openMaildir } from '../../src/mailstore/maildir/maildir.js'
import { createMemoryMailStore } from '../../src/mailstore/memory/memory-mail-store.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import { mailStoreConformance } from '../../testing/mail-store.js'
import { pretendNarrowDisk } from './maildir/pretended-disk.js'
import { imapStoreAt } from './servers/imap-endpoint.js'
import { mailServers, waysToSpeak } from './servers/mail-servers.js'

const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size))

for (const numbered of [false, true])
  mailStoreConformance(`memory${numbered ? ', numbered' : ''}`, async () => ({
    store: createMemoryMailStore({ randomBytes: random, numbered }),
    close: async () => {},
  }))

mailStoreConformance('kept in the database', async () => ({
  store: await openKeptMailStore(openDatabase(new MemoryStore()), { now: Date.now, randomBytes: random }),
  close: async () => {},
}))

interface TreeKind {
  readonly called: string
  /** Opens it, or makes it first. */
  readonly options?: Partial<MaildirOptions>
  readonly prepare?: (root: string) => void
  /** The disk that it is on. Returns how it goes again. */
  readonly disk?: (root: string) => () => void
}

const trees: readonly TreeKind[] = [
  { called: 'Maildir' },
  {
    called: 'Maildir with a numbering of Dovecot',
    prepare: (root) => {
      for (const name of ['cur', 'new', 'tmp']) mkdirSync(join(root, name), { recursive: true })
      writeFileSync(join(root, 'dovecot-uidlist'), `3 V1500000000 N1 G${'0123456789abcdef'.repeat(2)}\n`)
    },
  },
  { called: 'Maildir, names in UTF-8', options: { names: 'utf8' } },
  { called: 'Maildir, folders within folders', options: { layout: 'fs' } },
  {
    called: 'Maildir, folders within folders, INBOX one of them',
    prepare: (root) => {
      for (const name of ['cur', 'new', 'tmp']) mkdirSync(join(root, 'INBOX', name), { recursive: true })
    },
  },
  { called: 'Maildir on a disk without links and colons', disk: pretendNarrowDisk },
  {
    called: 'Maildir on such a disk, folders within folders',
    options: { layout: 'fs' },
    disk: pretendNarrowDisk,
  },
]

for (const { called, options, prepare, disk } of trees)
  mailStoreConformance(called, async () => {
    const root = mkdtempSync(join(tmpdir(), 'packetboat-maildir-'))
    prepare?.(root)
    const restore = disk?.(root)
    const usual = { names: 'mutf7', now: Date.now, randomBytes: random, create: true } as const
    return {
      store: await openMaildir(root, { ...usual, ...options }),
      close: async () => {
        restore?.()
        rmSync(root, { recursive: true, force: true })
      },
    }
  })

for (const { name, skip, start } of mailServers) {
  const server = skip === undefined ? start() : undefined
  after(async () => (await server)?.stop())
  for (const { called, without } of waysToSpeak)
    mailStoreConformance(
      `${name} ${called}`,
      async () => {
        const running = await server
        if (!running) throw new Error(`no ${name}`)
        return imapStoreAt(running.port, await running.account(), { without })
      },
      { skip, keepsIdentity: name !== 'Courier', needsParents: name === 'Cyrus' },
    )
}
