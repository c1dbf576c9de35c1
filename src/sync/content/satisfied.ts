import { getContent } from '../../replica/contents.js'
import { type ContentRecord, keys } from '../../replica/records.js'
import { isDeclined } from '../../replica/wishes.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { Policy } from '../policy/policy.js'
import { tiersOfContent } from '../policy/tiers.js'
import { awaitsDigest } from './content-shape.js'

/** Everything that the policy lets through and nobody has declined is here; what is left is deferred until somebody wants it. */
export async function isSatisfied(reader: Reader, content: ContentRecord, policy: Policy): Promise<boolean> {
  if (content.whole) return true
  const tiers = await tiersOfContent(reader, content, policy)
  if (!content.skeleton || !tiers || awaitsDigest(content)) return false
  return tiers.every(
    (tier, piece) => tier === undefined || content.held.includes(piece) || isDeclined(content, piece),
  )
}

/** The policy is another one than last time: what it lets through of messages listed earlier is expected from now on. */
export async function expectByPolicy(tx: Transaction, policy: Policy): Promise<void> {
  for await (const { key } of tx.list({ prefix: ['partial'] })) {
    const content = await getContent(tx, String(key[1]))
    if (content && !(await isSatisfied(tx, content, policy))) tx.put(keys.expected(content.id), true)
  }
}
