import type { Change } from '../change.js'
import { noteConflict } from '../merge/conflict-log.js'
import type { Guid } from '../model.js'
import { tables } from '../tables.js'
import type { SubmissionStatus } from './submission.js'

/**
 * Records that mail may have gone unnoticed, or twice: as a conflict, for a person, on every side that hears
 * of it. Removes the conflict if the mail turns out to have gone once.
 */
export async function noteDoubt(change: Change, submission: Guid, status: SubmissionStatus): Promise<void> {
  const { state, reason, recipients } = status
  const repeated = recipients.filter(({ outcome }) => outcome === 'repeated').length
  const note = (detail: string | undefined): Promise<number> =>
    noteConflict(change, { kind: 'in-doubt', here: submission, ...(detail !== undefined && { detail }) })
  if (repeated > 0) await note(`sent once more to ${repeated} recipient${repeated === 1 ? '' : 's'}`)
  else if (state === 'uncertain') await note(reason)
  else if (state === 'sent') await settleDoubt(change, submission)
}

async function settleDoubt({ tx }: Change, submission: Guid): Promise<void> {
  for await (const { key, value } of tables.conflict.list(tx))
    if (value.kind === 'in-doubt' && value.here === submission && value.settled === undefined)
      tables.conflict.put(tx, key[0], { ...value, settled: 'both' })
}
