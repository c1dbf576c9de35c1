import { getContent } from '../../replica/content/contents.js'
import { currentName } from '../../replica/ids/current-name.js'
import { rangesOf } from '../../replica/ids/uid-ranges.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { liveMessages } from '../../replica/messages.js'
import type { Guid, UidRange } from '../../replica/model.js'
import type { MessageRecord } from '../../replica/records.js'
import { responseKinds } from '../../wire/response/kinds.js'
import { encodeShore, type Shore } from '../../wire/shore-frame.js'
import type { Account } from '../account.js'
import { openContent } from '../content/content-access.js'
import { type OutgoingFrame, textFrame } from '../frames/outgoing.js'
import { requestLimits } from '../policy/limits.js'
import type { Policy } from '../policy/policy.js'
import { isSelected } from '../policy/selection.js'
import { restNowAndThen } from '../yield-event-loop.js'
import { rememberVouched } from './let-go.js'
import { MailboxWindow, type WindowRequest } from './mailbox-window.js'

/** The line is silent meanwhile, and a mail server may be slow. What isn't looked at is asked about another day. */
const mostMs = 5000

/** What the device may let go of, remembered before it hears of that. */
export async function answerVouch(
  account: Account,
  asked: Shore,
  of: { readonly device: Guid } & Parameters<typeof vouchFor>[2],
): Promise<OutgoingFrame> {
  const vouched = await vouchFor(account, asked, of)
  const isRemembered = await account.replica.db.transact((tx) => rememberVouched(tx, of.device, vouched))
  return textFrame(responseKinds.vouched, encodeShore(isRemembered ? vouched : new Map()))
}

/**
 * Which of the messages that the device would like to remove it may remove: those outside its window as seen
 * from here, and whole here, as a look at their bytes has just shown.
 */
export async function vouchFor(
  account: Account,
  asked: Shore,
  { policy, window }: { readonly policy: Policy; readonly window: Omit<WindowRequest, 'windows'> },
): Promise<Shore> {
  const { db, now } = account.replica
  const untilMs = now() + mostMs
  const rest = restNowAndThen()
  const vouched = new Map<Guid, readonly UidRange[]>()
  let left: number = requestLimits.vouched
  for (const [guid, ranges] of asked) {
    const mailbox = await getMailbox(db, await currentName(db, guid))
    if (!mailbox || mailbox.deleted || !isSelected(policy.select, mailbox)) continue
    const request = { ...window, windows: policy.windows, isQuiet: false, rest }
    const here = await MailboxWindow.over(db, mailbox, [], request)
    const numbers: number[] = []
    for (const range of here.leavesOut ? ranges : [])
      for await (const message of liveMessages(db, mailbox.guid, range)) {
        if (--left < 0 || now() > untilMs) break
        if (here.leaves(message) && (await isHereWhole(account, message))) numbers.push(message.number)
        await rest()
      }
    if (numbers.length > 0) vouched.set(guid, rangesOf(numbers))
  }
  return vouched
}

async function isHereWhole(account: Account, { guid, content: id }: MessageRecord): Promise<boolean> {
  const content = await getContent(account.replica.db, id)
  if (!content?.whole || content.substitute) return false
  const open = await openContent(account, content, { likely: guid })
  await open?.close()
  return open !== undefined
}
