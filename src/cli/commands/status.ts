import { listMailboxes } from '../../replica/mailboxes.js'
import { pathText } from '../../replica/model.js'
import type { Operation } from '../../replica/operation.js'
import { readReplicaRecord } from '../../replica/replica.js'
import { rankedMailboxes } from '../../sync/mailbox-order.js'
import { pull } from '../../sync/pull.js'
import { isSelected } from '../../sync/selection.js'
import { openClient } from '../client-session.js'
import type { CommandContext } from '../command-context.js'
import { deferredParts } from '../deferred.js'
import { counted, formatBytes } from '../sizes.js'

/** `packetboat status`: what is here, what is deferred, what waits to go up. Looks at the Maildir; the line stays untouched. */
export async function status(context: CommandContext): Promise<void> {
  const session = await openClient(context)
  try {
    const { account } = session
    await pull(account, { signal: context.signal })
    const { db } = account.replica
    const mailboxes = await listMailboxes(db)
    const messages = mailboxes.reduce((sum, mailbox) => sum + mailbox.messages, 0)
    const deferred = []
    for await (const part of deferredParts(db))
      deferred.push({
        name: part.name,
        mailbox: pathText(mailboxes.find(({ guid }) => guid === part.message.mailbox)?.path ?? []),
        subject: part.subject,
        cold: part.cold,
        type: part.type,
        fileName: part.fileName,
        sizeBytes: part.sizeBytes,
        heldBytes: part.heldBytes,
        wanted: part.wanted,
      })
    // There may be some of nearly every message: nobody wants to see them one by one.
    const parts = deferred.filter(({ cold }) => !cold)
    const coldHeaders = deferred.length - parts.length
    const waiting: Record<string, number> = {}
    for await (const { value } of db.list<Operation>({ prefix: ['journal'] }))
      waiting[value.op] = (waiting[value.op] ?? 0) + 1
    const { settled } = await readReplicaRecord(db)
    const up = Object.entries(waiting).map(([op, count]) => `${count} ${op}`)
    context.output.result(
      { event: 'status', settled, mailboxes: mailboxes.length, messages, deferred, waiting },
      [
        `${counted(messages, 'message')} in ${mailboxes.length === 1 ? '1 mailbox' : `${mailboxes.length} mailboxes`}${settled ? '' : ' (the first sync has not run to its end)'}.`,
        up.length > 0 ? `Waiting to go up: ${up.join(', ')}.` : 'Nothing waits to go up.',
        parts.length > 0 ? `Deferred, ${counted(parts.length, 'part')}:` : 'Nothing is deferred.',
        ...parts.map(
          (part) =>
            `  ${part.name}  ${formatBytes(part.sizeBytes).padStart(7)}  ${part.type}  ${part.fileName ?? '-'}  in "${part.subject}" (${part.mailbox})${part.wanted ? '  wanted' : ''}`,
        ),
        ...(coldHeaders > 0
          ? [`And header fields that nobody reads, of ${counted(coldHeaders, 'message')}.`]
          : []),
      ],
    )
  } finally {
    await session.close()
  }
}

/** `packetboat mailboxes`: all of them in the order in which they are synced. */
export async function mailboxesCommand(context: CommandContext): Promise<void> {
  const session = await openClient(context)
  try {
    const { settings, account } = session
    const ranked = await rankedMailboxes(account.replica, settings.priority)
    const rows = ranked.map(({ mailbox, why }, rank) => ({
      name: pathText(mailbox.path),
      rank: rank + 1,
      why,
      selected: isSelected(settings.mailboxes, mailbox),
      messages: mailbox.messages,
      unseen: mailbox.unseen,
    }))
    context.output.result(
      { event: 'mailboxes', mailboxes: rows },
      rows.map(
        (row) =>
          `${String(row.rank).padStart(3)}  ${row.selected ? ' ' : '-'} ${row.name.padEnd(30)} ${String(row.messages).padStart(6)} message${row.messages === 1 ? ' ' : 's'}, ${row.unseen} unseen  (${row.selected ? row.why : 'not selected'})`,
      ),
    )
  } finally {
    await session.close()
  }
}
