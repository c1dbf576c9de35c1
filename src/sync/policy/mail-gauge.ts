import type { Operation } from '../../replica/operation.js'
import { listSubmissions } from '../../replica/submission/submissions.js'
import { tables } from '../../replica/tables.js'
import type { Transaction } from '../../store/database.js'
import type { Refusal } from '../../wire/response/refusal-frame.js'
import { requestLimits } from './limits.js'

/** Mail to be sent that the devices of one pairing have here. */
interface Waiting {
  mails: number
  recipients: number
}

/** Watches over the mail that a device hands in to be sent, within one transaction: each look at all of it reads all of it. */
export class MailGauge {
  private waiting: Waiting | undefined

  /** @param sends whether mail is sent from here, or from our own upstream */
  constructor(
    private readonly tx: Transaction,
    private readonly by: string,
    private readonly sends: boolean,
  ) {}

  /** Why the device has to keep a mail for now. */
  async whyNot(operation: Operation): Promise<Refusal | undefined> {
    if (operation.op !== 'submit') return undefined
    if (!this.sends) return sendsNone
    this.waiting ??= await waitingOf(this.tx, this.by)
    const { waiting } = this
    waiting.mails++
    waiting.recipients += operation.envelope.recipients.length
    return waiting.mails > requestLimits.mails || waiting.recipients > requestLimits.recipients
      ? tooMany
      : undefined
  }
}

async function waitingOf(tx: Transaction, by: string): Promise<Waiting> {
  const waiting: Waiting = { mails: 0, recipients: 0 }
  const pairings = new Map<string, string>()
  for (const { device, envelope } of await listSubmissions(tx)) {
    if (device === undefined) continue
    const pairing = pairings.get(device) ?? (await tables.device.get(tx, device))?.pairing ?? device
    pairings.set(device, pairing)
    if (pairing !== by) continue
    waiting.mails++
    waiting.recipients += envelope.recipients.length
  }
  return waiting
}

const sendsNone: Refusal = {
  code: 'QUOTA',
  reason: 'no mail is sent from this account.',
  next: 'Nothing is lost: the mail waits here. Say in the [accounts.NAME.submit] settings at the endpoint how it is sent, or take it back with packetboat outbox cancel.',
}

const tooMany: Refusal = {
  code: 'QUOTA',
  reason: 'too much mail of this device is on its way to its recipients.',
  next: 'Nothing is lost: the rest waits here, and goes up when some of it has been sent.',
}
