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
export function holdsBack(
  guard: Guard,
  mailbox: Pick<MailboxRecord, 'path' | 'specialUse'>,
  count: { readonly gone: number; readonly of: number },
  allow: readonly string[],
): boolean {
  if (mailbox.specialUse === '\\Trash' || mailbox.specialUse === '\\Junk') return false
  if (allow.length > 0 && isSelected(allow, mailbox)) return false
  return count.gone >= guard.least && count.gone > count.of * guard.share
}
