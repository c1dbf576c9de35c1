import type { Guid } from '../../replica/model.js'
import type { MessageRecord, SearchStateRecord } from '../../replica/records.js'
import { type Days, dayOf } from './days.js'
import type { Numbered, Place } from './numbered-contents.js'

/** When and where the messages that show a content are, as the index has it. */
export interface Shown {
  readonly days: Days
  readonly firstDay: number
  /** Undefined where there are several. */
  readonly only: Pick<MessageRecord, 'mailbox' | 'number'> | undefined
}

/** Undefined where there are none. */
export function shownBy(messages: readonly MessageRecord[]): Shown | undefined {
  if (messages.length === 0) return undefined
  const days = messages.map(({ internalDateMs }) => dayOf(internalDateMs))
  const firstDay = days.reduce((a, b) => Math.min(a, b))
  const day = days.reduce((a, b) => Math.max(a, b))
  return {
    days: { day, earlier: firstDay < day },
    firstDay,
    only: messages.length === 1 ? messages[0] : undefined,
  }
}

/** Whether the index knows that this message shows the content, and when it arrived. */
export function knowsShown(
  { days: { day, earlier }, place }: Numbered,
  { internalDateMs, mailbox, number }: MessageRecord,
  mailboxes: readonly Guid[],
): boolean {
  const arrived = dayOf(internalDateMs)
  if (arrived !== day && !(earlier && arrived < day)) return false
  return place === undefined || (mailboxes[place.mailbox] === mailbox && place.number === number)
}

/** The number that a mailbox has in the index, and the list of all with it. */
export function placeIn(
  mailboxes: readonly Guid[],
  { mailbox, number }: Pick<MessageRecord, 'mailbox' | 'number'>,
): { readonly place: Place; readonly mailboxes: readonly Guid[] } {
  const at = mailboxes.indexOf(mailbox)
  return at >= 0
    ? { place: { mailbox: at, number }, mailboxes }
    : { place: { mailbox: mailboxes.length, number }, mailboxes: [...mailboxes, mailbox] }
}

export const mailboxesOf = (state: SearchStateRecord | undefined): readonly Guid[] => state?.mailboxes ?? []
