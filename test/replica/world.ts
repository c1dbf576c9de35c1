import type { Change, Origin } from '../../src/replica/change.js'
import { getContent, putContent } from '../../src/replica/content/contents.js'
import {
  createMailbox,
  deleteMailbox,
  getMailbox,
  listMailboxes,
  renameMailbox,
} from '../../src/replica/mailboxes.js'
import type { Author } from '../../src/replica/merge/application.js'
import { applyJournal, finishJournal } from '../../src/replica/merge/apply.js'
import { recalledBy } from '../../src/replica/merge/claim.js'
import { PassedDrafts } from '../../src/replica/merge/passed-drafts.js'
import { PassedTwins } from '../../src/replica/merge/passed-twins.js'
import {
  addMessage,
  changeFlags,
  expungeMessage,
  getMessage,
  renumberMessage,
} from '../../src/replica/messages.js'
import { type Flags, type Guid, type MailboxPath, pathText } from '../../src/replica/model.js'
import type { Operation, OperationResult } from '../../src/replica/operation.js'
import type { MessageRecord } from '../../src/replica/records.js'
import { openReplica, type Replica, readReplicaRecord } from '../../src/replica/replica.js'
import { tables } from '../../src/replica/tables.js'
import { MemoryStore } from '../../src/store/memory-store.js'
import { openDatabase } from '../../src/store/open-database.js'
import { seededRandom } from '../world/random.js'

/** Things go by names of at most 16 letters, which are their GUIDs too. */
export const id = (name: string): Guid => Buffer.from(name.padEnd(16, '.')).toString('hex')

const nameOf = (guid: Guid): string => Buffer.from(guid, 'hex').toString('latin1').replace(/\.+$/, '')

export const digestOf = (content: string): string => Buffer.from(content.padEnd(32, '.')).toString('hex')

const somebody: Origin = { kind: 'mail-store' }
const other: Origin = { kind: 'device', device: 'other' }
const device: Origin = { kind: 'device', device: 'device' }
const origins = { somebody, other, device }
type Who = keyof typeof origins

export const internalDateMs = 1000

/** A replica on a store in memory, and what a device has seen of it. */
export class World {
  private readonly replica: Replica
  private readonly guids = new Set<Guid>()
  private seen = 0
  private met = true
  private refuses = false
  /** How often others had their turn while a journal was applied. */
  rests = 0

  private constructor(replica: Replica) {
    this.replica = replica
  }

  static async open({ hasUpstream = false } = {}): Promise<World> {
    const { bytes: randomBytes } = seededRandom(1)
    const db = openDatabase(new MemoryStore())
    const world = new World(await openReplica({ db, hasUpstream, now: () => 0, randomBytes }))
    await world.mailbox('inbox', ['INBOX'])
    return world
  }

  private change<T>(who: Who, act: (change: Change) => Promise<T>): Promise<T> {
    const { replica } = this
    return replica.db.transact((tx) => act({ tx, replica, origin: origins[who] }))
  }

  async mailbox(name: string, path: MailboxPath, who: Who = 'somebody'): Promise<void> {
    this.guids.add(id(name))
    await this.change(who, (change) => createMailbox(change, { guid: id(name), path }))
  }

  async rename(name: string, path: MailboxPath): Promise<void> {
    await this.change('somebody', async (change) => renameMailbox(change, await this.box(change, name), path))
  }

  async drop(name: string): Promise<void> {
    await this.change('somebody', async (change) => deleteMailbox(change, await this.box(change, name)))
  }

  private async box({ tx }: Change, name: string) {
    const mailbox = await getMailbox(tx, id(name))
    if (!mailbox) throw new Error(`no mailbox ${name}`)
    return mailbox
  }

  /** Its content has its name, unless it is said to be that of another. */
  async message(
    name: string,
    {
      mailbox = 'inbox',
      flags = [],
      by = 'somebody',
      content = name,
      whole = true,
      substitute = false,
      uid,
    }: MessageWish = {},
  ): Promise<void> {
    this.guids.add(id(name))
    await this.change(by, async (change) => {
      if (!(await getContent(change.tx, id(content))))
        putContent(change.tx, {
          id: id(content),
          sizeBytes: 10,
          digest: digestOf(content),
          held: [],
          whole,
          progress: 0,
          upstreamHas: false,
          ...(substitute && { substitute }),
        })
      const place = { guid: id(name), mailbox: id(mailbox), content: id(content), flags, internalDateMs }
      await addMessage(change, { ...place, hidden: !whole, ...(uid !== undefined && { uid }) })
    })
  }

  private async act(
    who: Who,
    name: string,
    act: (change: Change, message: MessageRecord) => Promise<unknown>,
  ) {
    await this.change(who, async (change) => {
      const message = await getMessage(change.tx, id(name))
      if (!message) throw new Error(`no message ${name}`)
      await act(change, message)
    })
  }

  async flag(name: string, add: Flags, remove: Flags = [], who: Who = 'somebody'): Promise<void> {
    await this.act(who, name, (change, message) => changeFlags(change, message, { add, remove }))
  }

  async expunge(name: string, movedTo?: string, who: Who = 'somebody'): Promise<void> {
    await this.act(who, name, (change, message) =>
      expungeMessage(change, message, {
        base: message.flags,
        ...(movedTo !== undefined && { movedTo: id(movedTo) }),
      }),
    )
  }

  async renumber(name: string, uid: number): Promise<void> {
    await this.act('somebody', name, (change, message) => renumberMessage(change, message, uid))
  }

  /** The device has seen all that there is by now. */
  async see(): Promise<void> {
    this.seen = (await readReplicaRecord(this.replica.db)).head
  }

  /** What the device called one of these it was told to call the other. */
  async callsIt(name: string, known: string): Promise<void> {
    this.guids.add(id(name))
    await this.change('device', async ({ tx }) => tables.alias.put(tx, 'device', id(name), id(known)))
  }

  /** The upstream has told since by which name it knows a message of this name. */
  async renamed(former: string, name: string): Promise<void> {
    await this.change('somebody', async ({ tx }) => tables.renamed.put(tx, id(former), id(name)))
  }

  /** The device has never met this replica. */
  strange(): void {
    this.met = false
  }

  /** What a journal takes away may not go. */
  guard(): void {
    this.refuses = true
  }

  /** The device's journal, from its first entry on. Returns what it is told of it. */
  async apply(operations: readonly Operation[]): Promise<string[]> {
    const { seen, met } = this
    const entries = operations.map((operation, i) => ({ number: i + 1, operation }))
    const author: Author = {
      device: 'device',
      recalls: await recalledBy(this.replica.db, entries, async () => {}),
      passed: new PassedTwins(),
      drafts: new PassedDrafts(),
      met,
      structure: seen,
      log: () => seen,
      knows: ({ origin, created }) => origin === 'device' || (created > 0 && created <= seen),
      rest: async () => void this.rests++,
      ...(this.refuses && { guardian: { mayGo: async () => false, noteKept: () => undefined } }),
    }
    await this.change('device', async (change) => {
      const record = await tables.device.get(change.tx, 'device')
      const fresh = { applied: 0, nonce: 0, tokens: [], acknowledged: 0 }
      await applyJournal(change, author, record ?? fresh, entries)
      await finishJournal(change, 'device')
    })
    const results: string[] = []
    for await (const { value } of tables.result.list(this.replica.db, ['device']))
      results.push(this.inWords(value))
    return results
  }

  private inWords(result: OperationResult): string {
    if (result.kind === 'same-as') return `${this.name(result.guid)} is ${this.name(result.known)}`
    if (result.kind === 'no-source') return `no source for ${this.name(result.guid)}`
    const { kind, mailbox, here, there, detail } = result.conflict
    const about = { in: mailbox, here, there }
    const words = Object.entries(about).flatMap(([what, guid]) =>
      guid === undefined ? [] : [`${what} ${this.name(guid)}`],
    )
    return [kind, ...words, ...(detail === undefined ? [] : [`(${detail})`])].join(' ')
  }

  /** One that was made meanwhile is "new". */
  private name(guid: Guid): string {
    return this.guids.has(guid) || /^[a-z ]+\.*$/.test(nameOf(guid)) ? nameOf(guid) : 'new'
  }

  /** All that there is, in lines: mailboxes with their live messages, then what is hidden, and tombstones. */
  async state(): Promise<string[]> {
    const { db } = this.replica
    const lines: string[] = []
    const mailboxes = await listMailboxes(db)
    const pathOf = new Map(mailboxes.map(({ guid, path }) => [guid, pathText(path)]))
    for (const { guid, path, subscribed } of mailboxes)
      lines.push(`${pathText(path)}/ ${this.name(guid)}${subscribed ? '' : ', not subscribed'}`)
    for await (const { value } of tables.message.list(db)) {
      const { guid, mailbox, flags, uid, hidden, expunged, movedTo } = value
      const name = this.name(guid)
      if (expunged)
        lines.push(`${name}: gone${movedTo === undefined ? '' : `, lives on as ${this.name(movedTo)}`}`)
      else
        lines.push(
          [
            `${pathOf.get(mailbox)}/${name}`,
            hidden ? `hidden${uid > 0 ? ` #${uid}` : ''}` : `#${uid}`,
            ...flags,
          ].join(' '),
        )
    }
    for await (const { value } of tables.submission.list(db))
      lines.push(`to send: ${this.name(value.guid)} ${value.state}`)
    // Content that is asked for though it is here.
    for await (const { key } of tables.arriving.list(db))
      if (!(await getMessage(db, key[1]))?.hidden) lines.push(`asked for: ${this.name(key[1])}`)
    for await (const { value } of tables.journal.list(db)) lines.push(`upstream: ${this.told(value)}`)
    return lines.sort()
  }

  private told(operation: Operation): string {
    const what =
      'message' in operation
        ? operation.message
        : 'submission' in operation
          ? operation.submission
          : operation.mailbox
    return `${operation.op} ${this.name(what)}${operation.op === 'uid-next' ? ` ${operation.uidNext}` : ''}`
  }
}

interface MessageWish {
  readonly mailbox?: string
  readonly flags?: Flags
  readonly by?: Who
  readonly content?: string
  readonly whole?: boolean
  /** A text in the place of a message that could not be read. */
  readonly substitute?: boolean
  readonly uid?: number
}
