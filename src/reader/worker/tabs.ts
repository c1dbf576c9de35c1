import { answerCall } from '../answer-calls.js'
import { failureOf } from '../ask-worker.js'
import type { Answer, Call, FromWorker, ReaderEvent, ReaderState } from '../port.js'
import type { Leader } from './leader.js'

/** The parts of its browser that a worker needs for that. */
export interface Meeting {
  readonly locks: Pick<LockManager, 'request'>
  readonly channel: Pick<BroadcastChannel, 'postMessage' | 'onmessage'>
  /** No other tab's worker has the same. */
  readonly tab: string
  readonly toPage: (message: FromWorker) => void
  /** Called while no other tab has the mail. */
  readonly lead: (onEvent: (event: ReaderEvent) => void) => Promise<Leader>
}

/** Messages between the workers of several tabs. */
type Said =
  | { readonly from: string; readonly call: Call }
  | { readonly to: string; readonly answer: Answer }
  | { readonly event: ReaderEvent }
  /** There is a new leader: what was asked of the old one must be asked again. */
  | { readonly leads: true }

/** How many calls of other tabs are remembered, so that none is done twice. */
const rememberedCalls = 1000

/**
 * Chooses one of all tabs to keep the mail, by a lock that is released however the tab ends. The others ask
 * it, and one of them takes over when it has gone. Calls that weren't answered by then are made again; each
 * has the same effect when made twice.
 * @returns the function that takes a call of this tab's page.
 */
export function joinTabs({ locks, channel, tab, toPage, lead }: Meeting): (call: Call) => void {
  /** Calls of this tab's page that aren't answered yet. */
  const waiting = new Map<number, Call>()
  const known = new Set<string>()
  let leader: Leader | undefined
  let isOver = false

  const say = (said: Said): void => channel.postMessage(said)
  const answered = (answer: Answer): void => {
    if (waiting.delete(answer.id)) toPage(leader ? answer : elsewhere(answer))
  }
  const ask = (call: Call): void => {
    if (leader) void answerCall(leader.port, call).then(answered)
    else say({ from: tab, call })
  }
  const answerOther = async (from: string, call: Call): Promise<void> => {
    const name = `${from} ${call.id}`
    if (!leader || known.has(name)) return
    known.add(name)
    for (const first of known) if (known.size > rememberedCalls) known.delete(first)
    say({ to: from, answer: await answerCall(leader.port, call) })
  }
  channel.onmessage = ({ data }: { data: Said }) => {
    if ('leads' in data) for (const call of waiting.values()) ask(call)
    else if ('event' in data) {
      isOver ||= data.event.event === 'deleted'
      toPage(elsewhere(data.event))
    } else if ('to' in data) data.to === tab && answered(data.answer)
    else void answerOther(data.from, data.call)
  }
  const onEvent = (event: ReaderEvent): void => {
    toPage(event)
    say({ event })
  }
  const leadInTurn = async (): Promise<void> => {
    // What was deleted isn't made anew by a tab that stayed open.
    if (isOver) return
    leader = await lead(onEvent)
    say({ leads: true })
    for (const call of waiting.values()) ask(call)
    // The lock is held for as long as this tab is there.
    await new Promise(() => undefined)
  }
  /** Until it leads or can't. */
  let stands = false
  const stand = (): void => {
    stands = true
    locks.request('packetboat', leadInTurn).catch((error: unknown) => {
      stands = false
      const failure = failureOf(error)
      toPage({ event: 'failed', failure })
      // Nobody else may be there to answer, and a person who has made room will ask again.
      for (const { id } of waiting.values()) answered({ id, failure })
    })
  }
  stand()
  return (call) => {
    waiting.set(call.id, call)
    if (!stands) stand()
    ask(call)
  }
}

/** Adapts what a leader says of itself to this tab, which doesn't lead. */
function elsewhere<T extends FromWorker>(message: T): T {
  const notHere = (state: ReaderState): ReaderState => ({ ...state, leads: false })
  if ('event' in message && message.event === 'state') return { ...message, state: notHere(message.state) }
  if ('answer' in message && isState(message.answer)) return { ...message, answer: notHere(message.answer) }
  return message
}

function isState(answer: unknown): answer is ReaderState {
  return typeof answer === 'object' && answer !== null && 'leads' in answer
}
