import { listMailboxes } from '../../../src/replica/mailboxes.js'
import { listConflicts } from '../../../src/replica/merge/conflict-log.js'
import { liveMessages } from '../../../src/replica/messages.js'
import type { Flags, MailboxPath } from '../../../src/replica/model.js'
import type { Account } from '../../../src/sync/account.js'
import { sync } from '../../../src/sync/initiator/sync.js'
import type { SyncReport } from '../../../src/sync/initiator/sync-options.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import type { Codec } from '../../../src/wire/compression/codec.js'
import { letter } from '../../world/letter.js'
import { memoryLink } from '../../world/memory-link.js'
import { seededRandom } from '../../world/random.js'
import { subjectOf } from '../../world/shown.js'
import { makeSide, type Side } from '../../world/side.js'

/**
 * Everything that somebody can do to a message `m` and its mailbox `Box`, on one replica, beside everything that somebody can do on another
 * before the two meet. docs/CONFLICTS.md has the outcome of each pair.
 */

const box: MailboxPath = ['Box']

/** Where somebody acts: a replica, and what a mail program does beside it. */
export interface Actor {
  readonly name: string
  readonly account: Account
  readonly mail: {
    readonly person: ActingPerson
    isSubscribed(name: string): boolean | Promise<boolean>
    snapshot(): Snapshot | Promise<Snapshot>
  }
}

interface ActingPerson {
  deliver(path: MailboxPath, bytes: Uint8Array, flags?: Flags): unknown
  setFlags(path: MailboxPath, locator: string, flags: Flags): unknown
  remove(path: MailboxPath, locator: string): unknown
  move(path: MailboxPath, locator: string, to: MailboxPath): unknown
  copy(path: MailboxPath, locator: string, to: MailboxPath): unknown
  createMailbox(path: MailboxPath): unknown
  renameMailbox(from: MailboxPath, to: MailboxPath): unknown
  deleteMailbox(path: MailboxPath): unknown
  setSubscribed(path: MailboxPath, subscribed: boolean): unknown
  rebuild?(path: MailboxPath): unknown
}

type Snapshot = ReadonlyMap<
  string,
  readonly { readonly locator: string; readonly flags: Flags; readonly bytes: Uint8Array }[]
>

/** By name. `by` is what tells the text of one author from that of another. */
const acts: Readonly<Record<string, (side: Actor, by: string) => unknown>> = {
  nothing: () => {},
  'flag added': (side) => withFlags(side, (flags) => [...flags, '\\Seen']),
  'flag removed': (side) => withFlags(side, (flags) => flags.filter((flag) => flag !== '\\Answered')),
  'keyword added': (side) => withFlags(side, (flags) => [...flags, 'work']),
  'marked important': (side) => withFlags(side, (flags) => [...flags, '\\Flagged']),
  expunged: async (side) => side.mail.person.remove(box, await locator(side)),
  'copied to X': async (side) => side.mail.person.copy(box, await locator(side), ['X']),
  'moved to X': async (side) => side.mail.person.move(box, await locator(side), ['X']),
  'moved to Y': async (side) => side.mail.person.move(box, await locator(side), ['Y']),
  'draft replaced': async (side, by) => {
    await side.mail.person.remove(box, await locator(side))
    await side.mail.person.deliver(box, letter(`m by ${by}`), ['\\Draft'])
  },
  'N delivered': (side, by) => side.mail.person.deliver(box, letter(`N by ${by}`)),
  'mailbox Z made': async (side, by) => {
    await side.mail.person.createMailbox(['Z'])
    await side.mail.person.deliver(['Z'], letter(`Z by ${by}`))
  },
  'Box renamed to Z': ({ mail: { person } }) => person.renameMailbox(box, ['Z']),
  'Box renamed to V': ({ mail: { person } }) => person.renameMailbox(box, ['V']),
  'Box deleted': ({ mail: { person } }) => person.deleteMailbox(box),
  'Box unsubscribed': ({ mail: { person } }) => person.setSubscribed(box, false),
  'UIDVALIDITY changed': ({ mail: { person } }) => person.rebuild?.(box),
}

export const actNames = Object.keys(acts)

/** Does it somewhere. */
export async function act(name: string, side: Actor, by: string): Promise<void> {
  await acts[name]?.(side, by)
}

async function theMessage(
  side: Actor,
): Promise<{ readonly locator: string; readonly flags: Flags } | undefined> {
  return (await side.mail.snapshot()).get('Box')?.find(({ bytes }) => subjectOf(bytes) === 'm')
}

async function locator(side: Actor): Promise<string> {
  return (await theMessage(side))?.locator ?? 'none'
}

async function withFlags(side: Actor, change: (flags: Flags) => Flags): Promise<void> {
  const message = await theMessage(side)
  await side.mail.person.setFlags(box, message?.locator ?? 'none', change(message?.flags ?? []))
}

/** Who stands where. In each the author of the first act asks upstream, where the second has happened or is already known. */
export const topologies = ['two replicas', 'three in a star', 'three in a chain'] as const
export type Topology = (typeof topologies)[number]

export interface Outcome {
  /** `Box: m \Seen, N | X: m`: mailboxes with what is in them; X and Y only when they aren't empty. */
  readonly state: string
  /** Kinds in the conflict logs of all replicas. */
  readonly noted: readonly string[]
}

/** Nothing is compressed: these tests look at what is said, not at how many bytes it takes. */
const codec: Codec = {
  id: 1,
  open: () => ({
    compress: () => undefined,
    decompress: () => {
      throw new Error('nothing was compressed')
    },
    append: () => undefined,
  }),
}

interface Scene<T extends Actor = Actor> {
  /** The top, whoever else is there, and the one who asks for the first act. */
  readonly sides: readonly T[]
  run(side: Actor): Promise<SyncReport | undefined>
}

/** Replicas in step, with m in Box; or such ones again, as they were. */
async function sceneOf(topology: Topology, like?: Scene<Side>): Promise<Scene<Side>> {
  const random = seededRandom(like ? 78 : 77)
  const names = topology === 'two replicas' ? ['top', 'first'] : ['top', 'middle', 'first']
  const sides: Side[] = []
  for (const [index, name] of names.entries()) {
    const copyOf = like?.sides[index]
    sides.push(
      await makeSide(name, {
        hasUpstream: index > 0,
        random,
        numbered: true,
        codec,
        ...(copyOf && { copyOf }),
      }),
    )
  }
  const links = sides.map((_, index) => {
    const above = sides[topology === 'three in a chain' ? index - 1 : 0]
    return index === 0 || !above ? undefined : memoryLink(() => above.account)
  })
  const run: Scene['run'] = async (side) => {
    const link = links.find((_, index) => sides[index] === side)
    return link && sync(side.account, { link, policy: defaultPolicy })
  }
  return { sides, run }
}

async function inStep<T extends Actor>(scene: Scene<T>): Promise<Scene<T>> {
  const person = scene.sides[0]?.mail.person
  for (const name of ['Box', 'X', 'Y']) await person?.createMailbox([name])
  await person?.deliver(box, letter('m'), ['\\Answered'])
  for (const side of [...scene.sides, ...scene.sides]) await scene.run(side)
  return scene
}

const beginnings = new Map<Topology, Promise<Scene<Side>>>()

/**
 * Runs one pair until a run of each moves nothing. Throws when replicas differ in anything then, UIDs too, or a further run moves something: who
 * is told that nothing is left has to be able to rely on it.
 */
export async function meet(here: string, there: string, topology: Topology): Promise<Outcome> {
  const beginning = beginnings.get(topology) ?? sceneOf(topology).then(inStep)
  beginnings.set(topology, beginning)
  const scene = await sceneOf(topology, await beginning)
  const { sides } = scene
  return play(here, there, scene, topology === 'three in a star' ? sides[1] : sides[0])
}

/** The same where the top is something else than a replica in memory, and a device in memory asks it. */
export async function meetBeside(here: string, there: string, top: Actor): Promise<Outcome> {
  const random = seededRandom(78)
  return meetOver(here, there, top, await makeSide('first', { hasUpstream: true, random, numbered: true }))
}

/** The same where what asks is something else, and a replica in memory is the top. */
export async function meetFrom(here: string, there: string, device: Actor): Promise<Outcome> {
  const random = seededRandom(78)
  return meetOver(here, there, await makeSide('top', { hasUpstream: false, random, numbered: true }), device)
}

async function meetOver(here: string, there: string, top: Actor, device: Actor): Promise<Outcome> {
  const link = memoryLink(() => top.account)
  const run: Scene['run'] = async (side) => {
    if (side !== device) return undefined
    const report = await sync(device.account, { link, policy: defaultPolicy })
    if (report.trouble !== undefined) throw new Error(report.trouble)
    return report
  }
  return play(here, there, await inStep({ sides: [top, device], run }), top)
}

async function play(here: string, there: string, scene: Scene, other: Actor | undefined): Promise<Outcome> {
  const { sides, run } = scene
  const first = sides.at(-1)
  if (!first || !other) throw new Error('nobody is there')
  await act(here, first, 'here')
  await act(there, other, 'there')
  // What happened there is upstream before the first one asks.
  await run(other)
  for (let moved = true, rounds = 0; moved; rounds++) {
    if (rounds > 4) throw new Error('round after round moves something')
    moved = false
    for (const side of [first, ...sides.slice(1)]) moved = movesSomething(await run(side)) || moved
  }

  const states = await Promise.all(sides.map(stateOf))
  const uids = await Promise.all(sides.map(uidsOf))
  for (const [index, side] of sides.entries()) {
    if (states[index] !== states[0])
      throw new Error(`${side.name} has ${states[index]}, the top ${states[0]}`)
    if (uids[index] !== uids[0]) throw new Error(`${side.name} has UIDs ${uids[index]}, the top ${uids[0]}`)
    const again = await run(side)
    if (movesSomething(again))
      throw new Error(`a further run of ${side.name} moves something: ${JSON.stringify(again)}`)
  }
  const noted = new Set<string>()
  for (const side of sides)
    for (const { kind } of await listConflicts(side.account.replica.db)) noted.add(kind)
  return { state: states[0] ?? '', noted: [...noted].sort() }
}

function movesSomething(report: SyncReport | undefined): boolean {
  if (!report) return false
  const { listed, changed, found, sent, written } = report
  return listed + changed + found + sent + written > 0
}

/** Flags in the order in which they are told. */
export async function stateOf(side: Actor): Promise<string> {
  const shown: string[] = []
  for (const [name, messages] of await side.mail.snapshot()) {
    if (messages.length === 0 && ['INBOX', 'X', 'Y'].includes(name)) continue
    const all = messages.map(({ bytes, flags }) => [subjectOf(bytes), ...flags].join(' ')).sort()
    const aside = (await side.mail.isSubscribed(name)) ? '' : ' (unsubscribed)'
    shown.push(`${name}${aside}: ${all.join(', ') || 'empty'}`)
  }
  return shown.sort().join(' | ')
}

async function uidsOf({ account }: Actor): Promise<string> {
  const { db } = account.replica
  const uids: string[] = []
  for (const mailbox of await listMailboxes(db))
    for await (const { guid, uid } of liveMessages(db, mailbox.guid))
      uids.push(`${mailbox.path.join('/')} ${guid} ${uid}`)
  return uids.sort().join()
}
