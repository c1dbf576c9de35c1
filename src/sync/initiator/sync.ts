import { makesInbox } from '../../replica/operation.js'
import { tables } from '../../replica/tables.js'
import { heedWishes } from '../../replica/wishes.js'
import type { Reader } from '../../store/database.js'
import type { Account } from '../account.js'
import { holdMessages, releaseMessages } from '../adopt/synchronous-expunge.js'
import { forgetPast } from '../content/forget-past.js'
import { takeExpectedParts } from '../content/known-parts.js'
import type { LettingGo } from '../evict/letting-go.js'
import { countAllProblems } from '../frames/told-problems.js'
import { scanMailStore } from '../scan/scan-mail-store.js'
import { takeSpool } from '../submission/take-spool.js'
import { setOrphansAside } from '../write/orphan-stand-ins.js'
import { type WriteReport, writeMailStore } from '../write/write-mail-store.js'
import { listUploads } from './big-uploads.js'
import { exchangeBytes } from './compose-request.js'
import { exchange } from './exchange.js'
import type { Received } from './received.js'
import { Rounds } from './rounds.js'
import type { SyncOptions, SyncReport } from './sync-options.js'

/**
 * Brings a replica and its upstream to agreement: scans the mail store, exchanges, writes the mail store.
 * Usually in one exchange. Another follows when the upstream doesn't know the policy, after an upload that
 * was cut or that gave way to new mail, when a reference didn't resolve, or when somebody has changed or
 * asked for something meanwhile. After an error, everything that has arrived is kept and shown, unless
 * `stopWriting` fires before all of it is; another sync continues from there.
 */
export async function sync(account: Account, options: SyncOptions): Promise<SyncReport> {
  try {
    return await agree(account, options)
  } finally {
    await account.replica.db.store.flush?.()
  }
}

async function agree(account: Account, options: SyncOptions): Promise<SyncReport> {
  const { db } = account.replica
  const allow = options.allow ?? []
  // Before the copies that the mail program has filed of it: they are known by what they are copies of.
  await takeSpool(account, options)
  const { changes: found, heldBack } = await scanMailStore(account, {
    allow,
    windows: options.policy.windows,
    ...(options.signal && { signal: options.signal }),
  })
  await options.onScanned?.()
  let report: SyncReport = {
    exchanges: 0,
    listed: 0,
    changed: 0,
    found,
    ...(await countWaiting(db)),
    uploaded: 0,
    matched: 0,
    evicted: 0,
    written: 0,
    upstreamSettled: false,
    paused: false,
    heldBack,
    problems: 0,
  }
  const rounds = await Rounds.begin(account, options)
  const letting = options.evict?.(account, options)
  for (;;) {
    const bytesLeft = options.bytesLeft?.()
    if (bytesLeft !== undefined && bytesLeft < exchangeBytes) return { ...report, paused: true }
    let received: Received
    const chosen = await letting?.choose(bytesLeft)
    try {
      received = await exchange(account, options, { ...(await rounds.ask(bytesLeft)), ...chosen })
    } finally {
      await takeExpectedParts(account, options.policy, options.stopWriting)
      const pushed = await writeArrived(account, options)
      await holdMessages(account)
      report = {
        ...report,
        written: report.written + pushed.written,
        exchanges: report.exchanges + 1,
        heldBack: joinHeldBack(report.heldBack, pushed.heldBack),
      }
    }
    const gone = await letGo(letting, received)
    const heldThere = (received.accept?.heldBack ?? []).map((held) => ({ ...held, at: 'endpoint' as const }))
    const trouble = received.accept?.trouble
    report = {
      ...report,
      listed: report.listed + received.tally.listed,
      changed: report.changed + received.tally.changed,
      uploaded: report.uploaded + received.tally.uploaded,
      ...gone,
      evicted: report.evicted + gone.evicted,
      problems: await countAllProblems(db),
      matched: report.matched + received.tally.matched,
      heldBack: joinHeldBack(report.heldBack, heldThere),
      ...(trouble !== undefined && { trouble }),
      ...(received.refusal && { refusal: received.refusal }),
      ...(received.healed && { healed: received.healed }),
    }
    // What was handed in meanwhile, or waited until it was known that the upstream sends mail, goes with this run.
    await takeSpool(account, options)
    const next = await rounds.after(received)
    if (next === 'paused') return { ...report, paused: true }
    if (next === 'enough') return report
    // What somebody has asked for meanwhile needn't wait for another run. An answer that runs is not broken off for it: that would cost a connection.
    const mayAsk = next === 'done' && !options.withoutWanted && rounds.left > 0
    const asked = mayAsk && (await db.transact(heedWishes))
    if (next === 'done' && !asked && !letting?.goesOn(rounds.left)) {
      if (received.ended && (options.only ?? []).length === 0)
        await setOrphansAside(account, options.policy.select)
      await releaseMessages(account)
      await options.onSettled?.()
      await forgetPast(account)
      return { ...report, upstreamSettled: received.ended }
    }
  }
}

function writeArrived(account: Account, { allow, stopWriting }: SyncOptions): Promise<WriteReport> {
  return writeMailStore(account, {
    ...(allow && { allow }),
    allArrived: true,
    ...(stopWriting && { signal: stopWriting }),
  })
}

async function letGo(
  letting: LettingGo | undefined,
  received: Received,
): Promise<Pick<SyncReport, 'evicted' | 'stays'>> {
  return letting ? { evicted: await letting.evict(received), ...letting.stays } : { evicted: 0 }
}

function joinHeldBack(some: SyncReport['heldBack'], more: SyncReport['heldBack']): SyncReport['heldBack'] {
  const known = new Set(more.map(({ mailbox }) => mailbox))
  return [...some.filter(({ mailbox }) => !known.has(mailbox)), ...more]
}

async function countWaiting(reader: Reader): Promise<Pick<SyncReport, 'sent' | 'done'>> {
  let [sent, done] = [0, 0]
  for await (const { value } of tables.journal.list(reader)) {
    // Every account has an INBOX: that it was found is no news.
    if (makesInbox(value)) continue
    sent++
    // The rest names what is there, or numbers it.
    if (!['append', 'recall', 'renumber', 'uid-next', 'mailbox-create'].includes(value.op)) done++
  }
  for await (const { upload } of listUploads(reader)) if (!upload.waits) sent++
  return { sent, done }
}
