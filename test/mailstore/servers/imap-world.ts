import { randomBytes } from 'node:crypto'
import type { ImapMailStore } from '../../../src/mailstore/imap/imap-mail-store.js'
import { openReplica } from '../../../src/replica/replica.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { openDatabase } from '../../../src/store/open-database.js'
import type { Account } from '../../../src/sync/account.js'
import { exclusiveQueue } from '../../../src/sync/account.js'
import { diskWork } from '../../../src/sync/write/disk-work.js'
import { loadZstd } from '../../../src/wire/compression/zstd.js'
import { sha256 } from '../../world/side.js'
import { imapLogin } from './imap-client.js'
import { type ImapStoreOptions, imapStoreAt } from './imap-endpoint.js'
import { type ImapPerson, imapPerson } from './imap-person.js'
import type { MailServer } from './mail-server.js'

/** An endpoint whose mail store is an account on a real server, and a person with another mail program there. */
export interface ImapSide {
  readonly name: string
  /** Who logs in. */
  readonly user: string
  readonly account: Account
  readonly store: ImapMailStore
  readonly mail: ImapPerson & { readonly person: ImapPerson }
  close(): Promise<void>
}

export interface ImapSideOptions extends ImapStoreOptions {
  /** Where the store reaches the server, when not where it is. */
  readonly port?: number
}

export async function imapSide(server: MailServer, options: ImapSideOptions = {}): Promise<ImapSide> {
  const user = await server.account()
  const { store, close } = imapStoreAt(options.port ?? server.port, user, options)
  const imap = await imapLogin(server.port, user)
  const random = (size: number): Uint8Array => new Uint8Array(randomBytes(size))
  const replica = await openReplica({
    db: openDatabase(new MemoryStore()),
    hasUpstream: false,
    now: options.now ?? Date.now,
    randomBytes: random,
  })
  const person = imapPerson(imap, server.naming)
  return {
    name: server.name,
    user,
    account: {
      replica,
      mailStore: store,
      createHash: sha256,
      codec: await loadZstd(),
      guard: { share: 1, least: 1 },
      diskWork,
      exclusive: exclusiveQueue(),
      proofs: new Map(),
      sight: { clear: false, missing: new Set() },
    },
    store,
    mail: { ...person, person },
    close: async () => {
      await imap.logout()
      await close()
    },
  }
}
