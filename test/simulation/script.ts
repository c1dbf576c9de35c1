import type { Keep, Window } from '../../src/sync/policy/window.js'
import { seededRandom } from '../world/random.js'

/** Who syncs with whom. Side 0 has no upstream; every other side names the one that it asks. */
export interface Topology {
  readonly name: string
  readonly upstreams: readonly (number | undefined)[]
}

export const topologies: readonly Topology[] = [
  { name: 'star of 2', upstreams: [undefined, 0, 0] },
  { name: 'star of 4', upstreams: [undefined, 0, 0, 0, 0] },
  { name: 'chain with a relay', upstreams: [undefined, 0, 1, 1] },
  { name: 'relay beside a client', upstreams: [undefined, 0, 0, 1, 1] },
]

export type Fault =
  | { readonly kind: 'cut-up'; readonly at: number }
  | { readonly kind: 'cut-down'; readonly at: number }
  /** A process dies at its n-th step: before or after a commit or a change of the mail store. */
  | { readonly kind: 'crash'; readonly end: 'initiator' | 'responder'; readonly step: number }
  /** The same with the power: what the mail store hadn't settled is gone too. */
  | { readonly kind: 'power'; readonly end: 'initiator' | 'responder'; readonly step: number }
  /** From its n-th step on nothing can be written. */
  | { readonly kind: 'full'; readonly end: 'initiator' | 'responder'; readonly step: number }
  /** The request arrives twice; the first answer is lost. */
  | { readonly kind: 'twice' }
  /** A person does something in the middle of it. */
  | { readonly kind: 'person'; readonly end: 'initiator' | 'responder'; readonly step: number }

/**
 * One line of a script. `roll` seeds whatever it has to choose when its turn comes, so that leaving out other lines changes
 * nothing in it: that is how a failure is shrunk.
 */
export type Action =
  | { readonly kind: 'operate'; readonly side: number; readonly roll: number }
  | {
      readonly kind: 'sync'
      readonly side: number
      readonly thrifty: boolean
      /** Only INBOX, or only the others. */
      readonly only?: string
      /** Bytes that the run may take. */
      readonly budget?: number
      /** More rules than sizes. */
      readonly ruled?: boolean
      /** What it holds of each mailbox, where that isn't all. In the end everybody holds everything. */
      readonly windows?: readonly Window[]
      readonly fault?: Fault
      readonly roll: number
    }
  /** A person has read all of a mailbox, and what is outside the window leaves the disk. */
  | {
      readonly kind: 'evict'
      readonly side: number
      readonly windows: readonly Window[]
      readonly fault?: Fault
      readonly roll: number
    }
  /** The note of what was evicted is gone. */
  | { readonly kind: 'lose-note'; readonly side: number }
  /** Two sides at the same time with one upstream. */
  | { readonly kind: 'sync-both'; readonly sides: readonly [number, number]; readonly roll: number }
  | { readonly kind: 'clock'; readonly side: number; readonly nowMs: number }
  | { readonly kind: 'lose-database'; readonly side: number }
  | { readonly kind: 'back-up'; readonly side: number }
  | { readonly kind: 'restore'; readonly side: number }
  | { readonly kind: 'declare-lost'; readonly side: number }
  /** Something of its mail store can't be seen, read or written from now on. */
  | { readonly kind: 'ail'; readonly side: number; readonly roll: number }
  /** A program writes other bytes into one of its files: at once, or while it is read, the n-th time that any is. */
  | { readonly kind: 'rewrite'; readonly side: number; readonly roll: number; readonly atRead: number }
  /** All that is wrong with its mail store is over. */
  | { readonly kind: 'cure'; readonly side: number }
  /** Somebody hands in mail to be sent. */
  | { readonly kind: 'send'; readonly side: number; readonly roll: number }
  /** The top looks at what is to be sent. */
  | { readonly kind: 'hand-over'; readonly roll: number }
  /** The mail server beside it loses its numbering. */
  | { readonly kind: 'rebuild'; readonly side: number; readonly roll: number }

export interface Script {
  readonly seed: number
  /** As it was asked for: there are more actions where mail stores ail. */
  readonly steps: number
  readonly topology: Topology
  /** Sides whose mail store numbers its messages, as Dovecot does. */
  readonly numbered: readonly number[]
  /** Upstreams make gists of what doesn't come. */
  readonly gists: boolean
  /** Sides that have their mail in their store, as browsers have, and lose their last commits with a crash. */
  readonly behind: readonly number[]
  readonly actions: readonly Action[]
}

/** How long a script is unless somebody asks for more. */
export const usualSteps = 60

function windowsFor(chance: number): Window[] {
  const of = (keep: Keep, ...mailboxes: string[]): Window => ({ mailboxes, keep })
  if (chance < 0.4) return [of({ days: 0 })]
  if (chance < 0.7) return [of({ messages: Math.floor(chance * 10) - 3 })]
  if (chance < 0.9) return [of('all'), of({ days: 0 }, 'INBOX')]
  return [of({ days: 0 }), of({ messages: 2 }, '!INBOX')]
}

export function scriptOf(seed: number, steps = usualSteps): Script {
  const random = seededRandom(seed)
  const topology = random.next() < 0.6 ? (topologies[0] ?? random.pick(topologies)) : random.pick(topologies)
  const sides = topology.upstreams.length
  const initiators = topology.upstreams.flatMap((upstream, side) => (upstream === undefined ? [] : [side]))
  const numbered =
    random.next() < 0.4 ? topology.upstreams.flatMap((_, side) => (random.next() < 0.6 ? [side] : [])) : []
  const eventful = random.next() < 0.3
  // A row of its own: seeds that found something once go on finding it.
  const narrowing = seededRandom(seed ^ 0x5bd1e995)
  const narrows = narrowing.next() < 0.4
  const bounding = seededRandom(seed ^ 0x2c1b3c6d)
  const bounds = bounding.next() < 0.4
  const windowing = seededRandom(seed ^ 0x3c6ef372)
  const windowed = windowing.next() < 0.3
  const fault = (): Fault | undefined => {
    const end = random.pick(['initiator', 'responder'] as const)
    const step = 1 + random.below(40)
    const kind = random.next()
    if (kind < 0.25) return { kind: 'cut-up', at: 1 + random.below(3000) }
    if (kind < 0.5) return { kind: 'cut-down', at: 1 + random.below(6000) }
    if (kind < 0.62) return { kind: 'crash', end, step }
    if (kind < 0.68) return { kind: 'power', end, step }
    if (kind < 0.74) return { kind: 'full', end, step }
    if (kind < 0.79) return { kind: 'twice' }
    if (kind < 0.86) return { kind: 'person', end, step }
    return undefined
  }
  const action = (): Action => {
    const roll = random.below(2 ** 32)
    const side = random.below(sides)
    const kind = random.next()
    if (kind < 0.62) return { kind: 'operate', side, roll }
    const initiator = random.pick(initiators)
    if (kind < 0.66) {
      const peer = initiators.find(
        (other) => other !== initiator && topology.upstreams[other] === topology.upstreams[initiator],
      )
      if (peer !== undefined) return { kind: 'sync-both', sides: [initiator, peer], roll }
    }
    if (kind < 0.69)
      return {
        kind: 'clock',
        side,
        nowMs: random.pick([0, 1_000_000_000_000, 4_000_000_000_000, 1_600_000_000_000]),
      }
    if (eventful && kind < 0.72) {
      const event = random.next()
      if (event < 0.25) return { kind: 'lose-database', side }
      if (event < 0.5) return { kind: 'back-up', side }
      if (event < 0.75) return { kind: 'restore', side }
      if (event < 0.9) return { kind: 'declare-lost', side: initiator }
    }
    if (numbered.length > 0 && kind < 0.725) return { kind: 'rebuild', side: random.pick(numbered), roll }
    const wrong = fault()
    const narrow = narrowing.next()
    const bound = bounding.next()
    const ruled = bounding.next() < 0.5
    const window = windowing.next()
    return {
      kind: 'sync',
      side: initiator,
      thrifty: random.next() < 0.5,
      roll,
      ...(narrows && narrow < 0.5 && { only: narrow < 0.25 ? 'INBOX' : '!INBOX' }),
      ...(bounds && bound < 0.4 && { budget: Math.floor(bound * 20_000) }),
      ...(bounds && ruled && { ruled }),
      ...(windowed && window < 0.7 && { windows: windowsFor(window / 0.7) }),
      ...(wrong && { fault: wrong }),
    }
  }
  const ailing = seededRandom(seed ^ 0x1b873593)
  const ails = ailing.next() < 0.4
  const beside = (): Action[] => {
    const [kind, side, roll] = [ailing.next(), ailing.below(sides), ailing.below(2 ** 32)]
    if (!ails || kind > 0.25) return []
    return [kind < 0.07 ? { kind: 'cure', side } : { kind: 'ail', side, roll }]
  }
  const sending = seededRandom(seed ^ 0x7feb352d)
  const sends = sending.next() < 0.3
  const post = (): Action[] => {
    const [kind, side, roll] = [sending.next(), sending.below(sides), sending.below(2 ** 32)]
    if (!sends || kind > 0.3) return []
    const hasUpstream = topology.upstreams[side] !== undefined
    return [kind < 0.12 && hasUpstream ? { kind: 'send', side, roll } : { kind: 'hand-over', roll }]
  }
  const evicting = seededRandom(seed ^ 0x4cf5ad43)
  const evicts = evicting.next() < 0.35
  const forgets = evicting.next() < 0.3
  const evict = (): Action[] => {
    const [kind, side, roll, window] = [
      evicting.next(),
      evicting.pick(initiators),
      evicting.below(2 ** 32),
      evicting.next(),
    ]
    const step = 1 + evicting.below(80)
    const fault = evicting.next()
    if (!evicts || kind > 0.2) return []
    if (forgets && kind < 0.02) return [{ kind: 'lose-note', side }]
    if (kind < 0.05) return [{ kind: 'back-up', side }]
    if (forgets && kind < 0.08) return [{ kind: 'restore', side }]
    const broken: Fault | undefined =
      fault < 0.2
        ? { kind: 'crash', end: 'initiator', step }
        : fault < 0.35
          ? { kind: 'power', end: 'initiator', step }
          : fault < 0.4
            ? { kind: 'full', end: 'initiator', step }
            : fault < 0.5
              ? { kind: 'person', end: 'initiator', step }
              : undefined
    return [{ kind: 'evict', side, windows: windowsFor(window), roll, ...(broken && { fault: broken }) }]
  }
  const losing = seededRandom(seed ^ 0x27d4eb2f)
  const loses = losing.next() < 0.3
  const behind = initiators.filter(
    (side) => losing.next() < 0.6 && loses && !topology.upstreams.includes(side) && !numbered.includes(side),
  )
  const rewriting = seededRandom(seed ^ 0x6c078965)
  const rewrites = rewriting.next() < 0.5
  const rewrite = (): Action[] => {
    const [kind, side, roll] = [rewriting.next(), rewriting.below(sides), rewriting.below(2 ** 32)]
    // Nobody else writes into a browser's store.
    if (!rewrites || kind > 0.1 || behind.includes(side)) return []
    return [{ kind: 'rewrite', side, roll, atRead: kind < 0.04 ? 0 : 1 + (roll % 5) }]
  }
  const actions = Array.from({ length: steps }, () => [
    action(),
    ...beside(),
    ...post(),
    ...evict(),
    ...rewrite(),
  ]).flat()
  const gists = seededRandom(seed ^ 0x165667b1).next() < 0.4
  return { seed, steps, topology, numbered, gists, behind, actions }
}
