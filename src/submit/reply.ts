import type { Outcome, RecipientOutcome } from '../replica/submission/submission.js'

/** What somebody said of a message. Without a code it is no reply of a server. */
export interface Reply {
  /** RFC 5321 4.2: three digits. */
  readonly code?: number
  readonly text: string
}

const longest = 500

/** One line without control characters, of at most 500 characters. */
export function oneLine(text: string): string {
  const line = text
    .slice(0, 4 * longest)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return line.length <= longest ? line : `${line.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}

/** A line of a server, or what has come of one before the line broke. */
export function parseReply(line: string): Reply {
  const [, code] = /^([2-5]\d\d)(?=[ \-\r\n]|$)/.exec(line) ?? []
  return { ...(code !== undefined && { code: Number(code) }), text: line.replace(/\r?\n\d{3}[ -]?/g, ' ') }
}

/** Replies that speak of us and not of the mail: who runs the endpoint can mend it, and then it goes (RFC 4954 6, RFC 3207 4). */
const oursToMend: readonly number[] = [530, 534, 535, 538]

/** What a reply to MAIL, RCPT, DATA or the message means. Undefined for what is no answer to them. */
export function outcomeOf({ code = 0 }: Reply): Exclude<Outcome, 'uncertain'> | undefined {
  if (code >= 200 && code < 300) return 'accepted'
  if (code >= 400 && code < 500) return 'later'
  if (code < 500) return undefined
  return oursToMend.includes(code) ? 'later' : 'refused'
}

export function handed(recipient: string, outcome: Outcome, text: string): RecipientOutcome {
  return { recipient, outcome, reply: oneLine(text) }
}
