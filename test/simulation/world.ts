import { hasCode, PacketboatError } from '../../src/errors/packetboat-error.js'
import { declareDeviceLost, listDevices } from '../../src/replica/devices.js'
import { toFlags } from '../../src/replica/flags.js'
import { getMailbox } from '../../src/replica/mailboxes.js'
import { readReplicaRecord } from '../../src/replica/replica.js'
import { tables } from '../../src/replica/tables.js'
import type { MemorySnapshot } from '../../src/store/memory-store.js'
import { fetchKeyword } from '../../src/sync/adopt/fetch-keyword.js'
import type { EvictionTerms } from '../../src/sync/evict/choose-evictable.js'
import { letGoBy } from '../../src/sync/evict/letting-go.js'
import { sync } from '../../src/sync/initiator/sync.js'
import { isSent } from '../../src/sync/policy/guard.js'
import { defaultPolicy, type Policy } from '../../src/sync/policy/policy.js'
import { gistKind, type Rule } from '../../src/sync/policy/rules.js'
import { type MemoryLink, memoryLink } from '../world/memory-link.js'
import { seededRandom } from '../world/random.js'
import { Crash, makeSide, type Side } from '../world/side.js'
import {
  ail,
  allProblems,
  believedIn,
  hiddenUnseen,
  lostUploads,
  namedInProblems,
  unseenInSent,
} from './ailing.js'
import { digestOf, Fates, isStandIn, serialOf } from './fates.js'
import { deliver, operate, type Witness } from './person.js'
import { Post } from './post.js'
import { Rewriting } from './rewriting.js'
import type { Action, Fault, Script } from './script.js'
import { makeGist } from './sim-mail.js'
import { UidHistory } from './uid-history.js'

/** What a run of a script came to. */
export interface SimulationReport {
  readonly operations: number
  readonly syncs: number
  readonly cuts: number
  readonly crashes: number
  readonly faults: number
  /** Databases lost, restored, devices declared lost, numberings rebuilt. */
  readonly losses: number
  readonly conflicts: number
  /** Appearances of a mail beyond those that people made. */
  readonly duplicates: number
  /** Stand-ins for bytes that a person removed everywhere else. */
  readonly orphans: number
  /** Things that went wrong with a mail store. */
  readonly ailments: number
  /** Files that somebody wrote other bytes into. */
  readonly rewritten: number
  /** Messages that left a disk to make room. */
  readonly evicted: number
  /** Mail that was handed in to be sent. */
  readonly mails: number
}

export class SimulationFailure extends Error {
  constructor(
    readonly what: string,
    /** What happened, in order. */
    readonly log: readonly string[],
    /** As they stood when it failed. */
    readonly sides: readonly Side[],
  ) {
    super(what)
  }
}

const everything: Policy = { ...defaultPolicy, textBytes: 1e9, smallBytes: 1e9, attachmentBytes: 1e9 }
type SyncAction = Extract<Action, { kind: 'sync' }>

/** Rules that ask for more than sizes, and other ones now and then. */
const rulesFor = (roll: number): Rule[] => [
  { mailboxes: ['INBOX'], from: [], limits: [{ what: 'attachments', upToBytes: (roll % 3) * 500 }] },
  { mailboxes: [], from: [], aboveBytes: 3000, limits: [{ what: 'text', upToBytes: 2000 * (roll % 2) }] },
]

const thrifty: Policy = {
  ...defaultPolicy,
  textBytes: 4000,
  smallBytes: 200,
  attachmentBytes: 800,
  coldBytes: 1700,
  structureBytes: 5500,
  messageBytes: 2500,
}

const withGists: Rule = { mailboxes: [], from: [], limits: [{ what: gistKind, upToBytes: 300 }] }

/**
 * A deterministic world: some replicas in a star or a chain, people who do things everywhere, and lines, processes, disks and
 * clocks that fail. Everything follows from the script. Throws SimulationFailure.
 */
export async function simulate(script: Script): Promise<SimulationReport> {
  const world = await World.make(script)
  try {
    for (const action of script.actions) await world.act(action)
    await world.quiet()
    await world.cure()
    return await world.check()
  } catch (error) {
    if (error instanceof SimulationFailure) throw error
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    throw new SimulationFailure(what, world.log, world.sides)
  }
}

class World implements Witness {
  readonly log: string[] = []
  readonly fates = new Fates()
  readonly gists: boolean
  serial = 0
  private readonly uids = new UidHistory()
  private readonly rewriting = new Rewriting()
  private readonly backups = new Map<number, MemorySnapshot>()
  private readonly counts = {
    operations: 0,
    syncs: 0,
    cuts: 0,
    crashes: 0,
    faults: 0,
    losses: 0,
    ailments: 0,
    evicted: 0,
  }
  private readonly gone = new Map<number, Set<'database' | 'numbering'>>()
  private readonly post: Post
  /** Mailboxes from which anything may go. */
  private allow: readonly string[] = []
  /** Memory was lost: what was touched may come back, and copies may have been matched by digest. */
  private amnesia = false
  /** Who has a database of earlier. Two of them may agree with each other: nobody notices then that something was forgotten (docs/CONFLICTS.md, duplicate 15). */
  private readonly restored = new Set<number>()
  /** Mail in Sent that couldn't be seen when its side synced. */
  private readonly unseenInSent = new Set<string>()
  /** Sides by whose clock a device may have been away for so long that it was given up. */
  private readonly jumped = new Set<Side>()
  /** A full disk, or a mail store that falls silent and shows or reads only a part, has stopped somebody in the middle of a run. */
  private filled = false
  /** Sides whose mail store fell silent in a run, and that haven't been through another. */
  private readonly silenced = new Set<Side>()

  private constructor(
    private readonly script: Script,
    readonly sides: readonly Side[],
    private readonly links: readonly (MemoryLink | undefined)[],
  ) {
    this.post = new Post(sides, this.fates)
    this.gists = script.gists
  }

  static async make(script: Script): Promise<World> {
    const random = seededRandom(script.seed)
    const sides: Side[] = []
    const links: (MemoryLink | undefined)[] = []
    for (const [index, upstream] of script.topology.upstreams.entries()) {
      const name = upstream === undefined ? 'top' : `side${index}`
      const numbered = script.numbered.includes(index)
      const losing = seededRandom(script.seed ^ index)
      const losesCommits = (): number => losing.below(24)
      sides.push(
        await makeSide(name, {
          hasUpstream: upstream !== undefined,
          random,
          numbered,
          ...(script.behind.includes(index) && { losesCommits }),
        }),
      )
      const there = upstream === undefined ? undefined : sides[upstream]
      // What is new in a mail store is read in slices, of one message up to so many that most scripts never see a second one.
      const sliceMessages = 2 ** (script.seed % 5)
      const gists = script.gists ? { makeGist } : {}
      // For every second script each account is a large one, of which a new device hears a page first.
      const page = script.seed % 2 === 0 && { page: { from: 1, ofEach: 2, messages: 3, mailboxes: 2 } }
      const answering = { lookEveryMs: 20, pairing: name, sliceMessages, ...page }
      links.push(there && memoryLink(() => ({ ...there.account, ...gists }), answering))
    }
    const world = new World(script, sides, links)
    const [top] = sides
    for (let i = 0; i < 5; i++) if (top) deliver(top, ['INBOX'], random, world)
    return world
  }

  note(line: string): void {
    this.log.push(line)
  }

  async act(action: Action): Promise<void> {
    switch (action.kind) {
      case 'operate':
        this.counts.operations++
        await this.operate(action.side, action.roll)
        break
      case 'sync':
        await this.sync(action.side, action)
        break
      case 'evict':
        await this.evict(action)
        break
      case 'lose-note':
        await this.loseNote(action.side)
        break
      case 'sync-both':
        await Promise.all(action.sides.map((side) => this.sync(side, { thrifty: false, roll: action.roll })))
        break
      case 'clock':
        this.side(action.side).nowMs = action.nowMs
        this.jumped.add(this.side(action.side))
        this.note(`${this.side(action.side).name} believes it is ${action.nowMs}`)
        break
      case 'ail':
        this.counts.ailments++
        this.note(`${this.side(action.side).name}: ${ail(this.side(action.side), action.roll)}`)
        break
      case 'rewrite':
        this.rewriting.arm(this.side(action.side), action, this)
        break
      case 'cure':
        this.side(action.side).ailments.cure()
        this.note(`${this.side(action.side).name} is well again`)
        break
      case 'send':
        this.note(`${this.side(action.side).name} hands in ${this.post.handIn(action.side, action.roll)}`)
        break
      case 'hand-over':
        await this.post.send(action.roll)
        break
      default:
        await this.lose(action)
    }
    for (const side of this.sides) this.uids.look(side, (what) => this.fail(what))
  }

  /** Whoever deletes a mailbox takes the mail server's numbering of it along. */
  private async operate(index: number, roll: number): Promise<void> {
    const side = this.side(index)
    const before = [...side.mail.snapshot().keys()]
    operate(side, seededRandom(roll), this)
    const after = side.mail.snapshot()
    if (before.every((name) => after.has(name))) return
    this.forgetUids(index, 'rebuild')
    await this.uids.forgetUnscanned(side)
  }

  private async lose(
    action: Exclude<
      Action,
      {
        kind:
          | 'operate'
          | 'sync'
          | 'sync-both'
          | 'clock'
          | 'ail'
          | 'cure'
          | 'rewrite'
          | 'send'
          | 'hand-over'
          | 'evict'
          | 'lose-note'
      }
    >,
  ): Promise<void> {
    const side = this.side(action.side)
    const backup = this.backups.get(action.side)
    if (action.kind === 'back-up') {
      this.backups.set(action.side, side.backUp())
      return
    }
    if (action.kind === 'restore' && !backup) return
    this.note(`${side.name}: ${action.kind}`)
    this.counts.losses++
    this.forgetUids(action.side, action.kind)
    if (action.kind === 'rebuild') {
      side.mail.person.rebuild(
        seededRandom(action.roll)
          .pick([...side.mail.snapshot().keys()])
          .split('/'),
      )
      return
    }
    this.amnesia = true
    this.post.forget(action.side)
    if (action.kind === 'lose-database') await side.loseDatabase()
    if (action.kind === 'restore' && backup) {
      this.restored.add(action.side)
      await side.restore(backup)
    }
    if (action.kind === 'declare-lost') await this.declareLost(action.side)
  }

  private async evict({
    side: index,
    windows,
    roll,
    fault,
  }: Extract<Action, { kind: 'evict' }>): Promise<void> {
    const { mail, name } = this.side(index)
    const mailbox = seededRandom(roll).pick([...mail.snapshot().keys()])
    for (const { locator, flags } of mail.snapshot().get(mailbox) ?? [])
      if (!flags.includes('\\Seen'))
        mail.person.setFlags(mailbox.split('/'), locator, toFlags([...flags, '\\Seen']))
    this.note(`${name}: reads all of ${mailbox}`)
    await this.sync(index, { thrifty: false, windows, roll })
    const evict = { windows: [windows], afterMs: 0, unreadForMs: 0, byHand: true }
    await this.sync(index, { thrifty: roll % 2 === 0, windows, roll, evict, ...(fault && { fault }) })
  }

  /** Of a database from before there was any note nobody could tell any more what is deleted. */
  private async loseNote(index: number): Promise<void> {
    const side = this.side(index)
    const { db } = side.account.replica
    if (side.mail.note === undefined || !(await tables.evictionState.get(db))?.note) return
    this.backups.delete(index)
    side.mail.note = undefined
    this.amnesia = true
    this.counts.losses++
    this.note(`${side.name}: its note is gone`)
  }

  /** Its database and its mail server's numbering, both gone since it was last in step: nobody can know its UIDs any more. */
  private forgetUids(side: number, kind: string): void {
    if (kind === 'declare-lost') return
    const gone = this.gone.get(side) ?? new Set()
    this.gone.set(side, gone.add(kind === 'rebuild' ? 'numbering' : 'database'))
    if (gone.size > 1) this.uids.forget(this.side(side))
  }

  private async declareLost(side: number): Promise<void> {
    const there = this.upstreamOf(side)
    const { device: id } = await readReplicaRecord(this.side(side).account.replica.db)
    const { db } = there.account.replica
    if ((await listDevices(db)).some((device) => device.id === id))
      await db.transact((tx) => declareDeviceLost(tx, id))
  }

  /** Everybody syncs until nothing moves any more; once more, to see that it doesn't. */
  async quiet(): Promise<void> {
    for (const { ailments } of this.sides) ailments.beforeRead = undefined
    const initiators = this.links.flatMap((link, side) => (link ? [side] : []))
    let problems = ''
    let awaited = await allAwaited(this.sides)
    for (let round = 0, still = 0; still < 2; round++) {
      if (round > 20) this.fail('no quiet after twenty rounds')
      let moved = 0
      for (const side of initiators) moved += await this.sync(side, { thrifty: false, roll: 0 })
      moved += await this.post.sendAll()
      const before = problems
      problems = await allProblems(this.sides)
      // What was just found not to be what it was is looked at by the next sync.
      if (problems !== before) moved++
      const lacked = awaited
      awaited = await allAwaited(this.sides)
      // What came was of another state than what was here, and all of it is asked for anew.
      if (awaited !== lacked) moved++
      still = moved === 0 ? still + 1 : 0
      for (const side of this.sides) this.uids.look(side, (what) => this.fail(what))
    }
  }

  /**
   * What is ill has stopped nothing else, and is named. Then all is well again: whatever was held back in doubt may go, since all of it is in
   * sight now, and nobody has a problem any more.
   */
  async cure(): Promise<void> {
    if (this.counts.ailments === 0) return
    await this.checkNothingHidden()
    for (const { ailments } of this.sides) ailments.cure()
    this.note('all are well again')
    this.allow = ['*']
    await this.quiet()
    const left = await namedInProblems(this.sides, { cured: true })
    if (left.size > 0) this.fail(`problems that are over are still named: ${[...left].join(', ')}`)
  }

  /** Each message that is not everywhere lies in a mailbox of which some side says that it can't take part, wholly or in part. */
  private async checkNothingHidden(): Promise<void> {
    const named = await namedInProblems(this.sides)
    const trees = this.sides.map((side) => this.tree(side))
    const names = new Set(trees.flatMap((each) => [...each.keys()]))
    // A message that waits to be moved or copied there.
    const waiting = new Set(
      trees.flatMap((each) => [...named].flatMap((name) => (each.get(name) ?? []).map(serialOfLine))),
    )
    const believed = [...(await believedIn(this.sides, named))].map((digest) =>
      this.rewriting.versionless(digest.slice(0, 12)),
    )
    for (const line of trees.flatMap((each) => [...each.values()].flat()))
      if (believed.some((digest) => line.includes(digest))) waiting.add(serialOfLine(line))
    // A stand-in that a person removed where not all is in sight isn't said to be gone before all is (`keepStandIns`).
    if (named.size > 0)
      for (const serial of this.fates.all.keys()) if (this.mayBeGone(serial)) waiting.add(serial)
    const unknown = await hiddenUnseen(this.sides)
    for (const name of names) {
      // Nobody has seen it before it went out of sight.
      if (unknown.has(name)) continue
      const odd = trees.flatMap((each) => [
        ...without(trees[0]?.get(name), each.get(name)),
        ...without(each.get(name), trees[0]?.get(name)),
      ])
      const everywhere = trees.every((each) => each.has(name))
      // A mailbox that has several names by now goes by either.
      const isNamed = everywhere ? named.has(name) : named.size > 0
      const hidden = isNamed ? [] : odd.filter((line) => !waiting.has(serialOfLine(line)))
      if (hidden.length > 0)
        this.fail(
          `${name} differs in [${hidden.join('; ')}], and nobody says why: ${[...named].join(', ') || 'nothing'} is named`,
        )
    }
  }

  async check(): Promise<SimulationReport> {
    const [top] = this.sides
    if (!top) throw new Error('a world without sides')
    let orphans = 0
    for (const side of this.sides.slice(1)) orphans += this.compare(top, side)
    const lost = await lostUploads(this.sides)
    for (const serial of lost.values())
      if (!this.mayBeGone(serial)) this.fail(`${serial} can't be sent, and nobody removed it`)
    await this.uids.compare(this.sides, (what) => this.fail(what), lost)
    for (const side of this.sides) this.checkRemovals(side)
    this.post.check((what) => this.fail(what))
    for (const { name, mail } of this.sides)
      for (const { flags, locator } of [...mail.snapshot().values()].flat())
        if (flags.includes(fetchKeyword)) this.fail(`${locator} of ${name} still asks to be fetched`)
    const present = new Map<string, number>()
    // A device may bring back its stand-ins of what others have forgotten: another content.
    const standIns = new Map<string, number>()
    const rehoused = new Set<string>()
    const outsideSent = new Set<string>()
    for (const [name, messages] of top.mail.snapshot())
      for (const { bytes } of messages) {
        const serial = serialOf(bytes)
        present.set(serial, (present.get(serial) ?? 0) + 1)
        if (this.fates.wasRenamed(name)) rehoused.add(serial)
        if (!isSent({ path: name.split('/') })) outsideSent.add(serial)
        if (isStandIn(bytes)) standIns.set(serial, (standIns.get(serial) ?? 0) + 1)
      }
    // Whoever forgets, or stops before it has noted what it wrote, while not all of it is in sight can't know again what is out of sight (docs/CONFLICTS.md, duplicate 13).
    const blind = this.counts.ailments > 0 && (this.amnesia || this.counts.crashes > 0 || this.filled)
    let duplicates = 0
    for (const [serial, { made, removed, touched }] of this.fates.all) {
      const count = present.get(serial) ?? 0
      if (removed === 0 && count === 0 && !this.isPutAside(serial))
        this.fail(`${serial} is lost, and nobody removed it`)
      const merged = this.amnesia && made > 1
      if (made - removed > 0 && count === 0 && !merged && !this.mayMerge(made) && !this.isPutAside(serial))
        this.fail(`${serial} is lost: made ${made}, removed ${removed}`)
      const surplus = Math.max(0, count - made)
      // What nobody touched is known by its mailbox and digest, whoever has lost his memory.
      const explained = rehoused.has(serial) ? surplus : (standIns.get(serial) ?? 0)
      // Where the mail program's copy is no longer in Sent, or can't be seen there, the endpoint files one (docs/CONFLICTS.md, duplicate 14).
      const unfound = outsideSent.has(serial) || this.unseenInSent.has(serial)
      const filed = this.post.filed.has(serial) && unfound ? 1 : 0
      const unexplained = (this.amnesia ? surplus - explained : surplus) - filed
      const unnoticed = blind || this.restored.size > 1
      if (unexplained > 0 && !unnoticed && touched.size < (this.amnesia ? 1 : 2))
        this.fail(`${serial} is there ${count} times, made ${made} times, and nobody disagreed about it`)
      duplicates += surplus
    }
    for (const serial of present.keys())
      if (!this.fates.all.has(serial)) this.fail(`${serial} came out of nowhere`)
    const conflicts = await tables.conflict.count(top.account.replica.db)
    const { times: rewritten } = this.rewriting
    return { ...this.counts, conflicts, duplicates, orphans, mails: this.post.mails, rewritten }
  }

  /** What a sync removed without keeping it stands there still, was removed there by a person too, or made room for another draft. */
  private checkRemovals({ name, mail }: Side): void {
    const had = new Set<string>()
    const digestOfAny = (bytes: Uint8Array): string => this.rewriting.versionless(digestOf(bytes))
    for (const { bytes } of [...mail.snapshot().values()].flat()) had.add(digestOfAny(bytes))
    for (const bytes of mail.aside) had.add(digestOfAny(bytes))
    // What was evicted was at the endpoint when it went.
    for (const { by, bytes } of mail.removals) if (by !== 'port') had.add(digestOfAny(bytes))
    for (const { by, bytes, flags } of mail.removals) {
      if (by !== 'port' || had.has(digestOfAny(bytes)) || flags.includes('\\Draft') || isStandIn(bytes))
        continue
      this.fail(`${serialOf(bytes)} went from ${name} because another side said so, and isn't to be had back`)
    }
  }

  /**
   * A device told of the new bytes of a file, and forgot them before they had gone up (docs/CONFLICTS.md):
   * both versions can be restored.
   */
  private isPutAside(serial: string): boolean {
    if (!this.amnesia || !this.rewriting.serials.has(serial)) return false
    return this.sides.some(({ mail }) => mail.aside.some((bytes) => serialOf(bytes) === serial))
  }

  /** Copied on a client before its first sync had ended: two may have become one. */
  private mayMerge(made: number): boolean {
    return made > 1
  }

  /** Returns how many stand-ins are left of what was removed everywhere else. */
  private compare(top: Side, side: Side): number {
    let orphans = 0
    const [there, here] = [this.tree(top), this.tree(side)]
    for (const name of new Set([...there.keys(), ...here.keys()])) {
      const onlyThere = without(there.get(name), here.get(name))
      const orphaned = (line: string): boolean =>
        line.includes('STAND-IN') && this.mayBeGone(serialOfLine(line))
      const strangers = without(here.get(name), there.get(name))
      const onlyHere = strangers.filter((line) => !orphaned(line))
      orphans += strangers.length - onlyHere.length
      if (there.has(name) !== here.has(name) || onlyThere.length + onlyHere.length > 0)
        this.fail(
          `${name}: only top (${there.has(name)}) has [${onlyThere.join('; ')}], only ${side.name} (${here.has(name)}) has [${onlyHere.join('; ')}]`,
        )
    }
    return orphans
  }

  /** Somebody removed it, or wrote over the last bytes of one of its versions. */
  private mayBeGone(serial: string): boolean {
    return (this.fates.all.get(serial)?.removed ?? 0) > 0 || this.rewriting.serials.has(serial)
  }

  private tree(side: Side): Map<string, string[]> {
    const found = new Map<string, string[]>()
    for (const [name, messages] of side.mail.snapshot())
      found.set(
        name,
        messages
          .map(
            ({ bytes, flags }) =>
              `${serialOf(bytes)} ${this.rewriting.versionless(digestOf(bytes))} ${isStandIn(bytes) ? 'STAND-IN ' : ''}${flags.join(',')}`,
          )
          .sort(),
      )
    return found
  }

  private fail(what: string): never {
    throw new SimulationFailure(what, this.log, this.sides)
  }

  private side(index: number): Side {
    const side = this.sides[index]
    if (!side) throw new Error(`there is no side ${index}`)
    return side
  }

  private upstreamOf(index: number): Side {
    return this.side(this.script.topology.upstreams[index] ?? 0)
  }

  private async sync(
    index: number,
    how: Pick<SyncAction, 'thrifty' | 'only' | 'budget' | 'ruled' | 'windows' | 'fault' | 'roll'> & {
      readonly evict?: EvictionTerms
    },
  ): Promise<number> {
    const side = this.side(index)
    const upstream = this.upstreamOf(index)
    const link = this.links[index]
    if (!link) return 0
    this.counts.syncs++
    // What people have done is done: they are told of no more than that is on the disk.
    side.settle()
    this.arrange(how.fault, side, upstream, link, how.roll)
    const usual = how.thrifty ? thrifty : everything
    const rules = [
      ...(this.gists && how.thrifty ? [withGists] : []),
      ...(how.ruled ? rulesFor(how.roll) : []),
    ]
    const policy = { ...usual, rules, windows: how.windows ?? [] }
    const before = link.stats.up + link.stats.down
    const { budget } = how
    const showEveryMs = how.roll % 2 === 0 ? 0 : 1e9
    for (const serial of unseenInSent(side)) this.unseenInSent.add(serial)
    for (const end of [side, upstream]) {
      const { partial, passedOver, unreadable, unheard } = end.ailments
      const isSilent = this.silenced.has(end) || unheard > 0
      if (isSilent && partial.size + passedOver.size + unreadable.size > 0) this.filled = true
    }
    this.post.open()
    const spool = this.post.spool(index)
    try {
      const report = await sync(side.account, {
        link,
        policy,
        showEveryMs,
        allow: this.allow,
        ...(spool && { spool }),
        ...(how.evict && { evict: letGoBy(how.evict) }),
        ...(how.roll % 4 === 1 && { smallUploadBytes: 500 }),
        ...(how.only !== undefined && { only: [how.only] }),
        ...(budget !== undefined && {
          bytesLeft: () => budget - (link.stats.up + link.stats.down - before),
        }),
      })
      this.note(
        `${side.name} syncs${how.only ? ` ${how.only}` : ''}: listed ${report.listed}, changed ${report.changed}, found ${report.found}, sent ${report.sent}, written ${report.written}${report.evicted > 0 ? `, evicted ${report.evicted}` : ''}${report.paused ? ', paused' : ''}${report.healed ? `, healed ${report.healed}` : ''}`,
      )
      // What a run says is done, is.
      if (side.unsettled() > 0) this.fail(`${side.name} has synced, and a crash would take some of that`)
      this.release(side, upstream, link)
      for (const { name } of [side, upstream]) this.fates.unsettled.delete(name)
      this.silenced.delete(side)
      // What one has said to the other lasts, whatever crashes: law 15.
      const givenUp = report.healed === 'forgotten' && this.jumped.has(upstream)
      const merged = report.healed === 'cursor' && (await hasMergedMailboxes(upstream))
      if (report.healed && !givenUp && !merged && !this.amnesia)
        this.fail(`${side.name} heals ${report.healed}, and nobody lost a database`)
      // What can't be read waits to go up for as long as it ails, and what is held back until a person has decided: its bytes may be
      // gone. What can't be written is found undone again.
      const waits = report.problems > 0 || report.heldBack.length > 0
      const local = waits ? 0 : report.sent + report.found
      this.counts.evicted += report.evicted
      // The upstream's mail store fell silent: what it was to have is written by the next sync.
      const unwritten = report.trouble === undefined ? 0 : 1
      return report.listed + report.changed + local + report.written + unwritten
    } catch (error) {
      const code = error instanceof PacketboatError ? error.code : undefined
      const power = how.fault?.kind === 'power'
      if (isCrash(error)) this.counts.crashes++
      else if (code === 'LINK_FAILED') this.counts.cuts++
      else if (!hasCode(error, 'DISK_FULL') && !hasCode(error, 'MAILSTORE_AWAY')) throw error
      if (code === 'MAILSTORE_AWAY') this.silenced.add(side)
      if (code === 'DISK_FULL') this.filled = true
      this.note(`${side.name} syncs: ${(error as Error).message}`)
      this.release(side, upstream, link)
      for (const { name } of [side, upstream]) this.fates.unsettled.add(name)
      await side.restart({ power })
      await upstream.restart({ power })
      if (power) for (const end of [side, upstream]) this.uids.losePower(end)
      return 1
    }
  }

  private arrange(
    fault: Fault | undefined,
    side: Side,
    upstream: Side,
    link: MemoryLink,
    roll: number,
  ): void {
    if (!fault) return
    this.counts.faults++
    const end = 'end' in fault && fault.end === 'responder' ? upstream : side
    switch (fault.kind) {
      case 'cut-up':
        link.cutAfter({ up: fault.at })
        break
      case 'cut-down':
        link.cutAfter({ down: fault.at })
        break
      case 'crash':
      case 'power':
        end.crashAt(fault.step)
        break
      case 'full':
        end.fullFrom(fault.step)
        break
      case 'twice':
        link.deliverTwice()
        break
      case 'person':
        end.interfereAt(fault.step, () => operate(end, seededRandom(roll), this))
    }
  }

  private release(side: Side, upstream: Side, link: MemoryLink): void {
    link.cutAfter({})
    for (const end of [side, upstream]) {
      end.crashAt(undefined)
      end.fullFrom(undefined)
      end.interfereAt(undefined)
    }
  }
}

function isCrash(error: unknown): boolean {
  return (
    error instanceof Crash || (error instanceof Error && error.cause !== undefined && isCrash(error.cause))
  )
}

const serialOfLine = (line: string): string => line.split(' ')[0] ?? ''

function without(these: readonly string[] = [], others: readonly string[] = []): string[] {
  const left = [...others]
  return these.filter((item) => {
    const at = left.indexOf(item)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

/** Whether two mailboxes have become one here, as its upstream has it: devices that know either compare everything then. */
async function hasMergedMailboxes({ account }: Side): Promise<boolean> {
  const { db } = account.replica
  for await (const { key } of tables.renamed.list(db))
    if ((await getMailbox(db, key[0]))?.deleted) return true
  return false
}

/** The parts that each side lacks, to be compared with those that it lacked before. */
async function allAwaited(sides: readonly Side[]): Promise<string> {
  const all: string[] = []
  for (const { name, account } of sides)
    for await (const { key } of tables.wanted.list(account.replica.db)) all.push([name, ...key].join(' '))
  return all.join('\n')
}
