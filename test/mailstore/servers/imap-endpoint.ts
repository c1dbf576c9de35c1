import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AsideFolder } from '../../../src/mailstore/aside-folder.js'
import { type ImapMailStore, openImapMailStore } from '../../../src/mailstore/imap/imap-mail-store.js'

export interface ImapStoreOptions {
  readonly without?: readonly string[]
  readonly password?: string
  readonly now?: () => number
  readonly leaveOut?: readonly string[]
  readonly flagsFreshMs?: number
  readonly silenceMs?: number
  readonly patienceMs?: number
  readonly findMs?: number
  readonly wholeBytes?: number
}

/** The mail store of one account on such a server. */
export function imapStoreAt(
  port: number,
  user: string,
  {
    without = [],
    password = 'x',
    now = Date.now,
    leaveOut = ['\\All'],
    flagsFreshMs = 0,
    silenceMs = 120_000,
    patienceMs = 600_000,
    findMs = 60_000,
    wholeBytes = 1024 * 1024,
  }: ImapStoreOptions = {},
): { readonly store: ImapMailStore; close(): Promise<void> } {
  const heldFolder = mkdtempSync(join(tmpdir(), 'packetboat-held-'))
  const store = openImapMailStore({
    server: {
      host: '127.0.0.1',
      port,
      tls: 'none',
      user,
      credentials: async () => ({ password }),
      without,
      leaveOut,
      wholeBytes,
    },
    now,
    heldFolder,
    aside: new AsideFolder(join(heldFolder, 'expunged'), {
      now,
      randomBytes: (size) => new Uint8Array(randomBytes(size)),
    }),
    flagsFreshMs,
    silenceMs,
    patienceMs,
    findMs,
  })
  return {
    store,
    close: async () => {
      await store.close()
      rmSync(heldFolder, { recursive: true, force: true })
    },
  }
}
