import { createHash } from 'node:crypto'
import type { CreateHash } from '../../src/bytes/hash.js'
import { PacketboatError } from '../../src/errors/packetboat-error.js'
import { createMemoryMailStore, type MemoryMailStore } from '../../src/mailstore/memory/memory-mail-store.js'
import { openReplica } from '../../src/replica/replica.js'
import { type MemorySnapshot, MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import type { Store, StoreBatch } from '../../src/store/store.js'
import { type Account, exclusiveQueue } from '../../src/sync/account.js'
import type { MailStore } from '../../src/sync/mail-store.js'
import type { Quota } from '../../src/sync/policy/device-quota.js'
import type { Guard } from '../../src/sync/policy/guard.js'
import { diskWork } from '../../src/sync/write/disk-work.js'
import type { Codec } from '../../src/wire/compression/codec.js'
import { loadZstd } from '../../src/wire/compression/zstd.js'
import { type Ailments, withAilments } from './ailing-mail-store.js'
import { losingCommits } from './losing-commits.js'
import type { Random } from './random.js'

export const sha256: CreateHash = () => {
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), digest: () => new Uint8Array(hash.digest()) }
}

/** Thrown in place of a step: the process died there. */
export class Crash extends Error {}

/** One side of a sync in memory: what a process keeps in its head, and the disks that outlive it. */
export interface Side {
  readonly name: string
  account: Account
  readonly mail: MemoryMailStore
  /** What is wrong with its mail store. */
  readonly ailments: Ailments
  /** The clock that this side believes in. */
  nowMs: number
  /** Dies at the n-th step (a store commit or a mail store change, before or after it) from now. */
  crashAt(step: number | undefined): void
  /** How many steps have been taken since the last `crashAt`. */
  steps: number
  /** Sees each batch that its store is about to commit. */
  watchCommits: ((batch: StoreBatch) => void) | undefined
  /** From the n-th step on the disk is full. */
  fullFrom(step: number | undefined): void
  /** Somebody does something at the n-th step. */
  interfereAt(step: number | undefined, act?: () => void): void
  /** What was done here so far lasts, whatever a crash takes. */
  settle(): void
  /** How many commits a crash could take. */
  unsettled(): number
  /** A new process over the same disks; after a power cut without what the mail store hadn't settled. */
  restart(options?: { readonly power?: boolean }): Promise<void>
  /** Somebody deletes the database; the mail store stays. */
  loseDatabase(): Promise<void>
  /** A copy of the present database, for `restore`. */
  backUp(): MemorySnapshot
  restore(backup: MemorySnapshot): Promise<void>
}

const zstd = loadZstd()

export async function makeSide(
  name: string,
  options: {
    readonly hasUpstream: boolean
    readonly random: Random
    readonly codec?: Codec
    readonly guard?: Guard
    readonly quota?: Quota
    readonly copyOf?: Side
    readonly numbered?: boolean
    /** Its mail lies in its store, as in a browser, and a crash takes so many of the last commits. */
    readonly losesCommits?: () => number
    /** Sees what the replica asks of its store. */
    readonly watchStore?: (store: Store) => Store
    /** Of records that the replica keeps in memory. */
    readonly cacheBytes?: number
  },
): Promise<Side> {
  const { hasUpstream, random } = options
  const codec = options.codec ?? (await zstd)
  let crashStep: number | undefined
  let dead = false
  let fullStep: number | undefined
  let interfereStep: number | undefined
  let interfere = (): void => {}
  const step = (): void => {
    if (dead) throw new Crash(`${name} is dead`)
    side.steps++
    if (interfereStep !== undefined && --interfereStep <= 0) {
      interfereStep = undefined
      interfere()
      losing?.settle()
    }
    if (fullStep !== undefined && --fullStep <= 0)
      throw new PacketboatError('DISK_FULL', `The disk of ${name} is full.`, 'Make room.')
    if (crashStep === undefined || --crashStep > 0) return
    crashStep = undefined
    dead = true
    throw new Crash(`${name} crashed`)
  }
  const randomBytes = (size: number): Uint8Array => random.bytes(size)
  const after = (): void => {
    losing?.note()
    // A full disk refuses what is new; it does not take back the acknowledgement of what was done.
    if (fullStep === undefined || fullStep > 1) step()
  }
  const mail = createMemoryMailStore({
    randomBytes,
    before: step,
    after,
    ...(options.numbered && { numbered: true }),
  })
  const { store: mailStore, ailments } = withAilments<MailStore>(mail)
  const onCommit = (batch: StoreBatch): void => {
    step()
    side.watchCommits?.(batch)
  }
  let life = { over: false }
  /** Of a process that another one has followed nothing goes to a disk any more. */
  const alive = ({ over }: typeof life): void => {
    if (over) throw new Crash(`${name} has died`)
  }
  const makeStore = (content?: MemorySnapshot): MemoryStore => {
    const mine = life
    return new MemoryStore({
      ...(content && { content }),
      onCommit: (batch) => {
        alive(mine)
        onCommit(batch)
      },
      afterCommit: after,
    })
  }
  let store = makeStore()
  const losing =
    options.losesCommits &&
    losingCommits(mail, { records: () => store.snapshot(), lost: options.losesCommits, isDead: () => dead })
  const open = async (): Promise<Account> => {
    const watched = options.watchStore?.(store) ?? store
    const db = openDatabase(losing?.durable(watched) ?? watched, {
      cacheBytes: options.cacheBytes ?? 4 * 1024 * 1024,
    })
    const replica = await openReplica({ db, hasUpstream, now: () => side.nowMs++, randomBytes })
    const guard = options.guard ?? { share: 1, least: 1 }
    const mine = life
    return {
      replica,
      mailStore: beforeEach(mailStore, () => alive(mine)),
      createHash: sha256,
      codec,
      guard,
      ...(options.quota && { quota: options.quota }),
      diskWork,
      exclusive: exclusiveQueue(),
      proofs: new Map(),
      sight: { clear: false, missing: new Set() },
    }
  }
  const side: Side = {
    name,
    account: undefined as unknown as Account,
    mail,
    ailments,
    nowMs: 1_700_000_000_000,
    steps: 0,
    watchCommits: undefined,
    crashAt: (at) => {
      crashStep = at
      side.steps = 0
    },
    fullFrom: (at) => {
      fullStep = at
    },
    interfereAt: (at, act) => {
      interfereStep = at
      interfere = act ?? (() => {})
    },
    settle: () => losing?.settle(),
    unsettled: () => losing?.unsettled() ?? 0,
    restart: ({ power = false } = {}) => {
      if (losing && dead) return side.restore(losing.afterCrash())
      if (power) mail.loseUnflushed()
      return side.restore(store.snapshot())
    },
    loseDatabase: () => side.restore(new MemoryStore().snapshot()),
    backUp: () => store.snapshot(),
    restore: async (content) => {
      dead = false
      crashStep = undefined
      life.over = true
      life = { over: false }
      store = makeStore(content)
      side.account = await open()
      losing?.settle()
    },
  }
  if (options.copyOf) {
    mail.copyFrom(options.copyOf.mail)
    await side.restore(options.copyOf.backUp())
  } else side.account = await open()
  return side
}

/** The same, but that something is done before each call. */
function beforeEach<T extends object>(port: T, act: () => void): T {
  return new Proxy(port, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name)
      if (typeof value === 'object' && value !== null) return beforeEach(value, act)
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        act()
        return value.apply(target, args)
      }
    },
  })
}
