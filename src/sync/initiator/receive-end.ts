import type { Change } from '../../replica/change.js'
import { cursorOf, readCursor, replaceCursor } from '../../replica/cursor.js'
import { pendingDeletions } from '../../replica/mailboxes.js'
import type { MailboxRecord } from '../../replica/records.js'
import { updateReplicaRecord } from '../../replica/replica.js'
import { tables } from '../../replica/tables.js'
import type { Policy } from '../policy/policy.js'
import { isSelected, takesPart } from '../policy/selection.js'
import { finishRecall } from './recall/recover.js'
import { dropEmptied } from './receive-structure.js'

/** Everything planned has arrived: one cursor for all mailboxes of the run, exceptions for the others. */
export async function advanceCursor(
  change: Change,
  log: number,
  run: { readonly policy: Policy; readonly only: readonly string[] },
): Promise<void> {
  const tookPart = (mailbox: MailboxRecord): boolean => takesPart(mailbox, run)
  const comparing = await finishRecall(change, tookPart)
  const mailboxes = await dropEmptied(change)
  // One that this run was narrowed away from wasn't served: it is asked of again.
  const narrowed = mailboxes.filter((mailbox) => isSelected(run.policy.select, mailbox) && !tookPart(mailbox))
  const leftOut = new Set(narrowed.map(({ guid }) => guid))
  for await (const { key, value } of tables.unknown.list(change.tx))
    if (value.asked && !leftOut.has(key[0])) tables.unknown.delete(change.tx, ...key)
  // What hasn't come can't be made there, or not yet.
  for await (const { key, value } of tables.wantedGist.list(change.tx))
    if (value.asked) tables.wantedGist.delete(change.tx, ...key)
  await updateReplicaRecord(change.tx, ({ recall, ...record }) => ({
    ...record,
    ...(comparing && recall && { recall }),
    firstSyncEnded: true,
  }))
  const before = await readCursor(change.tx)
  // What the upstream couldn't list yet is asked for again.
  const unlisted = Object.entries(before.mailboxes).filter(([, { missing }]) => missing.length > 0)
  const partly = unlisted.map(([guid, { missing }]) => [guid, { log, missing }] as const)
  const left = mailboxes.filter((mailbox) => !tookPart(mailbox)).map(({ guid }) => guid)
  for await (const guid of pendingDeletions(change.tx)) left.push(guid)
  await replaceCursor(change.tx, {
    log,
    structure: log,
    mailboxes: Object.fromEntries([
      ...partly,
      ...left.map((guid) => [guid, cursorOf(before, guid)] as const),
    ]),
  })
}
