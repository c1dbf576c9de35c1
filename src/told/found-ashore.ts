import { PacketboatError } from '../errors/packetboat-error.js'
import { getMailbox } from '../replica/mailboxes.js'
import { isLive, messageByUpstream } from '../replica/messages.js'
import type { MailboxRecord, MessageRecord } from '../replica/records.js'
import type { Reader } from '../store/database.js'
import { isSelected } from '../sync/policy/selection.js'
import { type Asked, isOpen, isTaken } from '../sync/search/asked-questions.js'
import { readQuestion } from '../sync/search/read-question.js'
import { questionLimits } from '../wire/question-frame.js'
import type { Hit } from '../wire/response/hits-frame.js'

/** What was asked of the endpoint, and what of it is here by now. */

/** `partly`: it is asked again, since the endpoint hadn't looked at all of the mail. `unknown`: the endpoint answers no such question. */
export type QuestionState = 'waits' | 'answered' | 'partly' | 'unknown'

export function questionState(asked: Asked): QuestionState {
  if (!asked.answer) return 'waits'
  if (!asked.answer.hits || asked.answer.hits.isStrange) return 'unknown'
  return isOpen(asked) ? 'partly' : 'answered'
}

/** Throws USAGE on what no endpoint would understand. */
export function checkQuestion(typed: string): void {
  readQuestion(typed)
  if (new TextEncoder().encode(typed).length > questionLimits.textBytes)
    throw new PacketboatError(
      'USAGE',
      'The question is too long.',
      `Use up to ${questionLimits.textBytes} bytes: few words find as much.`,
    )
}

export interface HitPlace {
  /** `left out`: of a mailbox that isn't synced. */
  readonly is: 'ashore' | 'here' | 'comes' | 'left out'
  /** Undefined: one that isn't known here. */
  readonly mailbox: MailboxRecord | undefined
  /** Of one that is here. */
  readonly message?: MessageRecord
}

export async function placeOfHit(reader: Reader, hit: Hit, select: readonly string[]): Promise<HitPlace> {
  const mailbox = await getMailbox(reader, hit.mailbox)
  const message = await messageByUpstream(reader, hit.mailbox, hit.message)
  if (isLive(message)) return { is: 'here', mailbox, message }
  if (!mailbox || mailbox.deleted || !isSelected(select, mailbox)) return { is: 'left out', mailbox }
  return { is: (await isTaken(reader, hit)) ? 'comes' : 'ashore', mailbox }
}
