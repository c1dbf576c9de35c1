import { type MailboxPath, pathText } from '../../replica/model.js'
import { matchesWildcards } from './wildcards.js'

/**
 * Whether a mailbox takes part. Patterns are IMAP's (RFC 9051 6.3.9: `*` matches anything, `%` anything
 * within a level); a leading `!` excludes, `\Sent` and the like match by special use, and the last pattern
 * that matches decides. `*` includes INBOX. With no patterns, every mailbox takes part.
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

/** Whether a mailbox takes part in a run: by the policy, and by what the run was narrowed to. */
export function takesPart(
  mailbox: Parameters<typeof isSelected>[1],
  {
    policy,
    only,
  }: { readonly policy: { readonly select: readonly string[] }; readonly only: readonly string[] },
): boolean {
  return isSelected(policy.select, mailbox) && isSelected(only, mailbox)
}

/** RFC 9051 5.1: INBOX is the same in either case, and what lies below it hangs from it. */
function matchesPattern(pattern: string, name: string): boolean {
  const wanted = pattern.replace(/^inbox(?=$|\/)/i, 'INBOX')
  return matchesWildcards([...wanted], [...name], { level: '%', separator: '/' })
}
