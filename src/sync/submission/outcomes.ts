import type {
  Outcome,
  RecipientOutcome,
  SubmissionRecord,
  SubmissionState,
  SubmissionStatus,
  SubmitEnvelope,
} from '../../replica/submission/submission.js'

/** What tries came to, for each recipient and for all of them together. */

type Tried = Pick<SubmissionRecord, 'recipients' | 'envelope' | 'again'>

/** A doubt stays a doubt: who is said to have it now may have it twice. */
export function withOutcomes(
  { recipients, again }: Tried,
  handed: readonly RecipientOutcome[],
): readonly RecipientOutcome[] {
  const known = new Map(recipients.map((each) => [each.recipient, each]))
  for (const each of handed) {
    const before = known.get(each.recipient)
    const doubted = again === true || (before !== undefined && isInDoubt(before))
    const outcome = doubted && each.outcome === 'accepted' ? 'repeated' : each.outcome
    known.set(each.recipient, { ...each, outcome, ...(doubted && { doubted }) })
  }
  return [...known.values()]
}

/** A copy was found: whoever may have it has it. */
export function withProof({ recipients, envelope, again }: Tried, reply: string): RecipientOutcome[] {
  const known = new Map(recipients.map((each) => [each.recipient, each]))
  return envelope.recipients.flatMap((recipient): RecipientOutcome | [] => {
    const before = known.get(recipient)
    const isDone = before !== undefined && (isTaken(before) || before.outcome === 'refused')
    const isProven = !isDone && (again === true || (before !== undefined && isInDoubt(before)))
    return isProven ? { recipient, outcome: 'accepted', reply } : (before ?? [])
  })
}

/** Whether some may have it of whom nobody knows. */
export function isDoubted({ recipients, again }: Tried): boolean {
  return again === true || recipients.some(isInDoubt)
}

const isInDoubt = ({ outcome, doubted }: RecipientOutcome): boolean =>
  outcome === 'uncertain' || doubted === true

const isTaken = ({ outcome }: RecipientOutcome): boolean => outcome === 'accepted' || outcome === 'repeated'

/** Whether a server has taken it for anybody. */
export function isAccepted(recipients: readonly RecipientOutcome[]): boolean {
  return recipients.some(isTaken)
}

/** Whether a server has taken it for everybody. */
export function isTakenByAll({ envelope, recipients }: Tried): boolean {
  const taken = new Set(recipients.filter(isTaken).map(({ recipient }) => recipient))
  return envelope.recipients.every((recipient) => taken.has(recipient))
}

/**
 * The envelope for the recipients to whom the mail may go without asking: those who neither have it nor have
 * finally refused it, and who were in doubt at most once (never, where a person decides about doubts).
 * Undefined when none is left.
 */
export function leftOf(
  { envelope, recipients }: Tried,
  uncertain: 'resend' | 'ask' = 'resend',
): SubmitEnvelope | undefined {
  const isOver = (each: RecipientOutcome): boolean =>
    isTaken(each) ||
    each.outcome === 'refused' ||
    (each.outcome === 'uncertain' && (each.doubted === true || uncertain === 'ask'))
  const over = new Set(recipients.filter(isOver).map(({ recipient }) => recipient))
  const left = envelope.recipients.filter((recipient) => !over.has(recipient))
  return left.length === 0 ? undefined : { ...envelope, recipients: left }
}

/** The status over all recipients. */
export function statusOf(recipients: readonly RecipientOutcome[], mayTryAgain: boolean): SubmissionStatus {
  const of = (outcome: Outcome): RecipientOutcome | undefined =>
    recipients.find((each) => each.outcome === outcome)
  const as = (state: SubmissionState, { reply }: RecipientOutcome): SubmissionStatus => ({
    state,
    reason: reply,
    recipients,
  })
  const [uncertain, later, refused] = [of('uncertain'), of('later'), of('refused')]
  const accepted = of('repeated') ?? of('accepted')
  if (uncertain) return as('uncertain', uncertain)
  if (later && mayTryAgain) return as('waits', later)
  if (accepted) return as('sent', accepted)
  if (later) return as('failed', later)
  return refused ? as('refused', refused) : { state: 'failed', recipients }
}
