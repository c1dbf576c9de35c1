import { PacketboatError } from '../../errors/packetboat-error.js'
import { decodeSkeleton } from '../../mime/skeleton-codec.js'
import { getContent } from '../../replica/content/contents.js'
import type { Guid } from '../../replica/model.js'
import type { ReplicaRecord } from '../../replica/records.js'
import { journalLeft, readReplicaRecord, updateReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Database, Reader } from '../../store/database.js'
import type { PendingUpload } from '../../wire/response/accept-frame.js'
import type { Account } from '../account.js'
import { expectByPolicy, isSatisfied } from '../content/satisfied.js'
import { frameBytesFor } from '../frames/frame-bytes.js'
import { nameOfPolicy, type Policy, rememberedPolicies } from '../policy/policy.js'
import { hasBigUploads, smallUploadBytes } from './big-uploads.js'
import type { Ask } from './compose-request.js'
import { hasUploads, lacksUploads, needsProbe } from './compose-uploads.js'
import type { Received } from './received.js'
import type { SyncOptions } from './sync-options.js'

/** More exchanges than this in a row that take nothing up of what was done here mean that the two sides don't understand each other. */
const futileLimit = 8

/** A run during which somebody never stops doing something ends after this many exchanges. The next one takes the rest up. */
const mostExchanges = 32

/** Whether there is more to exchange: not as far as is known, no more than `bytesLeft` lets through, or no more in this run. */
export type Next = 'again' | 'done' | 'paused' | 'enough'

/** What each exchange of a run asks for, by what those before it came to. */
export class Rounds {
  /** What the upstream said it has of each upload. */
  private pending = new Map<Guid, PendingUpload>()
  /** What the upstream lacks after everything was sent that we have can't be helped in this run. */
  private owedBefore = ''
  private askedForNamed = false
  private plain = false
  private keptRoom = 0
  private wantedBefore = Number.POSITIVE_INFINITY
  private hadUploads = false
  private onlyPending = false
  private sayShore = false
  private exchanges = 0
  private futile = 0
  private acknowledged = 0

  private constructor(
    private readonly db: Database,
    private readonly options: SyncOptions,
    private readonly policyName: string,
    private sendPolicy: boolean,
    /** Bytes that may go up while big uploads wait for new mail. */
    private uploadBytes: number | undefined,
    private probe: boolean,
  ) {}

  static async begin({ replica: { db }, createHash }: Account, options: SyncOptions): Promise<Rounds> {
    const { policy, smallUploadBytes: smallBytes = smallUploadBytes } = options
    const policyName = nameOfPolicy(policy, createHash)
    const { policy: before, policiesThere, newsFirst: brokeOff, refusedThere } = await readReplicaRecord(db)
    if (before !== policyName)
      await db.transact(async (tx) => {
        await expectByPolicy(tx, policy)
        // Until this run has come to its end nobody can say which policy the messages that it lists were listed under.
        await updateReplicaRecord(tx, ({ policy: _, ...record }) => record)
      })
    // Under a budget of bytes what goes up goes first; where the last run broke off before it came to that, too.
    const newsFirst =
      options.bytesLeft === undefined &&
      !brokeOff &&
      !refusedThere &&
      (await hasBigUploads(db, smallBytes, policy.sharedHistory))
    if (newsFirst || brokeOff) await noteNewsFirst(db, newsFirst)
    const probe = refusedThere || (!newsFirst && (await needsProbe(db)))
    const sendPolicy = !policiesThere?.includes(policyName)
    return new Rounds(db, options, policyName, sendPolicy, newsFirst ? smallBytes : undefined, probe)
  }

  /** How many more exchanges in a row may take nothing up of what was done here. */
  get left(): number {
    return futileLimit - this.futile
  }

  async ask(bytesLeft: number | undefined): Promise<Ask> {
    this.acknowledged = (await readReplicaRecord(this.db)).acknowledged
    const { db, options, sendPolicy, probe, plain, pending, uploadBytes } = this
    const { policy, only = [], allow = [], withoutWanted = false, mix = false } = options
    this.hadUploads = await hasUploads(db)
    return {
      policy,
      only,
      allow,
      sendPolicy,
      probe,
      plain,
      withoutWanted,
      mix,
      frameBytes: await frameBytesFor(db, options, bytesLeft),
      pending,
      ...(this.onlyPending && { onlyPending: true }),
      ...(this.sayShore && { sayShore: true }),
      ...(bytesLeft !== undefined && { bytesLeft }),
      ...(uploadBytes !== undefined && { uploadBytes }),
    }
  }

  /** Throws PROTOCOL where it would go on like this for ever. */
  async after(received: Received): Promise<Next> {
    const next = await this.next(received)
    const { acknowledged } = await readReplicaRecord(this.db)
    this.exchanges++
    this.futile = acknowledged > this.acknowledged ? 0 : this.futile + 1
    if (next !== 'again') return next
    if (this.left < 0)
      throw new PacketboatError(
        'PROTOCOL',
        'This client and the endpoint keep disagreeing about what to sync.',
        'Everything that arrived is kept. Check that both run the same version of packetboat, then sync again.',
      )
    return this.exchanges < mostExchanges ? next : 'enough'
  }

  private async next(received: Received): Promise<Next> {
    const { db } = this
    const { accept, ended, paused } = received
    if (received.healed) {
      // Nothing was applied, there or here: asked again under the new name.
      this.probe = false
      this.pending = new Map()
      this.sendPolicy = true
      return 'again'
    }
    if (accept && !accept.needsPolicy)
      await db.transact((tx) => updateReplicaRecord(tx, (record) => underPolicy(record, this.policyName)))
    // Something that the other side thought both hold isn't here, or isn't there any more: what came before it stands.
    const unprimed = received.unprimed && !this.plain
    // What it didn't take now it takes another day.
    const stopped = received.refusal !== undefined
    this.onlyPending ||= stopped
    const moreToSend = (await this.owesUploads(received)) && !stopped
    // Room was kept for uploads, for more than they needed or for nothing: by now the upstream has what it lacked.
    const kept = paused && this.hadUploads && this.keptRoom++ < 2
    if (paused && !kept && !moreToSend) return 'paused'
    const named = await this.lacksNamed(received)
    const moreWanted = this.wantsMore(received)
    const again =
      this.probe ||
      (!stopped && (await journalLeft(db))) ||
      accept?.needsPolicy ||
      accept?.needsShore ||
      moreToSend ||
      received.unresolved ||
      named ||
      moreWanted ||
      kept ||
      unprimed
    this.sendPolicy = accept?.needsPolicy ?? false
    this.sayShore = accept?.needsShore ?? false
    this.probe = false
    if (this.uploadBytes !== undefined && ended) {
      this.uploadBytes = undefined
      await noteNewsFirst(db, false)
    }
    return again ? 'again' : 'done'
  }

  /** Whether the upstream lacks content that can go up, and another exchange would bring it. */
  private async owesUploads({ accept, unprimed }: Received): Promise<boolean> {
    const wasPlain = this.plain
    const newsFirst = this.uploadBytes !== undefined
    this.pending = new Map(accept?.pending.map((upload) => [upload.message, upload]))
    this.plain ||= unprimed || (this.pending.size > 0 && !newsFirst)
    const owed = JSON.stringify([...this.pending])
    const untried = this.probe || newsFirst || !wasPlain || owed !== this.owedBefore
    this.owedBefore = owed
    return this.pending.size > 0 && untried && lacksUploads(this.db, this.pending)
  }

  /** Whether parts are wanted that this exchange has not asked for, while those before brought some. */
  private wantsMore({ ended, wantedParts }: Received): boolean {
    if (!ended || wantedParts === undefined || wantedParts >= this.wantedBefore) return false
    this.wantedBefore = wantedParts
    return true
  }

  /** Parts that the upstream thought we had in other mail: what it lacks it passes over again, so one more time is enough. */
  private async lacksNamed({ ended, skeletons }: Received): Promise<boolean> {
    if (!ended || this.askedForNamed) return false
    const { policy, withoutWanted } = this.options
    this.askedForNamed =
      (await lacksParts(this.db, skeletons, policy)) || (!withoutWanted && (await lacksWanted(this.db)))
    return this.askedForNamed
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

/** Whether something that somebody wants has not come though its digest is known: the upstream thought it to be here. */
async function lacksWanted(reader: Reader): Promise<boolean> {
  for await (const { key } of tables.wanted.list(reader)) {
    const part = key[1]
    const content = await getContent(reader, key[0])
    if (!content?.skeleton || content.whole || content.held.includes(part)) continue
    if (decodeSkeleton(content.skeleton).parts[part]?.digest !== undefined) return true
  }
  return false
}
