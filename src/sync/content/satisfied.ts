import { getContent } from '../../replica/content/contents.js'
import type { ContentRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import { isDeclined } from '../../replica/wishes.js'
import type { Reader, Transaction } from '../../store/database.js'
import type { Policy } from '../policy/policy.js'
import { tiersOfContent } from '../policy/tiers.js'
import { awaitsDigest } from './content-shape.js'
import { Shapes } from './shapes.js'

/** Everything that the policy lets through and nobody has declined is here; what is left is deferred until somebody wants it. */
export async function isSatisfied(
  reader: Reader,
  content: ContentRecord,
  policy: Policy,
  shapes?: Shapes,
): Promise<boolean> {
  return (await lackingPieces(reader, content, policy, shapes)) === 0
}

/** How many pieces have to come until that is so; Infinity while that isn't known, or when something else has to come. */
export async function lackingPieces(
  reader: Reader,
  content: ContentRecord,
  policy: Policy,
  shapes = new Shapes(),
): Promise<number> {
  if (content.whole) return 0
  const tiers = content.skeleton && (await tiersOfContent(reader, content, policy, shapes))
  if (!tiers || awaitsDigest(content, shapes)) return Number.POSITIVE_INFINITY
  const held = new Set(content.held)
  return tiers.filter((tier, piece) => tier !== undefined && !held.has(piece) && !isDeclined(content, piece))
    .length
}

/** The policy is another one than last time: what it lets through of messages listed earlier is expected from now on. */
export async function expectByPolicy(tx: Transaction, policy: Policy): Promise<void> {
  for await (const { key } of tables.partial.list(tx)) {
    const content = await getContent(tx, key[0])
    if (content && !(await isSatisfied(tx, content, policy))) tables.expected.put(tx, content.id, true)
  }
}
