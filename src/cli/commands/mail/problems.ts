import type { ProblemSide } from '../../../replica/problem.js'
import {
  distinctProblems,
  forgetPauses,
  type KnownProblem,
  listProblems,
  seriousProblems,
} from '../../../replica/problems.js'
import { countProblemsThere } from '../../../sync/frames/told-problems.js'
import { counted } from '../../../told/sizes.js'
import type { CommandContext } from '../../command-context.js'
import { problemLines } from '../../looking/problem-lines.js'
import { forEitherSide } from '../../session/account-session.js'

export interface ProblemsOptions {
  readonly retry?: boolean
  readonly account?: string
}

const sides: Readonly<Record<ProblemSide, string>> = {
  read: "can't be read",
  write: "can't be written",
  upload: "can't be sent",
  spool: "can't be sent",
  upstream: 'at the endpoint',
}

/** `packetboat problems`: what can't take part now, why, since when, and what to do. */
export async function problemsCommand(context: CommandContext, options: ProblemsOptions): Promise<number> {
  const opening = { name: options.account, beside: options.retry !== true }
  return forEitherSide(context, opening, async ({ account }, own) => {
    const { db, now } = account.replica
    if (options.retry) await db.transact(forgetPauses)
    const problems = distinctProblems(await listProblems(db))
    const shown = problems.map((problem) => describe(problem, now()))
    const untold = Math.max(
      0,
      (await countProblemsThere(db)) - problems.filter(({ side }) => side === 'upstream').length,
    )
    const lines = problemLines(shown, now())
    const count = seriousProblems(problems).length + untold
    own.output.result({ event: 'problems', problems: shown, untold }, [
      ...(lines.length > 0 ? lines : ['There are no problems.']),
      ...(untold > 0
        ? [`${counted(untold, 'more problem')} at the endpoint: packetboat problems lists them there.`]
        : []),
      ...(problems.some(({ record }) => record.harmless)
        ? [`${count === 0 ? 'No problem' : counted(count, 'problem')}. What is left alone doesn't count.`]
        : []),
      ...(options.retry ? ['The next sync tries all of them again.'] : []),
    ])
  })
}

function describe({ side, record }: KnownProblem, nowMs: number) {
  const { code, mailbox, item, reason, next, harmless = false, sinceMs, triedMs, tries } = record
  return {
    side: side === 'upstream' ? 'endpoint' : 'here',
    where: sides[side],
    mailbox,
    ...(item !== undefined && { item }),
    code,
    reason,
    next,
    harmless,
    since: new Date(sinceMs).toISOString(),
    sinceMs,
    tried: new Date(Math.min(triedMs, nowMs)).toISOString(),
    tries,
  }
}
