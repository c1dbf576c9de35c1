import { type MailboxPath, pathText } from '../../replica/model.js'

/**
 * Which mailboxes take part. Patterns are IMAP's (RFC 9051 6.3.9: `*` matches anything, `%` anything within a
 * level), `!` in front excludes, `\Sent` and the like match by special use, and the last pattern that matches decides. INBOX does
 * match `*`. No patterns at all select everything.
 */
export function isSelected(
  patterns: readonly string[],
  mailbox: { readonly path: MailboxPath; readonly specialUse?: string },
): boolean {
  if (patterns.length === 0) return true
  const name = pathText(mailbox.path)
  // A list that only excludes starts from everything.
  let selected = patterns.every((pattern) => pattern.startsWith('!'))
  for (const pattern of patterns) {
    const exclude = pattern.startsWith('!')
    const body = exclude ? pattern.slice(1) : pattern
    const matches = body.startsWith('\\')
      ? mailbox.specialUse?.toLowerCase() === body.toLowerCase()
      : matchesPattern(body, name)
    if (matches) selected = !exclude
  }
  return selected
}

/** Linear in both lengths: on a mismatch only the last `*` and the last `%` behind it are extended. */
function matchesPattern(pattern: string, name: string): boolean {
  // RFC 9051 5.1: INBOX is the same in either case, and what lies below it hangs from it.
  const wanted = pattern.replace(/^inbox(?=$|\/)/i, 'INBOX')
  let at = 0
  let in_ = 0
  let star: readonly [number, number] | undefined
  let percent: readonly [number, number] | undefined
  while (in_ < name.length) {
    const want = wanted[at]
    if (want === '*') {
      star = [++at, in_]
      percent = undefined
    } else if (want === '%') percent = [++at, in_]
    else if (want !== undefined && want === name[in_]) {
      at++
      in_++
    } else if (percent && name[percent[1]] !== '/') {
      percent = [percent[0], percent[1] + 1]
      ;[at, in_] = percent
    } else if (star) {
      star = [star[0], star[1] + 1]
      percent = undefined
      ;[at, in_] = star
    } else return false
  }
  while (wanted[at] === '*' || wanted[at] === '%') at++
  return at === wanted.length
}
