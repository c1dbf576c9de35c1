import type { ConflictRecord, Settlement } from '../../replica/conflict.js'
import { getContent } from '../../replica/content/contents.js'
import { currentName } from '../../replica/ids/current-name.js'
import { getMailbox } from '../../replica/mailboxes.js'
import { listConflicts } from '../../replica/merge/conflict-log.js'
import { getMessage, isLive } from '../../replica/messages.js'
import { type Guid, pathText } from '../../replica/model.js'
import { distinctProblems, listProblems } from '../../replica/problems.js'
import type { Reader } from '../../store/database.js'
import { countProblemsThere } from '../../sync/frames/told-problems.js'
import { envelopeOf } from '../../told/listed-content.js'
import type { ConflictVersion, Matters } from '../matters.js'

/** Conflicts to decide, and problems. */
export async function mattersOf(reader: Reader): Promise<Matters> {
  const open = (await listConflicts(reader)).filter(({ settled }) => settled === undefined)
  const conflicts = []
  for (const conflict of open) {
    const { number, kind, atMs } = conflict
    const [here, there] = [await version(reader, conflict.here), await version(reader, conflict.there)]
    conflicts.push({
      ...{ number, kind, atMs },
      mailbox: await mailboxName(reader, conflict.mailbox),
      ...(here && { here }),
      ...(there && { there }),
      choices: choicesOf(conflict),
    })
  }
  const problems = distinctProblems(await listProblems(reader))
  const told = problems.filter(({ side }) => side === 'upstream').length
  return {
    conflicts,
    problems: problems.map(({ side, record }) => {
      const { mailbox, item, reason, next, harmless = false, sinceMs } = record
      return { side, mailbox, ...(item !== undefined && { item }), reason, next, harmless, sinceMs }
    }),
    untold: Math.max(0, (await countProblemsThere(reader)) - told),
  }
}

/** Without two messages to choose from, a conflict can only be taken off the list. */
function choicesOf({ kind, here, there }: ConflictRecord): Settlement[] {
  const isChoice = kind !== 'held-back' && kind !== 'in-doubt'
  return [
    ...(isChoice && there !== undefined ? (['here'] as const) : []),
    ...(isChoice && here !== undefined ? (['there'] as const) : []),
    'both',
  ]
}

async function version(reader: Reader, guid: Guid | undefined): Promise<ConflictVersion | undefined> {
  const message = guid === undefined ? undefined : await getMessage(reader, guid)
  if (!message) return undefined
  const { subject = '' } = envelopeOf(await getContent(reader, message.content))
  return { subject, mailbox: isLive(message) ? await mailboxName(reader, message.mailbox) : '' }
}

async function mailboxName(reader: Reader, guid: Guid | undefined): Promise<string> {
  const mailbox = guid === undefined ? undefined : await getMailbox(reader, await currentName(reader, guid))
  return mailbox ? pathText(mailbox.path) : ''
}
