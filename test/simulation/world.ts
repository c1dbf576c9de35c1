import { hasCode, PacketboatError } from '../../src/errors/packetboat-error.js'
import { declareDeviceLost, listDevices } from '../../src/replica/devices.js'
import { toFlags } from '../../src/replica/flags.js'
import { getMailbox } from '../../src/replica/mailboxes.js'
import { readReplicaRecord } from '../../src/replica/replica.js'
import { tables } from '../../src/replica/tables.js'
import type { MemorySnapshot } from '../../src/store/memory-store.js'
import type { EvictionTerms } from '../../src/sync/evict/choose-evictable.js'
import { letGoBy } from '../../src/sync/evict/letting-go.js'
import { sync } from '../../src/sync/initiator/sync.js'
import { type MemoryLink, memoryLink } from '../world/memory-link.js'
import { seededRandom } from '../world/random.js'
import { Crash, makeSide, type Side } from '../world/side.js'
import { ail, allProblems, namedInProblems, standInsUnseen, unseenInSent } from './ailing.js'
import { arrange, type Exchange, release } from './faults.js'
import { checkNothingHidden, judge } from './judge.js'
import { SimulationFailure, type SimulationReport } from './outcome.js'
import { Past } from './past.js'
import { deliver, operate, type Witness } from './person.js'
import { everything, rulesFor, thrifty, withGists } from './policies.js'
import { Post } from './post.js'
import type { Action, Fault, Script } from './script.js'
import { makeGist } from './sim-mail.js'

type SyncAction = Extract<Action, { kind: 'sync' }>

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
    return await judge(world)
  } catch (error) {
    if (error instanceof SimulationFailure) throw error
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error)
    throw new SimulationFailure(what, world.log, world.sides)
  }
}

class World implements Witness {
  readonly log: string[] = []
  readonly past = new Past()
  readonly fates = this.past.fates
  readonly gists: boolean
  serial = 0
  private readonly backups = new Map<number, MemorySnapshot>()
  private readonly gone = new Map<number, Set<'database' | 'numbering'>>()
  readonly post: Post
  /** Mailboxes from which anything may go. */
  private allow: readonly string[] = []
  /** Sides by whose clock a device may have been away for so long that it was given up. */
  private readonly jumped = new Set<Side>()
  /** Sides whose mail store fell silent in a run, and that haven't been through another. */
  private readonly silenced = new Set<Side>()

  private constructor(
    private readonly script: Script,
    readonly sides: readonly Side[],
    private readonly links: readonly (MemoryLink | undefined)[],
  ) {
    this.post = new Post(sides, this.fates, this.past.rewriting)
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
        this.past.counts.operations++
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
        this.past.counts.ailments++
        this.note(`${this.side(action.side).name}: ${ail(this.side(action.side), action.roll)}`)
        break
      case 'rewrite':
        this.past.rewriting.arm(this.side(action.side), action, this)
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
    for (const side of this.sides) this.past.uids.look(side, (what) => this.fail(what))
  }

  /** Whoever deletes a mailbox takes the mail server's numbering of it along. */
  private async operate(index: number, roll: number): Promise<void> {
    const side = this.side(index)
    const before = [...side.mail.snapshot().keys()]
    operate(side, seededRandom(roll), this)
    const after = side.mail.snapshot()
    if (before.every((name) => after.has(name))) return
    this.forgetUids(index, 'rebuild')
    await this.past.uids.forgetUnscanned(side)
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
    this.past.counts.losses++
    this.forgetUids(action.side, action.kind)
    if (action.kind === 'rebuild') {
      side.mail.person.rebuild(
        seededRandom(action.roll)
          .pick([...side.mail.snapshot().keys()])
          .split('/'),
      )
      return
    }
    this.past.amnesia = true
    if (action.kind !== 'declare-lost') this.past.uids.forgetGone(side)
    this.post.forget(action.side)
    if (action.kind === 'lose-database') await side.loseDatabase()
    if (action.kind === 'restore' && backup) {
      this.past.restored.add(action.side)
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
    this.past.amnesia = true
    this.past.counts.losses++
    this.note(`${side.name}: its note is gone`)
  }

  /** Its database and its mail server's numbering, both gone since it was last in step: nobody can know its UIDs any more. */
  private forgetUids(side: number, kind: string): void {
    if (kind === 'declare-lost') return
    const gone = this.gone.get(side) ?? new Set()
    this.gone.set(side, gone.add(kind === 'rebuild' ? 'numbering' : 'database'))
    if (gone.size > 1) this.past.uids.forget(this.side(side))
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
      for (const side of this.sides) this.past.uids.look(side, (what) => this.fail(what))
    }
  }

  /**
   * What is ill has stopped nothing else, and is named. Then all is well again: whatever was held back in doubt may go, since all of it is in
   * sight now, and nobody has a problem any more.
   */
  async cure(): Promise<void> {
    if (this.past.counts.ailments === 0) return
    await checkNothingHidden(this)
    for (const { ailments } of this.sides) ailments.cure()
    this.note('all are well again')
    this.allow = ['*']
    await this.quiet()
    const left = await namedInProblems(this.sides, { cured: true })
    if (left.size > 0) this.fail(`problems that are over are still named: ${[...left].join(', ')}`)
  }

  readonly fail = (what: string): never => {
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
    this.past.counts.syncs++
    // What people have done is done: they are told of no more than that is on the disk.
    side.settle()
    if (how.fault) this.arrange(how.fault, { side, upstream, link, roll: how.roll })
    const usual = how.thrifty ? thrifty : everything
    const rules = [
      ...(this.gists && how.thrifty ? [withGists] : []),
      ...(how.ruled ? rulesFor(how.roll) : []),
    ]
    const policy = { ...usual, rules, windows: how.windows ?? [] }
    const before = link.stats.up + link.stats.down
    const { budget } = how
    const showEveryMs = how.roll % 2 === 0 ? 0 : 1e9
    for (const serial of unseenInSent(side)) this.past.unseenInSent.add(serial)
    for (const serial of await standInsUnseen(side)) this.past.movedUnseen.add(serial)
    for (const end of [side, upstream]) {
      const { partial, passedOver, unreadable, unheard } = end.ailments
      const isSilent = this.silenced.has(end) || unheard > 0
      if (isSilent && partial.size + passedOver.size + unreadable.size > 0) this.past.filled = true
    }
    this.post.open()
    await this.post.noteRefusals()
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
      release({ side, upstream, link })
      for (const { name } of [side, upstream]) this.fates.unsettled.delete(name)
      this.silenced.delete(side)
      // What one has said to the other lasts, whatever crashes: law 15.
      const givenUp = report.healed === 'forgotten' && this.jumped.has(upstream)
      if (await hasMergedMailboxes(side)) this.past.merged.add(side.name)
      const merged = report.healed === 'cursor' && this.past.merged.has(upstream.name)
      if (report.healed && !givenUp && !merged && !this.past.amnesia)
        this.fail(`${side.name} heals ${report.healed}, and nobody lost a database`)
      // What can't be read waits to go up for as long as it ails, and what is held back until a person has decided: its bytes may be
      // gone. What can't be written is found undone again.
      const waits = report.problems > 0 || report.heldBack.length > 0
      const local = waits ? 0 : report.sent + report.found
      this.past.counts.evicted += report.evicted
      // The upstream's mail store fell silent: what it was to have is written by the next sync.
      const unwritten = report.trouble === undefined ? 0 : 1
      return report.listed + report.changed + local + report.written + unwritten
    } catch (error) {
      const code = error instanceof PacketboatError ? error.code : undefined
      const power = how.fault?.kind === 'power'
      if (isCrash(error)) this.past.counts.crashes++
      else if (code === 'LINK_FAILED') this.past.counts.cuts++
      else if (!hasCode(error, 'DISK_FULL') && !hasCode(error, 'MAILSTORE_AWAY')) throw error
      if (code === 'MAILSTORE_AWAY') this.silenced.add(side)
      if (code === 'DISK_FULL') this.past.filled = true
      this.note(`${side.name} syncs: ${(error as Error).message}`)
      release({ side, upstream, link })
      for (const { name } of [side, upstream]) this.fates.unsettled.add(name)
      await side.restart({ power })
      await upstream.restart({ power })
      if (power) for (const end of [side, upstream]) this.past.uids.losePower(end)
      return 1
    }
  }

  private arrange(fault: Fault, of: Exchange & { readonly roll: number }): void {
    this.past.counts.faults++
    arrange(fault, of, (side) => operate(side, seededRandom(of.roll), this))
  }
}

function isCrash(error: unknown): boolean {
  return (
    error instanceof Crash || (error instanceof Error && error.cause !== undefined && isCrash(error.cause))
  )
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
