import { getMailbox } from '../../replica/mailboxes.js'
import type { Gauge } from '../../replica/merge/application.js'
import { getMessage } from '../../replica/messages.js'
import type { Operation } from '../../replica/operation.js'
import type { QuotaRecord } from '../../replica/records.js'
import { getSubmission } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { Refusal } from '../../wire/response/refusal-frame.js'
import { requestLimits } from './limits.js'
import { MailGauge } from './mail-gauge.js'

/**
 * What one device may add to its account in a day, so that a stolen or faulty one can't fill the disk for
 * everybody. Devices are counted by their pairing. Once the quota is used up, the rest of the journal and of
 * the content waits at the device, which is told and continues when the day is over. What comes down is not
 * affected. docs/BOUNDS.md.
 */
export interface Quota {
  /** Mailboxes made in a day. */
  readonly mailboxes: number
  /** Messages made in a day: new ones, copies, moves. */
  readonly messages: number
  /** Mail handed in to be sent in a day. */
  readonly mails: number
  /** Bytes of content that may be stored in a day. */
  readonly bytes: number
  /** Bytes of incomplete content that may wait for the rest. */
  readonly pendingBytes: number
}

export const defaultQuota: Quota = {
  mailboxes: 2000,
  messages: 250_000,
  mails: 500,
  bytes: 20_000_000_000,
  pendingBytes: 2_000_000_000,
}

const dayMs = 86_400_000

/** What a device has used of its quota today. A clock that is set back begins the day again and keeps the counts. */
export async function usedToday(tx: Transaction, by: string, nowMs: number): Promise<QuotaRecord> {
  const record = await tables.quota.get(tx, by)
  if (!record || nowMs - record.sinceMs >= dayMs)
    return { sinceMs: nowMs, mailboxes: 0, messages: 0, mails: 0, bytes: 0 }
  return nowMs < record.sinceMs ? { ...record, sinceMs: nowMs } : record
}

/** Counts what one transaction adds, and stops at a quota. `finish` writes the counts down. */
export class DeviceGauge implements Gauge {
  /** What stopped it. */
  refusal: Refusal | undefined

  private constructor(
    private readonly tx: Transaction,
    private readonly by: string,
    private readonly quota: Quota,
    private used: QuotaRecord,
    /** What came of its entries, and it has not acknowledged. */
    public results: number,
    private readonly mail: MailGauge,
  ) {}

  /** @param by the device's pairing, or its name where there are none. */
  static async begin(
    tx: Transaction,
    quota: Quota,
    {
      by,
      nowMs,
      results,
      sends,
    }: { readonly by: string; readonly nowMs: number; readonly results: number; readonly sends: boolean },
  ): Promise<DeviceGauge> {
    const used = await usedToday(tx, by, nowMs)
    return new DeviceGauge(tx, by, quota, used, results, new MailGauge(tx, by, sends))
  }

  async apply(operation: Operation, run: () => Promise<number>): Promise<boolean> {
    const { tx, quota, used } = this
    if (this.results >= requestLimits.results) return this.stop(unheard())
    const makes = countedAs(operation)
    const made = (makes && used[makes]) ?? 0
    if (makes && made >= quota[makes]) return this.stop(usedUp(makes, quota, used))
    const before = makes && (await isThere(tx, operation))
    const notNow = before ? undefined : await this.mail.whyNot(operation)
    if (notNow) return this.stop(notNow)
    this.results += await run()
    if (makes && !before && (await isThere(tx, operation))) this.used = { ...used, [makes]: made + 1 }
    return true
  }

  finish(): void {
    tables.quota.put(this.tx, this.by, this.used)
  }

  private stop(refusal: Refusal): false {
    this.refusal = refusal
    return false
  }
}

type Daily = 'mailboxes' | 'messages' | 'mails' | 'bytes'

function countedAs({ op }: Operation): 'mailboxes' | 'messages' | 'mails' | undefined {
  if (op === 'mailbox-create') return 'mailboxes'
  if (op === 'submit') return 'mails'
  return op === 'append' || op === 'filed' || op === 'copy' ? 'messages' : undefined
}

/** Whether what an operation makes is here under the name that its author gave it. If it met something of its kind here, it wasn't made. */
async function isThere(tx: Transaction, operation: Operation): Promise<boolean> {
  if (operation.op === 'mailbox-create') return (await getMailbox(tx, operation.mailbox))?.deleted === false
  if (operation.op === 'submit') return (await getSubmission(tx, operation.submission)) !== undefined
  return 'message' in operation && (await getMessage(tx, operation.message)) !== undefined
}

export function usedUp(what: Daily, quota: Quota, { sinceMs }: QuotaRecord): Refusal {
  const words: Record<Daily, [string, string]> = {
    mailboxes: [`made ${quota.mailboxes} mailboxes`, 'deviceMailboxes'],
    messages: [`made ${quota.messages} messages`, 'deviceMessages'],
    mails: [`handed in ${quota.mails} mails to be sent`, 'deviceMails'],
    bytes: [`sent ${megabytes(quota.bytes)} of mail`, 'deviceBytes'],
  }
  const [done, setting] = words[what]
  const until = new Date(sinceMs + dayMs).toISOString().slice(0, 16).replace('T', ' ')
  return {
    code: 'QUOTA',
    reason: `this device has ${done} within a day, which is all that it may.`,
    next: `Nothing is lost: the rest waits here, and goes up by itself from ${until} UTC on. If it is meant to be so much, raise ${setting} in the endpoint's settings.`,
  }
}

export function tooMuchPending({ pendingBytes }: Quota): Refusal {
  return {
    code: 'QUOTA',
    reason: `of the mail that this device has begun to send, ${megabytes(pendingBytes)} are not complete.`,
    next: "Nothing is lost: sync again to send the rest of what was begun. If a single message is so large, raise devicePending in the endpoint's settings.",
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 100_000) / 10} MB`
}

function unheard(): Refusal {
  return {
    code: 'QUOTA',
    reason: 'this device has not acknowledged what came of its earlier changes.',
    next: 'Nothing is lost: sync again, which acknowledges it.',
  }
}
