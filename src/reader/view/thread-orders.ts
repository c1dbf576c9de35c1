import { getMailbox } from '../../replica/mailboxes.js'
import { getMessage, isLive, liveMessages } from '../../replica/messages.js'
import type { Guid } from '../../replica/model.js'
import type { MailboxRecord, MessageRecord } from '../../replica/records.js'
import { tables } from '../../replica/tables.js'
import type { Reader } from '../../store/database.js'

/** What the order of a mailbox depends on; none of it changes while a message lives. */
interface Placed {
  readonly guid: Guid
  readonly number: number
  readonly upstream: number
  readonly answers: number | undefined
  readonly arrivedMs: number
}

export interface InThread {
  readonly guid: Guid
  /** How many answers it stands below the first of its thread. */
  readonly depth: number
}

interface Known {
  readonly head: number
  readonly placed: Map<Guid, Placed>
  readonly order: readonly InThread[]
}

/**
 * The order in which the messages of a mailbox are listed. Worked out once over all of them and then updated
 * from the mailbox's log, so that another page of ten thousand costs no more than its rows.
 */
export class ThreadOrders {
  private readonly known = new Map<Guid, Known>()

  async of(reader: Reader, guid: Guid): Promise<readonly InThread[]> {
    const mailbox = await getMailbox(reader, guid)
    if (!mailbox || mailbox.deleted) {
      this.known.delete(guid)
      return []
    }
    const before = this.known.get(guid)
    if (before?.head === mailbox.head) return before.order
    const placed =
      (before && (await caughtUp(reader, mailbox, before))) ?? (await allPlaced(reader, mailbox.guid))
    const known = { head: mailbox.head, placed, order: byThread([...placed.values()]) }
    this.known.set(guid, known)
    return known.order
  }
}

async function allPlaced(reader: Reader, mailbox: Guid): Promise<Map<Guid, Placed>> {
  const placed = new Map<Guid, Placed>()
  for await (const message of liveMessages(reader, mailbox)) placed.set(message.guid, placeOf(message))
  return placed
}

/** What was known, brought up to date by the log. Undefined where that isn't enough, because messages were removed without an entry in it. */
async function caughtUp(
  reader: Reader,
  mailbox: MailboxRecord,
  before: Known,
): Promise<Map<Guid, Placed> | undefined> {
  const placed = new Map(before.placed)
  for await (const { value } of tables.log.list(reader, [mailbox.guid], { start: before.head + 1 })) {
    const message = await getMessage(reader, value)
    if (isLive(message) && message.mailbox === mailbox.guid) placed.set(value, placeOf(message))
    else placed.delete(value)
  }
  return placed.size === mailbox.messages ? placed : undefined
}

const placeOf = ({ guid, number, upstream, answers, internalDateMs }: MessageRecord): Placed => ({
  guid,
  number,
  upstream,
  answers,
  arrivedMs: internalDateMs,
})

interface Node {
  readonly placed: Placed
  readonly depth: number
  readonly answers: Node[]
}

/**
 * Orders by thread, the one with the newest message first. Within a thread, each message comes before its
 * answers, which are in order of arrival. A message that came before the one it claims to answer begins a
 * thread, so no two messages answer each other.
 */
export function byThread(messages: readonly Placed[]): InThread[] {
  const oldestFirst = messages.toSorted((a, b) => a.arrivedMs - b.arrivedMs || a.number - b.number)
  const byUpstream = new Map<number, Node>()
  const firstOf = new Map<Node, Node>()
  const newest = new Map<Node, number>()
  oldestFirst.forEach((placed, at) => {
    const parent = placed.answers === undefined ? undefined : byUpstream.get(placed.answers)
    const node: Node = { placed, depth: parent ? parent.depth + 1 : 0, answers: [] }
    parent?.answers.push(node)
    const first = (parent && firstOf.get(parent)) ?? node
    firstOf.set(node, first)
    newest.set(first, at)
    if (placed.upstream > 0) byUpstream.set(placed.upstream, node)
  })
  const order: InThread[] = []
  // The last one comes off first.
  const open = [...newest].sort((a, b) => a[1] - b[1]).map(([first]) => first)
  for (let node = open.pop(); node; node = open.pop()) {
    order.push({ guid: node.placed.guid, depth: node.depth })
    open.push(...node.answers.toReversed())
  }
  return order
}
