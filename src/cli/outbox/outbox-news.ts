import { isFinal, type SubmissionRecord } from '../../replica/submission/submission.js'
import { getSubmission, putSubmission } from '../../replica/submission/submissions.js'
import { listReadable } from '../../sync/submission/take-spool.js'
import { counted } from '../../told/sizes.js'
import type { ClientSession } from '../session/client-session.js'
import { spoolOf } from './all-rows.js'
import { type OutboxRow, ownSubmissions, rowOfSubmission } from './outbox-row.js'

/** What there is to tell of mail that was to be sent: each mail's end is told once. */
export interface OutboxNews {
  /** A server has it. */
  readonly sent: readonly OutboxRow[]
  /** Mail that was refused, or tried for too long. */
  readonly failed: readonly OutboxRow[]
  /** Neither, nor taken back. */
  readonly onTheirWay: number
}

export interface OutboxNewsCounts {
  readonly sent: number
  readonly failed: number
  readonly onTheirWay: number
}

const untold = ({ state, heard }: SubmissionRecord): boolean => isFinal(state) && !heard

export async function outboxNews({ open, account }: ClientSession): Promise<OutboxNews> {
  const { db } = account.replica
  const own = await ownSubmissions(db)
  const rowsIn = (...states: SubmissionRecord['state'][]): Promise<OutboxRow[]> =>
    Promise.all(
      own
        .filter((each) => untold(each) && states.includes(each.state))
        .map((each) => rowOfSubmission(db, each)),
    )
  const taken = new Set(own.map(({ spooled }) => spooled))
  const waiting = (await listReadable(spoolOf(open))).filter(({ name }) => !taken.has(name))
  return {
    sent: await rowsIn('sent'),
    failed: await rowsIn('refused', 'failed'),
    onTheirWay: own.filter(({ state }) => !isFinal(state)).length + waiting.length,
  }
}

/** What has ended by now is told: no other run tells it again. */
export async function noteTold({ account }: ClientSession): Promise<void> {
  const { db } = account.replica
  const ended = (await ownSubmissions(db)).filter(untold)
  if (ended.length === 0) return
  await db.transact(async (tx) => {
    for (const { guid } of ended) {
      const submission = await getSubmission(tx, guid)
      if (submission) putSubmission(tx, { ...submission, heard: true })
    }
  })
}

export function countNews({ sent, failed, onTheirWay }: OutboxNews): OutboxNewsCounts {
  return { sent: sent.length, failed: failed.length, onTheirWay }
}

/** Empty where there is nothing to say. */
export function newsOfOutbox({ sent, failed, onTheirWay }: OutboxNewsCounts): string[] {
  const words = [
    sent > 0 && `${counted(sent, 'mail')} ${sent === 1 ? 'has' : 'have'} gone to the mail server`,
    failed > 0 && `${counted(failed, 'mail')} could not be sent`,
    onTheirWay > 0 && `${counted(onTheirWay, 'mail')} on the way`,
  ].filter((text) => text !== false)
  return words.length === 0 ? [] : [`${words.join('; ')}. packetboat outbox lists them.`]
}
