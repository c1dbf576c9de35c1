import { counted, formatAgo } from '../../told/sizes.js'

/** A problem as `packetboat problems` has it. */
export interface ShownProblem {
  /** What can't be done, or where. */
  readonly where: string
  readonly mailbox: string
  readonly item?: string
  readonly code: string
  readonly reason: string
  readonly next: string
  readonly harmless: boolean
  readonly sinceMs: number
}

/** So many of a kind are told one by one: a person reads no more, and they have one cause. */
const mostOfAKind = 10

/** Two lines for each problem; of a kind with many the first ones, and how many there are. */
export function problemLines(problems: readonly ShownProblem[], nowMs: number): string[] {
  const kinds = new Map<string, ShownProblem[]>()
  for (const problem of problems) {
    const name = JSON.stringify([
      problem.where,
      problem.code,
      problem.item === undefined ? '' : problem.mailbox,
    ])
    const kind = kinds.get(name)
    if (kind) kind.push(problem)
    else kinds.set(name, [problem])
  }
  return [...kinds.values()].flatMap((kind) => {
    // A line that stands for one tells less than its own.
    const told = kind.length > mostOfAKind + 1 ? kind.slice(0, mostOfAKind) : kind
    return [...told.flatMap((problem) => linesOf(problem, nowMs)), ...restOf(kind, told.length)]
  })
}

const linesOf = (
  { where, mailbox, item, reason, next, sinceMs, harmless }: ShownProblem,
  nowMs: number,
): string[] => [
  `${[mailbox, item].filter(Boolean).join(': ')} (${where}; first met ${formatAgo(Math.max(0, nowMs - sinceMs))})`,
  `     ${reason}${harmless ? ' It holds no mail and is left alone.' : ` ${next}`}`,
]

function restOf(kind: readonly ShownProblem[], told: number): string[] {
  const [first] = kind
  if (!first || kind.length === told) return []
  const rest = kind.length - told
  const what =
    first.item === undefined
      ? `${rest} more mailboxes`
      : `${counted(rest, first.harmless ? 'more file' : 'more message')} in ${first.mailbox}`
  return [`And ${what} (${first.where}). packetboat problems --json lists all.`]
}
