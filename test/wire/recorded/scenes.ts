import { fetchKeyword } from '../../../src/sync/adopt/fetch-keyword.js'
import type { SyncOptions } from '../../../src/sync/initiator/sync-options.js'
import { defaultPolicy } from '../../../src/sync/policy/policy.js'
import { seededRandom } from '../../world/random.js'
import type { Side } from '../../world/side.js'

/** What people do before each sync of a recorded session. It is the same to the byte each time: time and randomness are each side's own. */
export interface Step {
  readonly name: string
  readonly endpoint?: (person: Person) => void
  readonly client?: (person: Person) => void
  readonly options?: Partial<SyncOptions>
}

/** Somebody at one of the two mail stores. Messages go by their subjects. */
export class Person {
  private readonly mail: Side['mail']
  private readonly atMs: number

  constructor({ mail }: Side, atMs: number) {
    this.mail = mail
    this.atMs = atMs
  }

  private find(mailbox: string, subject: string) {
    const found = (this.mail.snapshot().get(mailbox) ?? []).find(({ bytes }) =>
      Buffer.from(bytes).toString('latin1').includes(`\nSubject: ${subject}\n`),
    )
    if (!found) throw new Error(`${mailbox} has no message ${subject}`)
    return found
  }

  deliver(mailbox: string, bytes: Uint8Array, flags: readonly string[] = []): void {
    this.mail.person.deliver([mailbox], bytes, flags, this.atMs)
  }

  flag(mailbox: string, subject: string, flags: readonly string[]): void {
    this.mail.person.setFlags([mailbox], this.find(mailbox, subject).locator, flags)
  }

  remove(mailbox: string, subject: string): void {
    this.mail.person.remove([mailbox], this.find(mailbox, subject).locator)
  }

  move(mailbox: string, subject: string, to: string): void {
    this.mail.person.move([mailbox], this.find(mailbox, subject).locator, [to])
  }

  copy(mailbox: string, subject: string, to: string): void {
    this.mail.person.copy([mailbox], this.find(mailbox, subject).locator, [to])
  }

  make(mailbox: string): void {
    this.mail.person.createMailbox([mailbox])
  }

  rename(mailbox: string, to: string): void {
    this.mail.person.renameMailbox([mailbox], [to])
  }

  drop(mailbox: string): void {
    this.mail.person.deleteMailbox([mailbox])
  }
}

const words = 'harbour tide wind noon rain west anchor chart lantern pilot'.split(' ')

function text(seed: number, count: number): string {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => random.pick(words)).join(' ')
}

function letter(subject: string, body: string, answers?: string): Uint8Array {
  const reply = answers === undefined ? '' : `In-Reply-To: <${answers}@example.org>\n`
  return Buffer.from(
    `From: Ann <ann@example.org>\nTo: Bo <bo@example.org>\nSubject: ${subject}\nMessage-ID: <${subject.replaceAll(' ', '.')}@example.org>\n${reply}Date: Mon, 02 Nov 2026 10:00:00 +0100\n\n${body}\n`,
  )
}

function withChart(subject: string, bytes: number): Uint8Array {
  const base64 = Buffer.from(seededRandom(bytes).bytes(bytes))
    .toString('base64')
    .match(/.{1,76}/g)
  return Buffer.from(
    `From: Ann <ann@example.org>\nTo: Bo <bo@example.org>\nSubject: ${subject}\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n${text(bytes, 30)}\n--b\nContent-Type: image/png; name="chart.png"\nContent-Transfer-Encoding: base64\n\n${base64?.join('\n')}\n--b--\n`,
  )
}

const policy = { ...defaultPolicy, smallBytes: 200, attachmentBytes: 1000 }

/** A session in which each kind of frame goes over the line but those that need a large account. */
const steps: readonly Step[] = [
  {
    name: 'first sync',
    endpoint: (person) => {
      person.make('Lists')
      person.make('Work')
      for (let i = 1; i <= 4; i++) person.deliver('INBOX', letter(`letter ${i}`, text(i, 40)))
      person.deliver('Lists', letter('digest', text(9, 120)), ['\\Seen'])
      person.deliver('Work', withChart('small chart', 700))
      person.deliver('Work', withChart('large chart', 1500), ['\\Flagged'])
    },
    client: (person) => {
      person.deliver('INBOX', letter('letter 1', text(1, 40)), ['\\Answered'])
      person.deliver('INBOX', letter('only mine', text(20, 30)))
    },
  },
  { name: 'nothing happened' },
  {
    name: 'changes on both sides',
    endpoint: (person) => {
      person.flag('INBOX', 'letter 2', ['\\Seen', 'later'])
      person.remove('INBOX', 'letter 3')
      person.copy('INBOX', 'letter 4', 'Work')
      person.deliver('INBOX', letter('answer from there', `> ${text(2, 40)}\nYes.`, 'letter.2'))
      person.make('New there')
    },
    client: (person) => {
      person.flag('INBOX', 'letter 4', ['\\Seen'])
      person.move('Lists', 'digest', 'INBOX')
      person.deliver('INBOX', letter('answer from here', `> ${text(4, 40)}\nNo.`, 'letter.4'))
      person.make('New here')
      person.rename('Work', 'Labour')
    },
  },
  {
    name: 'conflicts',
    endpoint: (person) => {
      person.flag('INBOX', 'letter 2', ['\\Flagged'])
      person.move('INBOX', 'letter 4', 'New there')
      person.rename('Labour', 'Toil')
      person.deliver('New here', letter('into what goes', text(30, 20)))
    },
    client: (person) => {
      person.remove('INBOX', 'letter 2')
      person.move('INBOX', 'letter 4', 'New there')
      person.rename('Labour', 'Trade')
      person.drop('New here')
    },
  },
  { name: 'what the conflicts came to' },
  {
    name: 'a deferred part is wanted',
    client: (person) => person.flag('Toil', 'large chart', [fetchKeyword]),
  },
  {
    name: 'another policy, and one mailbox only',
    endpoint: (person) => person.deliver('Toil', withChart('next chart', 1600)),
    options: { policy: { ...policy, attachmentBytes: 10_000 }, only: ['Toil'] },
  },
  {
    name: 'small uploads first',
    client: (person) => {
      person.deliver('INBOX', letter('short', text(40, 10)))
      person.deliver('Toil', withChart('my chart', 1200))
    },
    options: { smallUploadBytes: 300 },
  },
]

/** Codec 2 takes its time: of it the first ones are enough. */
export const stepsOf = (codec: CodecNumber): readonly Step[] => (codec === 2 ? steps.slice(0, 3) : steps)

export const stepPolicy = policy

export const codecs = [1, 2] as const
export type CodecNumber = (typeof codecs)[number]
