import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { listProblems } from '../../../src/replica/problems.js'
import { openReplica } from '../../../src/replica/replica.js'
import { MemoryStore } from '../../../src/store/memory-store.js'
import { openDatabase } from '../../../src/store/open-database.js'
import { type Account, exclusiveQueue } from '../../../src/sync/account.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncReport } from '../../../src/sync/initiator/sync-options.js'
import { defaultPolicy, type Policy } from '../../../src/sync/policy/policy.js'
import { diskWork } from '../../../src/sync/write/disk-work.js'
import { loadZstd } from '../../../src/wire/compression/zstd.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { makeSide, type Side, sha256 } from '../../world/side.js'
import { type ImapStoreOptions, imapStoreAt } from '../servers/imap-endpoint.js'
import { OddServer } from './odd-imap-server.js'

export const everything: Policy = { ...defaultPolicy, textBytes: 1e9, smallBytes: 1e9, attachmentBytes: 1e9 }

/** An endpoint over an odd server, and a device of its account. */
export interface OddWorld {
  readonly server: OddServer
  readonly endpoint: Account
  readonly client: Side
  run(): Promise<SyncReport>
  /** Subjects on the device, sorted, in one word; `?` before that of a text in a message's place. */
  here(name?: string): string
  /** Subjects on the server. */
  there(name?: string): string
  /** Where and why, of what the endpoint can't do now. */
  problems(): Promise<string[]>
  /** An hour passes for the endpoint: what waits is tried again. */
  wait(): void
  close(): Promise<void>
}

export interface OddOptions extends ImapStoreOptions {
  readonly extensions?: string
  readonly delimiter?: string
  readonly prefix?: string
}

export async function oddWorld(options: OddOptions = {}): Promise<OddWorld> {
  const server = await OddServer.start(options)
  let skew = 0
  const now = (): number => Date.now() + skew
  const { store, close } = imapStoreAt(server.port, 'me', { ...options, now })
  const replica = await openReplica({
    db: openDatabase(new MemoryStore()),
    hasUpstream: false,
    now,
    randomBytes: (size) => new Uint8Array(randomBytes(size)),
  })
  const endpoint: Account = {
    replica,
    mailStore: store,
    createHash: sha256,
    codec: await loadZstd(),
    guard: { share: 1, least: 1000 },
    diskWork,
    exclusive: exclusiveQueue(),
    proofs: new Map(),
    sight: { clear: false, missing: new Set() },
  }
  const client = await makeSide('client', { hasUpstream: true, random: seededRandom(11) })
  const link = memoryLink(() => endpoint)
  return {
    server,
    endpoint,
    client,
    run: () => sync(client.account, { link, policy: everything }),
    here: (name = 'INBOX') =>
      subjectsOf(
        (client.mail.snapshot().get(name) ?? []).map(({ bytes }) => Buffer.from(bytes).toString('latin1')),
      ),
    there: (name = 'INBOX') => subjectsOf((server.box(name)?.messages ?? []).map(({ bytes }) => bytes)),
    problems: async () =>
      (await listProblems(replica.db)).map(
        ({ side, record: { mailbox, item, code } }) =>
          `${side} ${mailbox}${item === undefined ? '' : ` ${item}`} ${code}`,
      ),
    wait: () => {
      skew += 8 * 3_600_000
    },
    close: async () => {
      await close()
      await server.close()
    },
  }
}

const subjectsOf = (mails: readonly string[]): string =>
  mails
    .map(
      (mail) =>
        (mail.startsWith('X-Packetboat-Unreadable') ? '?' : '') +
        (/^Subject: (.*?)\r?$/m.exec(mail)?.[1] ?? '?'),
    )
    .sort()
    .join('')

/** A small mail, with CRLF. */
export const oddMail = (subject: string, text = 'Hello.'): string =>
  `From: Ann <ann@example.org>\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.org>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\n\r\n${text}\r\n`

/** What a server of these tests offers, without and with mod-sequences. */
export const plain = 'UIDPLUS MOVE NAMESPACE'
export const modseqs = 'UIDPLUS MOVE NAMESPACE CONDSTORE ENABLE LITERAL+'

/** Each of these, and one that tells what has gone, with what is said of it in a test's name. */
export const kinds = [
  [plain, ''],
  [modseqs, ', with CONDSTORE'],
  [`${modseqs} QRESYNC`, ', with QRESYNC'],
] as const

/** A test in a world of its own. */
export function check(
  what: string,
  work: (world: OddWorld) => Promise<void>,
  options: OddOptions = {},
): void {
  test(what, async () => {
    const world = await oddWorld(options)
    try {
      await work(world)
    } finally {
      await world.close()
    }
  })
}

export function fill({ server }: OddWorld, subjects: string, name = 'INBOX'): void {
  for (const subject of subjects) server.add(name, oddMail(subject))
}

export const locator = ({ client }: OddWorld, subject: string, name = 'INBOX'): string =>
  (client.mail.snapshot().get(name) ?? []).find(({ bytes }) =>
    Buffer.from(bytes).includes(`Subject: ${subject}\r\n`),
  )?.locator ?? assert.fail(`no ${subject}`)
