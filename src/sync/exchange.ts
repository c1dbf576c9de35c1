import { PacketboatError } from '../errors/packetboat-error.js'
import { getContent } from '../replica/contents.js'
import type { Guid } from '../replica/model.js'
import type { Operation } from '../replica/operation.js'
import type { ReplicaRecord } from '../replica/records.js'
import { readReplicaRecord, updateReplicaRecord } from '../replica/replica.js'
import { heedWishes } from '../replica/wishes.js'
import type { Database, Reader } from '../store/database.js'
import type { HeldBack, Lost, PendingUpload } from '../wire/response-frames.js'
import type { Account } from './account.js'
import { hasBigUploads, smallUploadBytes } from './big-uploads.js'
import { type Ask, exchangeBytes } from './compose-request.js'
import { hasUploads, needsProbe } from './compose-uploads.js'
import { forgetPast } from './forget-past.js'
import { takeExpectedParts } from './known-parts.js'
import { frameBytesFor } from './line-frames.js'
import type { Link } from './link.js'
import { exchange, journalLeft } from './one-exchange.js'
import { nameOfPolicy, type Policy, rememberedPolicies } from './policy.js'
import { pull } from './pull.js'
import { push } from './push.js'
import type { Received } from './received.js'
import { expectByPolicy, isSatisfied } from './satisfied.js'
import { putStraysAside } from './strays.js'
import { holdMessages, releaseMessages } from './synchronous-expunge.js'

export interface SyncOptions {
  readonly link: Link
  readonly policy: Policy
  /** By which the upstream is asked: it leads to one account. */
  readonly pairing?: string
  /** Mailbox patterns that narrow this run. */
  readonly only?: readonly string[]
  /** Parts that a person wants are not asked for: they wait for another run. */
  readonly withoutWanted?: boolean
  /** Patterns of mailboxes from which any number of messages may be expunged, here and there. */
  readonly allow?: readonly string[]
  readonly signal?: AbortSignal
  /** The line is slower than codec 2, which takes fewer bytes and more work. */
  readonly mix?: boolean
  /** Bytes of frames that may still go, both ways together, asked before each exchange. */
  readonly bytesLeft?: () => number
  /** Called after every durable step. */
  readonly onProgress?: (received: Received) => void
  /** Where more content than this goes up, the rest waits until what is new has come. */
  readonly smallUploadBytes?: number
  /**
   * Mail that has arrived is written to the mail store this often while more is coming, ms, and less often where writing takes long. 0: after
   * every transaction.
   */
  readonly showEveryMs?: number
}

export interface SyncReport {
  readonly exchanges: number
  readonly listed: number
  readonly changed: number
  /** Things found done in the local mail store. */
  readonly found: number
  /** Operations and contents that waited to go up when the run began. */
  readonly sent: number
  /** Of these, what was done to mail and mailboxes that were known, not new messages. */
  readonly done: number
  /** Contents of which bytes went up. */
  readonly uploaded: number
  /** Messages here that turned out to be ones of the upstream's. */
  readonly matched: number
  /** Files written, renamed or removed in the local mail store. */
  readonly written: number
  readonly upstreamSettled: boolean
  /** Mailboxes from which more had gone, here or there, than the guard lets through: all of that stays as it was. */
  readonly heldBack: readonly (HeldBack & { readonly at?: 'endpoint' })[]
  /** There was more to bring, or to send, than `bytesLeft` let through. */
  readonly paused: boolean
  /** The mail server beside the endpoint is away, or refused something: what it says of that. */
  readonly trouble?: string
  /** One side had lost its memory, and both were compared. */
  readonly healed?: Lost | 'endpoint'
}

/** More rounds than this in one sync mean that the two sides don't understand each other. */
const roundLimit = 8

/**
 * Brings a replica and its upstream to agreement: looks at the mail store, exchanges, writes the mail store. One
 * exchange as a rule; one more when the upstream doesn't know the policy, when a cut upload has to be asked after or a
 * big one waits for what is new, when a reference didn't resolve, or when somebody has asked for more meanwhile. After an error everything that has arrived is kept and shown; sync again to go on.
 */
export async function sync(account: Account, options: SyncOptions): Promise<SyncReport> {
  const { db } = account.replica
  const allow = options.allow ?? []
  const { changes: found, heldBack } = await pull(account, {
    allow,
    ...(options.signal && { signal: options.signal }),
  })
  let report: SyncReport = {
    exchanges: 0,
    listed: 0,
    changed: 0,
    found,
    ...(await countWaiting(db)),
    uploaded: 0,
    matched: 0,
    written: 0,
    upstreamSettled: false,
    paused: false,
    heldBack,
  }
  const policyName = nameOfPolicy(options.policy, account.createHash)
  const { policy: before, policiesThere, newsFirst: brokeOff } = await readReplicaRecord(db)
  let sendPolicy = !policiesThere?.includes(policyName)
  if (before !== policyName)
    await db.transact(async (tx) => {
      await expectByPolicy(tx, options.policy)
      // Until this run has come to its end nobody can say which policy the messages that it lists were listed under.
      await updateReplicaRecord(tx, ({ policy: _, ...record }) => record)
    })
  // Under a budget of bytes what goes up goes first; where the last run broke off before it came to that, too.
  const uploadBytes = options.smallUploadBytes ?? smallUploadBytes
  let newsFirst = options.bytesLeft === undefined && !brokeOff && (await hasBigUploads(db, uploadBytes))
  if (newsFirst || brokeOff) await noteNewsFirst(db, newsFirst)
  let probe = !newsFirst && (await needsProbe(db))
  // What the upstream lacks after everything was sent that we have can't be helped in this run.
  let owedBefore = ''
  let askedForNamed = false
  let plain = false
  let keptRoom = 0
  let pending = new Map<Guid, PendingUpload>()
  for (let round = 0; ; round++) {
    const { only = [], mix = false } = options
    const bytesLeft = options.bytesLeft?.()
    if (bytesLeft !== undefined && bytesLeft < exchangeBytes) return { ...report, paused: true }
    const left = bytesLeft === undefined ? {} : { bytesLeft }
    const { policy, withoutWanted = false } = options
    const frameBytes = await frameBytesFor(db, options, bytesLeft)
    const ask: Ask = {
      policy,
      only,
      allow,
      sendPolicy,
      probe,
      plain,
      withoutWanted,
      mix,
      frameBytes,
      pending,
      ...left,
      ...(newsFirst && { uploadBytes }),
    }
    const hadUploads = await hasUploads(db)
    let received: Received
    try {
      received = await exchange(account, options, ask)
    } finally {
      await takeExpectedParts(account, options.policy)
      const pushed = await push(account, { allow, settled: true })
      await holdMessages(account)
      report = {
        ...report,
        written: report.written + pushed.written,
        exchanges: report.exchanges + 1,
        heldBack: joinHeldBack(report.heldBack, pushed.heldBack),
      }
    }
    const heldThere = (received.accept?.heldBack ?? []).map((held) => ({ ...held, at: 'endpoint' as const }))
    const trouble = received.accept?.trouble
    report = {
      ...report,
      heldBack: joinHeldBack(report.heldBack, heldThere),
      ...(trouble !== undefined && { trouble }),
    }
    if (received.healed) {
      // Nothing was applied, there or here: asked again under the new name.
      report = { ...report, healed: received.healed }
      probe = false
      pending = new Map()
      sendPolicy = true
      if (round < roundLimit) continue
    }
    report = {
      ...report,
      listed: report.listed + received.listed,
      changed: report.changed + received.changed,
      uploaded: report.uploaded + received.uploaded,
      matched: report.matched + received.matched,
    }
    if (received.accept && !received.accept.needsPolicy)
      await db.transact((tx) => updateReplicaRecord(tx, (record) => underPolicy(record, policyName)))
    if (newsFirst && received.ended) {
      newsFirst = false
      await noteNewsFirst(db, false)
    }
    // Something that the other side thought both hold isn't here, or isn't there any more: what came before it stands.
    const unprimed = received.unprimed && !plain
    plain ||= received.unprimed
    pending = new Map(received.accept?.pending.map((upload) => [upload.message, upload]))
    const leftUploads = ask.uploadBytes !== undefined
    plain ||= pending.size > 0 && !leftUploads
    const owed = JSON.stringify([...pending])
    const untried = probe || leftUploads || !ask.plain || owed !== owedBefore
    const moreToSend = pending.size > 0 && untried && (await hasUploads(db))
    owedBefore = owed
    // Room was kept for uploads, for more than they needed or for nothing: by now the upstream has what it lacked.
    const kept = received.paused && hadUploads && keptRoom++ < 2
    if (received.paused && !kept && !moreToSend) return { ...report, paused: true }
    const unsent = await journalLeft(db)
    // Parts that the upstream thought we had in other mail: what it lacks it passes over again, so one more time is enough.
    const named: boolean =
      received.ended && !askedForNamed && (await lacksParts(db, received.skeletons, options.policy))
    askedForNamed ||= named
    const again =
      probe ||
      unsent ||
      received.accept?.needsPolicy ||
      moreToSend ||
      received.unresolved ||
      named ||
      kept ||
      unprimed
    // What somebody has asked for meanwhile needn't wait for another run. An answer that runs is not broken off for it: that would cost a connection.
    const asked = !again && !withoutWanted && round < roundLimit && (await db.transact(heedWishes))
    if (!again && !asked) {
      if (received.ended && ask.only.length === 0) await putStraysAside(account, options.policy.select)
      await releaseMessages(account)
      await forgetPast(account)
      return { ...report, upstreamSettled: received.ended }
    }
    if (round >= roundLimit)
      throw new PacketboatError(
        'PROTOCOL',
        'The endpoint and this client do not come to an end with each other.',
        'Everything that arrived is kept. Check that both run the same version of packetboat, then sync again.',
      )
    sendPolicy = received.accept?.needsPolicy ?? false
    probe = false
  }
}

async function noteNewsFirst(db: Database, newsFirst: boolean): Promise<void> {
  await db.transact((tx) =>
    updateReplicaRecord(tx, ({ newsFirst: _, ...record }) => ({
      ...record,
      ...(newsFirst && { newsFirst }),
    })),
  )
}

/** What is listed is expected by this policy, and the upstream knows it. */
function underPolicy(record: ReplicaRecord, policy: string): ReplicaRecord {
  const { policiesThere = [] } = record
  if (policiesThere.includes(policy)) return { ...record, policy }
  return { ...record, policy, policiesThere: [...policiesThere, policy].slice(-rememberedPolicies) }
}

/** Whether something of these that the policy lets through has not come, and isn't here in other mail either. */
async function lacksParts(reader: Reader, contents: ReadonlySet<Guid>, policy: Policy): Promise<boolean> {
  for (const id of contents) {
    const content = await getContent(reader, id)
    if (content && !(await isSatisfied(reader, content, policy))) return true
  }
  return false
}

function joinHeldBack(some: SyncReport['heldBack'], more: SyncReport['heldBack']): SyncReport['heldBack'] {
  const known = new Set(more.map(({ mailbox }) => mailbox))
  return [...some.filter(({ mailbox }) => !known.has(mailbox)), ...more]
}

async function countWaiting(reader: Reader): Promise<Pick<SyncReport, 'sent' | 'done'>> {
  let [sent, done] = [0, 0]
  for await (const { value } of reader.list<Operation>({ prefix: ['journal'] })) {
    sent++
    // The rest names what is there, or numbers it.
    if (!['append', 'recall', 'renumber', 'uid-next', 'mailbox-create'].includes(value.op)) done++
  }
  for await (const _ of reader.list({ prefix: ['upload'] })) sent++
  return { sent, done }
}
