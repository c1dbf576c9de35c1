import type { Change } from '../../replica/change.js'
import { applyJournal, finishJournal } from '../../replica/merge/apply.js'
import { recalledBy } from '../../replica/merge/claim.js'
import type { JournalEntry } from '../../replica/operation.js'
import { tables } from '../../replica/tables.js'
import type { Hello } from '../../wire/request-frames.js'
import type { Refusal } from '../../wire/response/refusal-frame.js'
import type { Account } from '../account.js'
import { verifyNamed } from '../content/unverified-content.js'
import { termsOf } from '../frames/told-outbox.js'
import { watchDevice } from '../policy/device-guard.js'
import { DeviceGauge, defaultQuota } from '../policy/device-quota.js'
import { forgetVouched, letGoBy } from '../shore/let-go.js'
import { yieldToOthers } from '../yield-event-loop.js'
import { afterApplying, authorOf, deviceRecord, hasMissedAnswer, whileApplying } from './device-handshake.js'

/** Entries that are applied in one transaction: some hundredths of a second, and memory for what they write. */
export const sliceEntries = 200

/**
 * Applies the journal that has been read so far, in slices. Each slice is durable, and other work gets its
 * turn in between. The device's record says how far it has come, so that each entry is applied once, whatever
 * breaks. Returns why the rest waits at the device, if it does.
 */
export async function applyEntries(
  account: Account,
  { hello, entries }: { readonly hello: Hello; readonly entries: readonly JournalEntry[] },
  signal: AbortSignal,
): Promise<Refusal | undefined> {
  const { replica, guard, mailing, quota = defaultQuota } = account
  const { db } = replica
  const device = hello.replica
  const origin = { kind: 'device', device } as const
  const before = await deviceRecord(db, device)
  const by = before.pairing ?? device
  const fresh = entries.filter(({ number }) => number > before.applied)
  const takes = fresh.some(({ operation: { op } }) => op === 'expunge' || op === 'mailbox-delete')
  const brings = fresh.some(({ operation }) => operation.op === 'append' || operation.op === 'filed')
  const missedAnswer = (brings || takes) && (await hasMissedAnswer(db, hello, before))
  // Who has taken a new name was answered under another one.
  const forgot = takes && (missedAnswer || before.tokens.length === 0)
  const mayHaveLetGo = forgot && (await letGoBy(db, device))
  const author = {
    ...authorOf(hello),
    recalls: await recalledBy(db, fresh, yieldToOthers),
    rest: yieldToOthers,
    missedAnswer,
    ...(mayHaveLetGo && { mayHaveLetGo }),
  }
  const guardian = await db.transact((tx) =>
    watchDevice({ change: { tx, replica, origin }, author, guard, by, allow: hello.allow }, fresh),
  )
  let results = await tables.result.count(db, [device])
  let at = 0
  do {
    signal.throwIfAborted()
    const slice = fresh.slice(at, at + sliceEntries)
    at += sliceEntries
    const isLast = at >= fresh.length
    await verifyNamed(account, slice)
    const refusal = await db.transact(async (tx) => {
      const change: Change = { tx, replica, origin }
      await guardian?.goOn(change)
      const sends = (await termsOf(tx, account)) !== undefined
      const gauge = await DeviceGauge.begin(tx, quota, { by, nowMs: replica.now(), results, sends })
      const watched = { ...author, gauge, ...(guardian && { guardian }), ...(mailing && { mailer: mailing }) }
      const record = whileApplying(await deviceRecord(tx, device), hello)
      const applied = await applyJournal(change, watched, record, slice)
      await guardian?.finish(applied.applied)
      results = gauge.results
      if (slice.length > 0) gauge.finish()
      if (!isLast || gauge.refusal) return gauge.refusal
      await finishJournal(change, device)
      if (hello.token !== undefined && hello.token === before.tokens.at(-1)?.token)
        await forgetVouched(tx, device)
      tables.device.put(tx, device, afterApplying(applied, hello))
      return undefined
    })
    if (refusal) return refusal
    if (!isLast) await yieldToOthers()
  } while (at < fresh.length)
  return undefined
}
