import type { MailboxRecord } from '../replica/records.js'
import { isSelected } from './selection.js'

/**
 * The deletion guard: more than a share of a mailbox gone in one run is more likely a lost disk, a wrong path or a slip of the hand
 * than what anybody wants. Nothing of it is expunged, here or there, before somebody says so by the mailbox's name.
 */
export interface Guard {
  /** Of a mailbox's messages, 0 to 1. */
  readonly share: number
  /** Fewer messages than this may always go. */
  readonly least: number
}

export const defaultGuard: Guard = { share: 0.5, least: 10 }

/** Trash and Junk are there to be emptied. */
export function mayBeEmptied({ specialUse }: Pick<MailboxRecord, 'specialUse'>): boolean {
  return specialUse === '\\Trash' || specialUse === '\\Junk'
}

/** Somebody has said by name that any number of messages may go from it. */
export function isAllowed(
  mailbox: Pick<MailboxRecord, 'path' | 'specialUse'>,
  allow: readonly string[],
): boolean {
  return allow.length > 0 && isSelected(allow, mailbox)
}

/** A share of 1 turns the guard off. */
export function holdsBack(
  guard: Guard,
  mailbox: Pick<MailboxRecord, 'path' | 'specialUse'>,
  count: { readonly gone: number; readonly of: number },
  allow: readonly string[],
): boolean {
  if (mayBeEmptied(mailbox) || isAllowed(mailbox, allow)) return false
  return count.gone >= guard.least && count.gone > count.of * guard.share
}

/**
 * Nothing is left of all that was there, in however small mailboxes: that is a disk which isn't mounted, whatever stands in its place
 * (Dovecot makes an INBOX wherever it finds none), and no mailbox may go.
 */
export function isEmptied(
  guard: Guard,
  mailboxes: readonly (Pick<MailboxRecord, 'specialUse'> & { readonly gone: number; readonly of: number })[],
): boolean {
  if (guard.share >= 1 || mailboxes.some(({ gone, of }) => gone < of)) return false
  const kept = mailboxes.filter((mailbox) => !mayBeEmptied(mailbox))
  const gone = kept.reduce((sum, mailbox) => sum + mailbox.gone, 0)
  return gone > 0 && gone >= guard.least
}
