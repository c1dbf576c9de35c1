import { firstText } from '../../mime/first-text.js'
import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { getContent } from '../../replica/content/contents.js'
import { cursorOf, knowsMessage } from '../../replica/cursor.js'
import { getMessage } from '../../replica/messages.js'
import { responseKinds } from '../../wire/response/kinds.js'
import type { Account } from '../account.js'
import type { OutgoingFrame } from '../frames/outgoing.js'
import { type Coming, makePrimer, primerFrame } from '../frames/primer.js'
import type { SharedHistory } from '../policy/shared-history.js'
import { wantedMessage } from './look-into.js'
import { newestFirst, type Plan, type PlanRequest } from './plan.js'

/** New messages for which mail that both sides hold is looked up. */
const primedFor = 60

/** Mail that the device holds and that is like what it is about to get. Undefined where none would help. */
export async function primerOf(
  account: Account,
  plan: Plan,
  { device, cursor, policy, wants, plain, tiers: tiersOf }: PlanRequest,
): Promise<OutgoingFrame | undefined> {
  if (plain || cursor.log === 0) return undefined
  const shared = policy.sharedHistory
  const coming = await comingMail(account, plan, shared)
  if (coming.length === 0) return undefined
  const lacking = new Set(wants.map(({ mailbox }) => mailbox))
  const primed = await makePrimer(
    account,
    coming,
    { coldBytes: policy.coldBytes, shared },
    async (message, content) => {
      const { mailbox, number, created } = message
      // What it made it has a number for only when it was told; where it lacks anything in a mailbox, a part of that may be it.
      const told = created <= cursorOf(cursor, mailbox).log && knowsMessage(device, cursor, message)
      if (!told || lacking.has(mailbox) || !content.outline) return undefined
      const tiers = await tiersOf.of(message, content)
      const outline = tiersOf.shapes.outline(content)
      const texts = outline ? firstText(outline) : []
      return texts.every((part) => tiers?.[part] !== undefined) ? { mailbox, number } : undefined
    },
  )
  return primed && primerFrame(responseKinds.primer, primed)
}

/**
 * The messages that a primer is to help. Where not every message may serve every other, all of which anything
 * is sent; none when there is so much that it helps itself.
 */
async function comingMail(account: Account, plan: Plan, shared: SharedHistory): Promise<Coming[]> {
  const { db } = account.replica
  const coming: Coming[] = []
  for (const each of plan.mailboxes) {
    const { guid: mailbox } = each.mailbox
    const structured = shared === 'all' ? [] : each.wantStructure
    const guids = [...newestFirst(each.listed, each.wantText), ...structured].map(({ guid }) => guid)
    if (shared !== 'all') {
      for (const { message } of each.parts) {
        const wanted = await wantedMessage(db, mailbox, message)
        if (wanted) guids.push(wanted.guid)
      }
    }
    for (const guid of guids) {
      if (coming.length >= primedFor) return shared === 'all' ? coming : []
      const message = await getMessage(db, guid)
      const content = message && (await getContent(db, message.content))
      if (content?.envelope) coming.push({ mailbox, envelope: decodeEnvelope(content.envelope) })
    }
  }
  return coming
}
