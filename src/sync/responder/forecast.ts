import { normalizeRanges } from '../../replica/ids/uid-ranges.js'
import type { Forecast } from '../../wire/response/forecast-frame.js'
import type { Account } from '../account.js'
import { bundled, frameWriter, type OutgoingFrame } from '../frames/outgoing.js'
import type { Plan, PlanRequest } from './plan.js'
import { streamPlan } from './stream-plan.js'

/** What an answer would come to, by making all of it and sending none. */
export async function forecastOf(
  account: Account,
  plan: Plan,
  request: PlanRequest,
  signal: AbortSignal,
): Promise<Forecast> {
  const { encode } = frameWriter(account)
  const byMailbox = new Map(
    plan.mailboxes.map((each) => [each.mailbox.guid, [0, 0, 0, 0] as [number, number, number, number]]),
  )
  let bytes = 0
  const share = ({ of }: OutgoingFrame, size: number): void => {
    const tiers = of && byMailbox.get(of.mailbox)
    if (tiers) tiers[of.tier] += size
  }
  for await (const frame of bundled(streamPlan(account, plan, request), request.frameBytes)) {
    signal.throwIfAborted()
    const size = encode(frame).length
    bytes += size
    for (const member of frame.members ?? [frame])
      share(member, frame.members ? (size * member.payload.length) / frame.payload.length : size)
  }
  return {
    bytes,
    mailboxes: plan.mailboxes.map(({ mailbox, links, listed, changes }) => ({
      path: mailbox.path,
      listed: links.length + listed.length,
      changed: (changes?.flags.length ?? 0) + (changes?.uids.length ?? 0),
      expunged: normalizeRanges(changes?.expunged ?? []).reduce((sum, { from, to }) => sum + to - from, 0),
      bytes: rounded(byMailbox.get(mailbox.guid) ?? [0, 0, 0, 0]),
    })),
  }
}

function rounded([lists, texts, structures, attachments]: readonly [number, number, number, number]) {
  return [Math.round(lists), Math.round(texts), Math.round(structures), Math.round(attachments)] as const
}
