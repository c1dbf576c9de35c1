/** One line of the log: what a run did to messages. */
export interface RunEntry {
  /** When it began, ISO 8601 in UTC. */
  readonly at: string
  readonly link: string
  readonly exit: number
  /** Log position of the replica when it ended. */
  readonly head: number
  readonly acts: readonly RunAct[]
  /** Acts beyond those that are kept. */
  readonly more: number
}

/** What became of a message, and on which side somebody did that: what was done `here` is known to the endpoint now. `left`: this disk, to make room. */
export interface RunAct {
  readonly act: 'new' | 'moved' | 'removed' | 'left'
  readonly by: 'here' | 'endpoint'
  /** The name by which `packetboat read` finds it while it is here. */
  readonly name: string
  readonly mailbox: string
  /** For a move: the mailbox that it came from. */
  readonly from?: string
  readonly sender: string
  readonly subject: string
}

/** Undefined for a line that isn't an entry: cut by a crash, or written by another program. */
export function decodeRunEntry(line: string): RunEntry | undefined {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return undefined
  }
  if (!isRecord(value) || !Array.isArray(value['acts'])) return undefined
  const { at, link, exit, head, more, acts } = value
  if (typeof at !== 'string' || Number.isNaN(Date.parse(at)) || typeof link !== 'string') return undefined
  if (![exit, head, more].every((number) => Number.isSafeInteger(number))) return undefined
  return acts.every(isAct) ? (value as unknown as RunEntry) : undefined
}

function isAct(value: unknown): value is RunAct {
  if (!isRecord(value)) return false
  const { act, by, name, mailbox, from = '', sender, subject } = value
  return (
    ['new', 'moved', 'removed', 'left'].includes(String(act)) &&
    ['here', 'endpoint'].includes(String(by)) &&
    [name, mailbox, from, sender, subject].every((text) => typeof text === 'string')
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
