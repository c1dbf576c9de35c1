/** The words of docs/GLOSSARY.md as plain data. Everything here is immutable. */

/** 128 bits as 32 lower-case hex digits. */
export type Guid = string

/** A mailbox name as its hierarchy, outermost first. `['INBOX']` is INBOX (RFC 9051 5.1). */
export type MailboxPath = readonly string[]

/**
 * System flags (`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`) and keywords together: sorted by code
 * unit, without repetition. Maildir's P (passed) is the keyword `$Forwarded`.
 */
export type Flags = readonly string[]

/** What was done to flags: names added and names removed, never both. Adding twice is adding once. */
export interface FlagDelta {
  readonly add: Flags
  readonly remove: Flags
}

/** Half-open range of UIDs: from <= uid < to. */
export interface UidRange {
  readonly from: number
  readonly to: number
}

/** The last moment of the year 9999: what calendars, mail servers and disks can hold. */
const lastDateMs = 253_402_300_799_000

/** An internal date as it can be kept and told: whole milliseconds since 1970, and not before. */
export function plausibleDateMs(ms: number): number {
  return Number.isFinite(ms) ? Math.min(Math.max(0, Math.floor(ms)), lastDateMs) : 0
}

export function samePath(a: MailboxPath, b: MailboxPath): boolean {
  return a.length === b.length && startsWith(a, b)
}

/** Whether `path` is `ancestor` or lies below it. */
export function startsWith(path: MailboxPath, ancestor: MailboxPath): boolean {
  return path.length >= ancestor.length && ancestor.every((segment, i) => path[i] === segment)
}

/** A name as people read it. */
export function pathText(path: MailboxPath): string {
  return path.join('/')
}

/** A path as a key that no other has, whatever stands in its levels. */
export const pathKey = (path: MailboxPath): string => JSON.stringify(path)
