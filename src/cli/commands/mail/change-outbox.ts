import { existsSync, rmSync } from 'node:fs'
import { readRange } from '../../../bytes/source.js'
import { hasCode, PacketboatError } from '../../../errors/packetboat-error.js'
import type { FolderSpool } from '../../../outbox/spool.js'
import { getContent } from '../../../replica/content/contents.js'
import { cancelSubmission } from '../../../replica/submission/submissions.js'
import { openContent } from '../../../sync/content/content-access.js'
import { noSuchMail } from '../../../sync/submission/filled-spool.js'
import type { CommandContext } from '../../command-context.js'
import { exitCodes } from '../../exit-codes.js'
import {
  allRows,
  draftOf,
  findRow,
  namesInOutbox,
  openSending,
  openSpool,
  spoolOf,
} from '../../outbox/all-rows.js'
import { recipientsLeft } from '../../outbox/handed-in-again.js'
import { type OutboxRow, submissionCalled } from '../../outbox/outbox-row.js'
import { forOwnersOf } from '../../session/by-name.js'
import { openClient } from '../../session/client-session.js'

/** `packetboat outbox hold NAME...`: it stays here until it is released. */
export const holdOutbox = changing('held', 'stays here until packetboat outbox release', (spool, name) =>
  spool.hold(name),
)

/** `packetboat outbox release NAME...`: it goes with the next sync. */
export const releaseOutbox = changing('released', 'goes with the next sync', async (spool, name, context) => {
  await spool.release(name)
  const draft = draftOf(openSending(context), name)
  if (existsSync(draft))
    context.output.warning(
      `It goes as it was: the changes in ${draft} were not taken. Delete that file, or copy what you need from it.`,
    )
})

/** `packetboat outbox cancel NAME...`: it isn't sent, where that can still be had. */
export const cancelOutbox = inOwners(async (context, names) => {
  const rows = await allRows(context)
  const open = openSending(context)
  for (const { name, state } of chosenRows(rows, names)) {
    if ((state === 'queued' || state === 'held') && (await takeBack(spoolOf(open), name))) {
      rmSync(draftOf(open, name), { force: true })
      context.output.result({ event: 'cancelled', name }, [`${name} was deleted and won't be sent.`])
    } else context.output.result(...(await cancelTaken(context, name)))
  }
})

/** False where a sync has taken it. Throws NOT_FOUND. */
async function takeBack(spool: FolderSpool, name: string): Promise<boolean> {
  try {
    await spool.takeBack(name)
    return true
  } catch (error) {
    if (hasCode(error, 'LOCKED') || hasCode(error, 'NOT_FOUND')) return false
    throw error
  }
}

/** A sync has taken it up: the endpoint is told, and says what came of it. */
async function cancelTaken(
  context: CommandContext,
  name: string,
): Promise<[{ readonly event: string; readonly name: string }, string[]]> {
  const session = await openClient(context)
  try {
    const { replica } = session.account
    const after = await replica.db.transact(async (tx) => {
      const submission = await submissionCalled(tx, name)
      if (!submission) throw noSuchMail(name)
      return cancelSubmission({ tx, replica, origin: { kind: 'local' } }, submission)
    })
    if (after.state === 'cancelled') return [{ event: 'cancelled', name }, [`${name} won't be sent.`]]
    if (after.cancelling)
      return [
        { event: 'cancelling', name },
        [`${name} is at the endpoint: the next sync asks for it not to be sent, and says what came of that.`],
      ]
    throw new PacketboatError(
      'USAGE',
      `${name} can't be cancelled: it is ${after.state}.`,
      'packetboat outbox says what became of it.',
    )
  } finally {
    await session.close()
  }
}

/** `packetboat outbox retry NAME...`: mail that didn't go is handed in once more, as a new one. */
export const retryOutbox = inOwners(async (context, names) => {
  const rows = await allRows(context)
  const chosen = chosenRows(rows, names)
  const spool = openSpool(context)
  const session = await openClient(context, { beside: true })
  try {
    const { account } = session
    const { db } = account.replica
    for (const { name, state } of chosen) {
      if (!mayRetry.includes(state))
        throw new PacketboatError(
          'USAGE',
          `${name} can't be sent again: it is ${state}.`,
          'packetboat outbox lists what can: refused, failed, cancelled or uncertain mail.',
        )
      const submission = await submissionCalled(db, name)
      const content = submission && (await getContent(db, submission.content))
      const open = content && (await openContent(account, content))
      if (!submission || !open) throw noSuchMail(name)
      try {
        const { envelope, urgent, asIs } = submission
        const recipients = await recipientsLeft(db, spool, submission, open)
        if (recipients.length === 0)
          throw new PacketboatError(
            'USAGE',
            `${name} isn't handed in again: everybody in it has the mail, or gets it with another one.`,
            'packetboat outbox lists that one.',
          )
        const again = { envelope: { ...envelope, recipients }, urgent, ...(asIs && { asIs }) }
        const fresh = await spool.add(again, readRange(open))
        context.output.result({ event: 'queued', name: fresh, of: name }, [
          `${name} goes again with the next sync, as ${fresh}.`,
        ])
      } finally {
        await open.close()
      }
    }
  } finally {
    await session.close()
  }
})

const mayRetry: readonly OutboxRow['state'][] = ['refused', 'failed', 'cancelled', 'uncertain']

/** Each once, however often it is named. */
function chosenRows(rows: readonly OutboxRow[], names: readonly string[]): ReadonlySet<OutboxRow> {
  return new Set(names.map((each) => findRow(rows, each)))
}

/** A command that changes mail of an outbox. All names are looked up before any mail is changed. */
function changing(
  event: string,
  words: string,
  change: (spool: FolderSpool, name: string, context: CommandContext) => Promise<void>,
): (context: CommandContext, names: readonly string[]) => Promise<number> {
  return inOwners(async (context, names) => {
    const spool = openSpool(context)
    const rows = await allRows(context)
    for (const { name, state, reason } of chosenRows(rows, names)) {
      if (state === 'damaged')
        throw new PacketboatError('MESSAGE_UNREADABLE', `${name}: ${reason}.`, 'Look at it, or delete it.')
      if (state !== 'queued' && state !== 'held')
        throw new PacketboatError(
          'USAGE',
          `${name} can't be ${event}: it is ${state}.`,
          'packetboat outbox cancel takes mail back, if there is still time.',
        )
      await change(spool, name, context)
      context.output.result({ event, name }, [`${name} ${words}.`])
    }
  })
}

/** A command that works in those accounts of this machine whose outboxes have the mail. */
function inOwners(
  work: (context: CommandContext, names: readonly string[]) => Promise<void>,
): (context: CommandContext, names: readonly string[]) => Promise<number> {
  return (context, names) =>
    forOwnersOf(context, names, namesInOutbox, async (own, ownNames) => {
      await work(own, ownNames)
      return exitCodes.done
    })
}
