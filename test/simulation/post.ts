import { decodeEnvelope } from '../../src/mime/headers/envelope-codec.js'
import { getContent } from '../../src/replica/contents.js'
import { listSubmissions } from '../../src/replica/submission/submissions.js'
import type { Mailing } from '../../src/sync/account.js'
import { sendDue } from '../../src/sync/submission/send-due.js'
import {
  type MemoryServer,
  type MemorySpool,
  memoryServer,
  memorySpool,
  sendSettings,
} from '../sync/submission/sending.js'
import { seededRandom } from '../world/random.js'
import { Crash, type Side } from '../world/side.js'
import { type Fates, serialOf } from './fates.js'

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

  constructor(
    private readonly sides: readonly Side[],
    private readonly fates: Fates,
  ) {
    this.spools = sides.map((side) => memorySpool(side.name))
  }

  spool(index: number): MemorySpool | undefined {
    return this.mails > 0 ? this.spools[index] : undefined
  }

  get mails(): number {
    return this.handedIn.size
  }

  handIn(index: number, roll: number): string {
    const serial = `sent-${this.handedIn.size + 1}`
    const text = `From: ann@example.org\r\nTo: bob@example.org\r\nSubject: ${serial}\r\nMessage-ID: <${serial}@example.org>\r\n\r\n${'Hello. '.repeat(roll % 300)}\r\n`
    this.spools[index]?.put(text, { urgent: roll % 5 === 0 })
    this.handedIn.set(serial, 0)
    this.forgotten.set(serial, { author: index, by: new Set() })
    // It is filed as sent.
    this.fates.made(encoder.encode(text))
    return serial
  }

  forget(index: number): void {
    this.forgot ||= index === 0
    for (const { by } of this.forgotten.values()) by.add(index)
  }

  /** Where it is sent from, whatever process is at it. */
  open(): void {
    const [top] = this.sides
    if (this.mails > 0 && top && !top.account.mailing) top.account = { ...top.account, mailing }
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
      const settings = sendSettings(this.server, { sent: 'always', nextTryMs: (tries) => 60_000 * tries })
      await sendDue(top.account, settings, new AbortController().signal)
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      // Nobody has noted what came of it.
      for (const { text } of this.server.taken.slice(before)) this.mayComeAgain(text)
      await top.restart()
    } finally {
      top.crashAt(undefined)
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
      arrived.set(serial, (arrived.get(serial) ?? 0) + 1)
    }
    for (const [serial, again] of this.handedIn) {
      const times = arrived.get(serial) ?? 0
      const isLost = this.isLostToAll(serial)
      // Nor is it filed as sent.
      if (isLost) this.fates.removed(textOf(serial), 'nobody')
      if (times === 0 && !isLost && !this.asked.has(serial)) fail(`${serial} was handed in, and never sent`)
      if (times > 1 + again && !this.forgot)
        fail(`${serial} was sent ${times} times, and should have been sent ${1 + again} times at the most`)
    }
  }
}

const textOf = (subject: string): Uint8Array => encoder.encode(`Subject: ${subject}\r\n`)
