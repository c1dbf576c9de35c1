import type { MailboxRecord } from '../../replica/records.js'
import { isSelected } from './selection.js'

/**
 * The deletion guard: when more than a share of a mailbox goes in one run, a lost disk, a wrong path or a
 * slip is likelier than a wish. None of it is expunged, here or there, until somebody confirms it by the
 * mailbox's name.
 */
export interface Guard {
  /** The share of a mailbox's messages, 0 to 1. */
  readonly share: number
  /** Fewer messages than this may always go. */
  readonly least: number
  /** What a device asks for in too great a number stays, though the person there allows it. */
  readonly onlyOperatorAllows?: boolean
}

export const defaultGuard: Guard = { share: 0.5, least: 10 }

/**
 * Trash and Junk are there to be emptied, apart from what the upstream has moved there from other mailboxes
 * (`trashed.ts`).
 */
export function mayBeEmptied({ path, specialUse }: Pick<MailboxRecord, 'path' | 'specialUse'>): boolean {
  // Whatever an upstream calls it.
  if (isInbox({ path })) return false
  return specialUse === '\\Trash' || specialUse === '\\Junk'
}

const isInbox = ({ path }: Pick<MailboxRecord, 'path'>): boolean => path.length === 1 && path[0] === 'INBOX'

/** Made by a device, it has no special use here; a name alone, which a device can change, frees nothing. */
export function looksLikeTrash({ path }: Pick<MailboxRecord, 'path'>): boolean {
  return path.length === 1 && /^(trash|deleted items|junk|spam)$/i.test(path[0] ?? '')
}

export function isDrafts({ specialUse, path }: Pick<MailboxRecord, 'path' | 'specialUse'>): boolean {
  return specialUse === '\\Drafts' || (path.length === 1 && /^drafts$/i.test(path[0] ?? ''))
}

/** Whether copies of sent mail are filed there. */
export function isSent({ specialUse, path }: Pick<MailboxRecord, 'path' | 'specialUse'>): boolean {
  return specialUse === '\\Sent' || /^sent\b/i.test(path.at(-1) ?? '')
}

/** Whether messages may leave the mailbox without being asked about. What is moved there counts as deleted. */
export function isForDeletion(mailbox: Pick<MailboxRecord, 'path' | 'specialUse'>): boolean {
  return mayBeEmptied(mailbox) || looksLikeTrash(mailbox) || isDrafts(mailbox)
}

/** Somebody has said by name that any number of messages may go from it. */
export function isAllowed(
  mailbox: Pick<MailboxRecord, 'path' | 'specialUse'>,
  allow: readonly string[],
): boolean {
  return allow.length > 0 && isSelected(allow, mailbox)
}

/**
 * A share of 1 turns the guard off. Where the folder is another one than it was (`replaced`), it may be a
 * backup without what has come since, and any number of messages counts: nobody replaces a folder to delete
 * some mail.
 */
export function holdsBack(
  guard: Guard,
  mailbox: Pick<MailboxRecord, 'path' | 'specialUse'>,
  { replaced = false, ...count }: { readonly gone: number; readonly of: number; readonly replaced?: boolean },
  allow: readonly string[],
): boolean {
  if (mayBeEmptied(mailbox) || isAllowed(mailbox, allow)) return false
  return exceeds(replaced ? { ...guard, least: 1 } : guard, count)
}

/** Whatever they are gone from. */
export function exceeds(guard: Guard, { gone, of }: { readonly gone: number; readonly of: number }): boolean {
  return gone >= guard.least && gone > of * guard.share
}

/**
 * Nothing is left of what was there, in mailboxes of whatever size. That means a disk that isn't mounted,
 * whatever stands in its place (Dovecot makes an INBOX wherever it finds none), and no mailbox may go. Where
 * there was little mail, somebody may have deleted all of it; but nobody replaces the folder of INBOX for that.
 */
export function isEmptied(
  guard: Guard,
  mailboxes: readonly (Pick<MailboxRecord, 'path' | 'specialUse'> & {
    readonly gone: number
    readonly of: number
    readonly replaced?: boolean
  })[],
): boolean {
  if (guard.share >= 1 || mailboxes.some(({ gone, of }) => gone < of)) return false
  const kept = mailboxes.filter((mailbox) => !mayBeEmptied(mailbox))
  const gone = kept.reduce((sum, mailbox) => sum + mailbox.gone, 0)
  const isReplaced = mailboxes.some((mailbox) => isInbox(mailbox) && mailbox.replaced)
  return gone > 0 && (gone >= guard.least || isReplaced)
}
