import type { Cursor } from '../../../src/replica/records.js'
import { type Replica, readReplicaRecord } from '../../../src/replica/replica.js'
import { MessageTiers } from '../../../src/sync/content/message-tiers.js'
import { Shapes } from '../../../src/sync/content/shapes.js'
import type { Policy } from '../../../src/sync/policy/policy.js'
import { makePlan, type Plan } from '../../../src/sync/responder/plan.js'
import type { ShoreBounds } from '../../../src/sync/shore/shore-room.js'

/** What a device that asks for the first time is to get by a policy. */
export async function planOf(
  { db, now }: Replica,
  policy: Policy,
  {
    mailboxes = {},
    bounds,
  }: { readonly mailboxes?: Cursor['mailboxes']; readonly bounds?: ShoreBounds } = {},
): Promise<Plan> {
  const { head } = await readReplicaRecord(db)
  const request = {
    device: 'd',
    cursor: { log: 0, structure: 0, mailboxes },
    policy,
    only: [],
    wants: [],
    met: false,
    plain: false,
    frameBytes: 1000,
    tiers: new MessageTiers(db, policy, new Shapes()),
    window: { nowMs: now(), windowsMoved: false },
  }
  return makePlan(db, head, request, bounds)
}
