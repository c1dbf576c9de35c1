import { decodeEnvelope } from '../../src/mime/headers/envelope-codec.js'
import { getContent } from '../../src/replica/content/contents.js'
import { listSubmissions } from '../../src/replica/submission/submissions.js'
import type { Mailing } from '../../src/sync/account.js'
import { sendDue } from '../../src/sync/submission/send-due.js'
import { forward } from '../sync/submission/forwarded.js'
import { type MemoryServer, memoryServer, sendSettings } from '../sync/submission/sending.js'
import { type MemorySpool, memorySpool } from '../world/memory-spool.js'
import { seededRandom } from '../world/random.js'
import { latin } from '../world/shown.js'
import { Crash, type Side } from '../world/side.js'
import { type Fates, isStandIn, serialOf } from './fates.js'
import type { Rewriting } from './rewriting.js'

const mailing: Mailing = { terms: { identities: ['ann@example.org'] }, refuse: async () => undefined }
const encoder = new TextEncoder()

/** Mail that people hand in to be sent, and a server that takes it over, or says nothing, or goes away. */
export class Post {
  private readonly spools: readonly MemorySpool[]
  private readonly server: MemoryServer = memoryServer()
  /** Of each mail by its serial: how often it may arrive beyond once. */
  private readonly handedIn = new Map<string, number>()
  private readonly asked = new Set<string>()
  /** Of each mail by its serial: its author, and who has lost its memory since. */
  private readonly forgotten = new Map<string, { readonly author: number; readonly by: Set<number> }>()
  /** Somebody forgot what had been sent. */
  private forgot = false
  /** Of mail that forwards what its author hasn't got, by its serial: what its recipients must get, with one of the states of a file that was rewritten. */
  private readonly forwards = new Map<string, readonly string[]>()
  /** Mail that somebody has shown a text of, since it couldn't be read: behind a relay, a stand-in may be one of that text. */
  private readonly unread = new Set<string>()
  private readonly refused = new Set<string>()
  /** Mail of which a mail program has put a copy into Sent. */
  readonly filed = new Set<string>()

  constructor(
    private readonly sides: readonly Side[],
    private readonly fates: Fates,
    private readonly rewriting: Rewriting,
  ) {
    this.spools = sides.map((side) => memorySpool({ owner: side.name }))
  }

  spool(index: number): MemorySpool | undefined {
    return this.mails > 0 ? this.spools[index] : undefined
  }

  get mails(): number {
    return this.handedIn.size
  }

  handIn(index: number, roll: number): string {
    const serial = `sent-${this.handedIn.size + 1}`
    const header = `From: ann@example.org\r\nTo: bob@example.org\r\nSubject: ${serial}\r\nMessage-ID: <${serial}@example.org>\r\n`
    const plain = `${header}\r\n${'Hello. '.repeat(roll % 300)}\r\n`
    const carried = roll % 3 === 0 ? this.standInOf(index, roll) : undefined
    const text = carried ? forward(carried.standIn, 'mixed', header) : plain
    this.spools[index]?.put(text, { urgent: roll % 5 === 0 })
    this.handedIn.set(serial, 0)
    this.forgotten.set(serial, { author: index, by: new Set() })
    // It is filed as sent.
    this.fates.made(textOf(serial))
    if (carried)
      this.forwards.set(
        serial,
        carried.wholes.map((whole) => forward(whole, 'mixed', header)),
      )
    else if (roll % 7 === 1) this.draft(index, serial, plain)
    else if (roll % 7 > 4) this.file(index, serial, plain)
    else if (roll % 7 === 2) this.draft(index, `late-${serial}`, plain.replace(serial, `late-${serial}`))
    return carried ? `${serial}, which forwards ${serialOf(encoder.encode(carried.standIn))}` : serial
  }

  /** Some message that isn't all here, and all of it as others have it. A text about mail that nobody could read goes as the text that it is. */
  private standInOf(
    index: number,
    roll: number,
  ): { readonly standIn: string; readonly wholes: readonly string[] } | undefined {
    const mailOf = (side: Side | undefined) => [...(side?.mail.snapshot().values() ?? [])].flat()
    const standIns = mailOf(this.sides[index]).filter(({ bytes }) => isStandIn(bytes) && !isText(bytes))
    const { bytes } = standIns[roll % standIns.length] ?? {}
    const wholes = this.sides
      .flatMap(mailOf)
      .filter((other) => bytes && !isStandIn(other.bytes) && serialOf(other.bytes) === serialOf(bytes))
      .map((whole) => latin(whole.bytes))
    // The endpoint may have an earlier state of the file, and not have written that to its mail store yet.
    if (bytes && wholes.length > 0) wholes.push(...(this.rewriting.serials.get(serialOf(bytes)) ?? []))
    return bytes && wholes.length > 0 ? { standIn: latin(bytes), wholes } : undefined
  }

  /** The copy that the mail program puts into Sent, beside the one that is filed where the mail has gone, or in its place. */
  private file(index: number, serial: string, text: string): void {
    const side = this.sides[index]
    if (!side) return
    this.filed.add(serial)
    const { person } = side.mail
    if (!side.mail.snapshot().has('Sent')) person.createMailbox(['Sent'])
    person.deliver(['Sent'], encoder.encode(text), ['\\Seen'])
  }

  /** The draft of a mail, which leaves Drafts when it has gone; or one that was changed after it had been handed in, and stays. */
  private draft(index: number, serial: string, text: string): void {
    const side = this.sides[index]
    if (!side) return
    const { person } = side.mail
    if (!side.mail.snapshot().has('Drafts')) person.createMailbox(['Drafts'])
    person.deliver(['Drafts'], encoder.encode(text), ['\\Draft'])
    this.fates.made(encoder.encode(text))
    if (this.handedIn.has(serial)) this.fates.removed(encoder.encode(text), 'top')
  }

  forget(index: number): void {
    this.forgot ||= index === 0
    for (const { by } of this.forgotten.values()) by.add(index)
  }

  /** Where it is sent from, whatever process is at it. */
  open(): void {
    const [top] = this.sides
    if (this.mails > 0 && top && !top.account.mailing) top.account = { ...top.account, mailing }
    for (const { bytes } of this.sides.flatMap((side) => [...side.mail.snapshot().values()].flat()))
      if (isText(bytes)) this.unread.add(serialOf(bytes))
  }

  /** One look at what is due there, with a server that behaves as the roll says, or well. */
  async send(roll: number | undefined): Promise<void> {
    const [top] = this.sides
    if (!top || this.mails === 0) return
    this.open()
    const random = seededRandom(roll ?? 0)
    this.server.says = () => {
      if (roll === undefined) return 'accepted'
      return random.pick(['accepted', 'accepted', 'later', 'uncertain'] as const)
    }
    const before = this.server.taken.length
    if (roll !== undefined && roll % 4 === 0) top.crashAt(1 + random.below(12))
    try {
      // Nothing is given up: what is returned to its author isn't filed as sent.
      const settings = sendSettings(this.server, { nextTryMs: (tries) => 60_000 * tries })
      await sendDue(top.account, settings, new AbortController().signal)
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      // Nobody has noted what came of it.
      for (const { text } of this.server.taken.slice(before)) this.mayComeAgain(text)
      await top.restart()
    } finally {
      top.crashAt(undefined)
    }
    await this.noteRefusals()
  }

  /** Before it is forgotten: by a clock that is far ahead, at once. */
  async noteRefusals(): Promise<void> {
    if (this.mails > 0) for (const side of this.sides) await this.noteRefused(side)
  }

  /** What is forwarded may be gone. Its author gets a report then, unless the endpoint stopped before it had written one. */
  private async noteRefused({ name, account: { replica } }: Side): Promise<void> {
    for (const { state, content } of await listSubmissions(replica.db)) {
      const { envelope } = (await getContent(replica.db, content)) ?? {}
      const { subject = '' } = envelope ? decodeEnvelope(envelope) : {}
      if (state !== 'refused' || !this.forwards.has(subject) || this.refused.has(subject)) continue
      this.refused.add(subject)
      this.fates.removed(textOf(subject), name)
      const report = textOf('Not delivered')
      this.fates.made(report)
      this.fates.removed(report, name)
    }
  }

  /** In the end the server is well, and time passes. Returns how many mails have gone. */
  async sendAll(): Promise<number> {
    const [top] = this.sides
    if (!top || this.mails === 0) return 0
    const before = this.server.taken.length
    for (let tries = 0; tries < 2; tries++) {
      top.nowMs += 3_600_000
      await this.send(undefined)
    }
    await this.noteAsked(top)
    return this.server.taken.length - before
  }

  /** What nobody knows of after a second try: a person is asked. By itself it goes nowhere, and isn't filed as sent. */
  private async noteAsked(top: Side): Promise<void> {
    for (const { state, nextMs, content } of await listSubmissions(top.account.replica.db)) {
      const { envelope } = (await getContent(top.account.replica.db, content)) ?? {}
      if (state !== 'uncertain' || nextMs !== undefined || !envelope) continue
      const { subject = '' } = decodeEnvelope(envelope)
      if (!this.asked.has(subject)) this.fates.removed(textOf(subject), top.name)
      this.asked.add(subject)
    }
  }

  /** Its author had heard that it was ashore, and then it and another one that had it lost what they knew. */
  private isLostToAll(serial: string): boolean {
    const { author, by } = this.forgotten.get(serial) ?? { author: -1, by: new Set() }
    return by.has(author) && by.size > 1
  }

  private mayComeAgain(text: string): void {
    const serial = serialOf(encoder.encode(text))
    this.handedIn.set(serial, (this.handedIn.get(serial) ?? 0) + 1)
  }

  /** Everything has gone, and nothing more often than somebody could not know better. */
  check(fail: (what: string) => never): void {
    const arrived = new Map<string, number>()
    for (const { text, certain } of this.server.taken) {
      if (!certain) this.mayComeAgain(text)
      const serial = serialOf(encoder.encode(text))
      const wanted = this.forwards.get(serial)
      const isOfText =
        text.includes('X-Packetboat-Unreadable:') &&
        [...this.unread].some((of) => text.includes(`Subject: ${of} `))
      if (wanted?.includes(text) === false && !isOfText) fail(`${serial} was sent with other bytes: ${text}`)
      arrived.set(serial, (arrived.get(serial) ?? 0) + 1)
    }
    for (const [serial, again] of this.handedIn) {
      const times = arrived.get(serial) ?? 0
      const isLost = this.isLostToAll(serial)
      // Nor is it filed as sent.
      if (isLost) this.fates.removed(textOf(serial), 'nobody')
      if (times === 0 && !isLost && !this.asked.has(serial) && !this.refused.has(serial))
        fail(`${serial} was handed in, and never sent`)
      if (times > 1 + again && !this.forgot)
        fail(`${serial} was sent ${times} times, and should have been sent ${1 + again} times at the most`)
    }
  }
}

/** What stands for a message that nobody could read. */
const isText = (bytes: Uint8Array): boolean => latin(bytes).startsWith('X-Packetboat-Unreadable:')

const textOf = (subject: string): Uint8Array => encoder.encode(`Subject: ${subject}\r\n`)
