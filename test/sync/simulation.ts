import { createHash } from 'node:crypto'
import { PacketboatError } from '../../src/errors/packetboat-error.js'
import { toFlags } from '../../src/replica/flags.js'
import type { MailboxPath } from '../../src/replica/model.js'
import { sync } from '../../src/sync/exchange.js'
import { defaultPolicy, type Policy } from '../../src/sync/policy.js'
import { type MemoryLink, memoryLink } from './memory-link.js'
import { type Random, seededRandom } from './random.js'
import { Crash, makeSide, type Side } from './side.js'
import { oddMail } from './sim-mail.js'

/**
 * A deterministic world: one endpoint and some clients, people who do things everywhere, and lines, processes and
 * clocks that fail. Everything follows from the seed.
 */
export interface SimulationReport {
  readonly seed: number
  readonly operations: number
  readonly syncs: number
  readonly cuts: number
  readonly crashes: number
  /** Appearances of a mail beyond those that people made. */
  readonly duplicates: number
  /** Stand-ins for bytes that a person removed everywhere else. */
  readonly orphans: number
  /** What happened, in order: for the person who looks at a failure. */
  readonly log: readonly string[]
}

const everything: Policy = { ...defaultPolicy, textBytes: 1e9, smallBytes: 1e9, attachmentBytes: 1e9 }
const thrifty: Policy = { ...defaultPolicy, textBytes: 4000, smallBytes: 200, attachmentBytes: 800 }

/** What people did to a mail, by its digest: enough to say whether it may be missing, and how often it may be there. */
interface Fate {
  made: number
  removed: number
  /** Copied on a client before its first sync had ended: matched by digest with what upstream has, two may become one. */
  mayMerge: boolean
}

export async function simulate(
  seed: number,
  options: { readonly clients?: number; readonly steps?: number } = {},
): Promise<SimulationReport> {
  const world = await World.make(seed, options.clients ?? 2)
  for (let step = 0; step < (options.steps ?? 60); step++) await world.step()
  await world.quiet()
  await world.check()
  return world.report()
}

export class SimulationFailure extends Error {
  constructor(what: string, seed: number, log: readonly string[]) {
    super(`seed ${seed}: ${what}\n${log.slice(-80).join('\n')}`)
  }
}

class World {
  private readonly log: string[] = []
  private readonly fates = new Map<string, Fate>()
  /** Clients whose first sync has run to its end. */
  private readonly settled = new Set<string>()
  private serial = 0
  private operations = 0
  private syncs = 0
  private cuts = 0
  private crashes = 0
  private duplicates = 0
  private orphans = 0

  private constructor(
    private readonly seed: number,
    private readonly random: Random,
    private readonly endpoint: Side,
    private readonly clients: readonly { readonly side: Side; readonly link: MemoryLink }[],
  ) {}

  static async make(seed: number, count: number): Promise<World> {
    const random = seededRandom(seed)
    const endpoint = await makeSide('endpoint', { hasUpstream: false, random })
    const clients = []
    for (let i = 0; i < count; i++) {
      const side = await makeSide(`client${i}`, { hasUpstream: true, random })
      clients.push({ side, link: memoryLink(() => endpoint.account) })
    }
    const world = new World(seed, random, endpoint, clients)
    for (let i = 0; i < 5; i++) world.deliver(endpoint, ['INBOX'])
    return world
  }

  report(): SimulationReport {
    const { seed, operations, syncs, cuts, crashes, duplicates, orphans, log } = this
    return { seed, operations, syncs, cuts, crashes, duplicates, orphans, log }
  }

  async step(): Promise<void> {
    if (this.random.next() < 0.65) return this.operate()
    const client = this.random.pick(this.clients)
    const fault = this.random.next()
    if (fault < 0.3) client.link.cutAfter({ up: 1 + this.random.below(3000) })
    else if (fault < 0.6) client.link.cutAfter({ down: 1 + this.random.below(6000) })
    else if (fault < 0.7) client.side.crashAt(1 + this.random.below(40))
    else if (fault < 0.8) this.endpoint.crashAt(1 + this.random.below(40))
    if (this.random.next() < 0.1) this.tamperWithClock(this.random.pick([this.endpoint, client.side]))
    await this.sync(client, this.random.next() < 0.5 ? thrifty : everything)
  }

  /** Everybody syncs until nothing moves any more. */
  async quiet(): Promise<void> {
    for (const { link } of this.clients) link.cutAfter({})
    for (let round = 0; round < 12; round++) {
      let moved = 0
      for (const client of this.clients) moved += await this.sync(client, everything)
      if (moved === 0) return
    }
    this.fail('no quiet after twelve rounds')
  }

  async check(): Promise<void> {
    const there = tree(this.endpoint)
    for (const { side } of this.clients) {
      const here = tree(side)
      for (const name of new Set([...there.keys(), ...here.keys()])) {
        const onlyThere = without(there.get(name), here.get(name))
        // Its bytes were removed upstream by somebody between our copy of it and its being written there.
        const orphaned = (line: string): boolean =>
          line.includes('STAND-IN') && (this.fates.get(line.split(' ')[0] ?? '')?.removed ?? 0) > 0
        const strangers = without(here.get(name), there.get(name))
        const onlyHere = strangers.filter((line) => !orphaned(line))
        this.orphans += strangers.length - onlyHere.length
        if (there.has(name) !== here.has(name) || onlyThere.length + onlyHere.length > 0)
          this.fail(
            `${name}: only endpoint (${there.has(name)}) has [${onlyThere.join('; ')}], only ${side.name} has [${onlyHere.join('; ')}]`,
          )
      }
    }
    const present = new Map<string, number>()
    for (const messages of this.endpoint.mail.snapshot().values())
      for (const { bytes } of messages) present.set(digest(bytes), (present.get(digest(bytes)) ?? 0) + 1)
    for (const [name, { made, removed, mayMerge }] of this.fates) {
      const count = present.get(name) ?? 0
      if (removed === 0 && count === 0) this.fail(`${name} is lost, and nobody removed it`)
      if (made - removed > 0 && count === 0 && !mayMerge)
        this.fail(`${name} is lost: made ${made}, removed ${removed}`)
      this.duplicates += Math.max(0, count - made)
    }
    for (const name of present.keys()) if (!this.fates.has(name)) this.fail(`${name} came out of nowhere`)
  }

  private fail(what: string): never {
    throw new SimulationFailure(what, this.seed, this.log)
  }

  private note(line: string): void {
    this.log.push(line)
  }

  private async sync(
    client: { readonly side: Side; readonly link: MemoryLink },
    policy: Policy,
  ): Promise<number> {
    const { side, link } = client
    this.syncs++
    try {
      const report = await sync(side.account, { link, policy, showEveryMs: this.random.pick([0, 1e9]) })
      this.note(
        `${side.name} syncs: listed ${report.listed}, found ${report.found}, sent ${report.sent}, written ${report.written}`,
      )
      this.settled.add(side.name)
      link.cutAfter({})
      side.crashAt(undefined)
      this.endpoint.crashAt(undefined)
      return report.listed + report.changed + report.found + report.sent + report.written
    } catch (error) {
      const crashed = isCrash(error)
      if (!crashed && !(error instanceof PacketboatError && error.code === 'LINK_FAILED')) throw error
      if (crashed) this.crashes++
      else this.cuts++
      this.note(`${side.name} syncs: ${(error as Error).message}`)
      link.cutAfter({})
      await side.restart()
      await this.endpoint.restart()
      return 1
    }
  }

  private tamperWithClock(side: Side): void {
    side.nowMs = this.random.pick([0, 1_000_000_000_000, 4_000_000_000_000, side.nowMs - 3_600_000])
    this.note(`${side.name} believes it is ${side.nowMs}`)
  }

  private operate(): void {
    this.operations++
    const side = this.random.pick([this.endpoint, ...this.clients.map((client) => client.side)])
    const messages = [...side.mail.snapshot()].flatMap(([name, all]) =>
      all.map((message) => ({ path: name.split('/'), ...message })),
    )
    const paths: MailboxPath[] = [...side.mail.snapshot().keys()].map((name) => name.split('/'))
    const kind = this.random.next()
    const message = messages.length > 0 ? this.random.pick(messages) : undefined
    const to = this.random.pick(paths)
    if (kind < 0.3 || !message) this.deliver(side, to)
    else if (kind < 0.55) {
      const flag = this.random.pick(['\\Seen', '\\Flagged', '\\Answered', '\\Deleted', '$Work'])
      const has = message.flags.includes(flag)
      const flags = toFlags(has ? message.flags.filter((name) => name !== flag) : [...message.flags, flag])
      side.mail.person.setFlags(message.path, message.locator, flags)
      this.note(`${side.name}: ${has ? '-' : '+'}${flag} on ${message.locator} in ${message.path.join('/')}`)
    } else if (kind < 0.68) {
      side.mail.person.remove(message.path, message.locator)
      this.removed(message.bytes)
      this.note(`${side.name}: removes ${message.locator} from ${message.path.join('/')}`)
    } else if (kind < 0.82) {
      const name = side.mail.person.move(message.path, message.locator, to)
      this.note(
        `${side.name}: moves ${message.locator} from ${message.path.join('/')} to ${to.join('/')} as ${name}`,
      )
    } else if (kind < 0.88) {
      const name = side.mail.person.copy(message.path, message.locator, to)
      this.made(message.bytes, side !== this.endpoint && !this.settled.has(side.name))
      this.note(
        `${side.name}: copies ${message.locator} from ${message.path.join('/')} to ${to.join('/')} as ${name}`,
      )
    } else this.changeMailbox(side, paths)
  }

  private changeMailbox(side: Side, paths: readonly MailboxPath[]): void {
    const fresh: MailboxPath = [
      this.random.pick(['Alpha', 'Beta', 'Gamma']),
      ...(this.random.next() < 0.3 ? ['Sub'] : []),
    ]
    const free = !paths.some((path) => path.join('/') === fresh.join('/'))
    // A rename takes those below along: nothing may stand where they go.
    const roomBelow = !paths.some((path) => path[0] === fresh[0])
    const other = this.random.pick(paths)
    const kind = this.random.next()
    if (kind < 0.5 && free) {
      side.mail.person.createMailbox(fresh)
      this.note(`${side.name}: makes ${fresh.join('/')}`)
    } else if (kind < 0.75 && roomBelow && other.join('/') !== 'INBOX') {
      side.mail.person.renameMailbox(other, fresh)
      this.note(`${side.name}: renames ${other.join('/')} to ${fresh.join('/')}`)
    } else if (other.join('/') !== 'INBOX') {
      for (const { bytes } of side.mail.snapshot().get(other.join('/')) ?? []) this.removed(bytes)
      side.mail.person.deleteMailbox(other)
      this.note(`${side.name}: deletes ${other.join('/')}`)
    }
  }

  private deliver(side: Side, path: MailboxPath): void {
    const bytes = oddMail(this.random, ++this.serial)
    const name = side.mail.person.deliver(path, bytes, [], 1_600_000_000_000 + this.serial * 1000)
    this.made(bytes)
    this.note(`${side.name}: delivers ${name} (#${this.serial}) into ${path.join('/')}`)
  }

  private made(bytes: Uint8Array, mayMerge = false): void {
    if (isStandIn(bytes)) return
    const fate = this.fates.get(digest(bytes)) ?? { made: 0, removed: 0, mayMerge: false }
    this.fates.set(digest(bytes), { ...fate, made: fate.made + 1, mayMerge: fate.mayMerge || mayMerge })
  }

  private removed(bytes: Uint8Array): void {
    const name = isStandIn(bytes) ? standInOf(bytes) : digest(bytes)
    const fate = name === undefined ? undefined : this.fates.get(name)
    if (name !== undefined && fate) this.fates.set(name, { ...fate, removed: fate.removed + 1 })
  }
}

function isCrash(error: unknown): boolean {
  return (
    error instanceof Crash || (error instanceof Error && error.cause !== undefined && isCrash(error.cause))
  )
}

const latin = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes)

function isStandIn(bytes: Uint8Array): boolean {
  return /^X-Packetboat-Partial:/m.test(latin(bytes).split(/\r?\n\r?\n/)[0] ?? '')
}

/** The serial number stands in every subject. */
function standInOf(bytes: Uint8Array): string | undefined {
  return /^Subject: (\S+)/m.exec(latin(bytes))?.[1]
}

/** A mail is known by its serial: all of them differ, and a stand-in shows it too. */
function digest(bytes: Uint8Array): string {
  return standInOf(bytes) ?? createHash('sha256').update(bytes).digest('hex')
}

function tree(side: Side): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const [name, messages] of side.mail.snapshot())
    found.set(
      name,
      messages
        .map(
          ({ bytes, flags }) =>
            `${digest(bytes)} ${createHash('sha256').update(bytes).digest('hex').slice(0, 12)} ${isStandIn(bytes) ? 'STAND-IN ' : ''}${flags.join(',')}`,
        )
        .sort(),
    )
  return found
}

function without(these: readonly string[] = [], others: readonly string[] = []): string[] {
  const left = [...others]
  return these.filter((item) => {
    const at = left.indexOf(item)
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}
