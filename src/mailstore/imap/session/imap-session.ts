import type { ImapFlow } from 'imapflow'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import { type MailboxPath, pathText } from '../../../replica/model.js'
import { type Naming, serverName } from '../names/mailbox-names.js'
import { type Concern, isRefusal, refusalError } from './imap-errors.js'
import {
  codeOf,
  type ImapNode,
  type ImapResponse,
  itemsOf,
  nameOf,
  numberOf,
  objectId,
  textOf,
  textsOf,
} from './imap-response.js'
import type { ImapServer } from './imap-server.js'
import { withinPatience } from './patient-client.js'

/** An argument of a command: imapflow's compiler writes it. */
export type ImapArgument =
  | {
      readonly type: 'ATOM' | 'STRING' | 'SEQUENCE' | 'LITERAL'
      readonly value: string | Buffer
      readonly section?: readonly ImapArgument[]
      readonly partial?: readonly number[]
      readonly isLiteral8?: boolean
    }
  | readonly ImapArgument[]

export const atom = (value: string): ImapArgument => ({ type: 'ATOM', value })
export const quoted = (value: string): ImapArgument => ({ type: 'STRING', value })
/** A quoted string may hold no other characters (RFC 3501 9). */
export const isAscii = (text: string): boolean => /^[\x20-\x7e]*$/.test(text)
export const stringOf = (text: string, encoding: BufferEncoding): ImapArgument =>
  isAscii(text) ? quoted(text) : { type: 'LITERAL', value: Buffer.from(text, encoding) }
/** @param name one character for each byte. */
export const mailboxName = (name: string): ImapArgument => stringOf(name, 'latin1')
export const sequence = (value: string): ImapArgument => ({ type: 'SEQUENCE', value })
export const atoms = (...values: readonly string[]): ImapArgument => values.map(atom)

export type Untagged = Readonly<Record<string, (response: ImapResponse) => void>>

/** imapflow's way to send a command of one's own: its own commands hide refusals and drop what they don't know. */
interface RawClient {
  exec(
    command: string,
    attributes: readonly ImapArgument[],
    options: {
      readonly untagged: Readonly<Record<string, (response: ImapResponse) => Promise<void>>>
      readonly onPlusTag?: () => Promise<void>
    },
  ): Promise<{ readonly response: ImapResponse; next(): void }>
  write(line: string): void
}

/** The mailbox that is selected, as it stood then. */
export interface Selected {
  readonly path: MailboxPath
  readonly uidValidity: number
  /** 0 where the server doesn't say. */
  readonly uidNext: number
  readonly exists: number
  /** The highest mod-sequence, where the server keeps them for this mailbox (RFC 7162). */
  readonly modseq?: string
  /** MAILBOXID (RFC 8474). */
  readonly mailboxId?: string
  /** Flags that can be set; with `\*` any keyword can be. */
  readonly permanentFlags: readonly string[]
  readonly readOnly: boolean
}

/** One login. Commands are sent one after the other; whoever uses it has it alone. */
export class ImapSession {
  private selected: Selected | undefined

  constructor(
    private readonly client: ImapFlow,
    private readonly server: ImapServer,
    readonly naming: Naming,
    /** The longest that a command may take besides what its answer takes to come. */
    private readonly patienceMs: number,
  ) {}

  get usable(): boolean {
    return this.client.usable
  }

  /** Whether the server offers an extension that may be used. */
  offers(extension: string): boolean {
    const { capabilities } = this.client
    return !this.server.without.includes(extension) && capabilities.has(extension)
  }

  /** The server's name for itself (RFC 2971). */
  get software(): string | undefined {
    const { name, version } = this.client.serverInfo ?? {}
    return name ? [name, version].filter(Boolean).join(' ') : undefined
  }

  /** Whether the server is a Dovecot, which shows its GUIDs without saying so. */
  get isDovecot(): boolean {
    return (
      /dovecot/i.test(String(this.client.serverInfo?.name ?? '')) && !this.server.without.includes('X-GUID')
    )
  }

  /** Sends a command. Throws the server's refusal as imapflow does, and the PacketboatError of `untagged`: that ends the connection, as more would come. */
  async command(
    name: string,
    args: readonly ImapArgument[],
    untagged: Untagged = {},
    /** The server waits for more. */
    onContinuation?: () => void,
    patienceMs = this.patienceMs,
  ): Promise<ImapResponse> {
    let failure: PacketboatError | undefined
    const handlers = Object.entries(untagged).map(
      ([kind, take]) =>
        [
          kind,
          async (response: ImapResponse) => {
            if (failure !== undefined) return
            try {
              take(response)
            } catch (error) {
              if (!(error instanceof PacketboatError)) throw error
              failure = error
              this.client.close()
            }
          },
        ] as const,
    )
    const raw = this.client as unknown as RawClient
    const answer = await withinPatience(this.client, patienceMs, () =>
      raw.exec(name, args, {
        untagged: Object.fromEntries(handlers),
        ...(onContinuation && { onPlusTag: async () => onContinuation() }),
      }),
    ).catch((error: unknown) => {
      throw failure ?? error
    })
    answer.next()
    return answer.response
  }

  /** Waits until something changes that the server tells of, or for so long (RFC 2177). */
  async idle(forMs: number, told: () => void): Promise<void> {
    const raw = this.client as unknown as RawClient
    let [ready, over] = [false, false]
    const done = (): void => {
      if (ready && !over && this.usable) raw.write('DONE')
      over = true
    }
    const tell = (): void => {
      told()
      done()
    }
    const timer = setTimeout(done, forMs)
    try {
      const kinds = ['EXISTS', 'EXPUNGE', 'VANISHED', 'FETCH', 'STATUS', 'LIST'] as const
      const tells = Object.fromEntries(kinds.map((kind) => [kind, tell]))
      const begun = (): void => {
        ready = true
        if (over) raw.write('DONE')
      }
      await this.command('IDLE', [], tells, begun, forMs + this.patienceMs)
    } finally {
      clearTimeout(timer)
    }
  }

  nameOf(path: MailboxPath): ImapArgument {
    return mailboxName(serverName(path, this.naming))
  }

  /** Selects a mailbox; again when it is to be looked at afresh. Throws MAILBOX_MISSING, MAILBOX_UNREADABLE. */
  async select(path: MailboxPath, { fresh = false } = {}): Promise<Selected> {
    if (!fresh && this.selected && pathText(this.selected.path) === pathText(path)) return this.selected
    this.selected = undefined
    let exists = 0
    let flags: readonly string[] | undefined
    const codes = new Map<string, ImapNode | undefined>()
    const args: ImapArgument[] = [this.nameOf(path)]
    if (this.offers('CONDSTORE')) args.push(atoms('CONDSTORE'))
    let answer: ImapResponse
    try {
      answer = await this.command('SELECT', args, {
        OK: (response) => {
          const code = codeOf(response)
          if (code) codes.set(code.name, code.arguments[0])
        },
        EXISTS: ({ command }) => {
          exists = numberOf({ value: command }) ?? 0
        },
        FLAGS: ({ attributes }) => {
          flags = textsOf(attributes?.[0])
        },
      })
    } catch (error) {
      if (!isRefusal(error)) throw error
      const listed = await this.exists(path)
      throw listed ? this.refused(error, `opening ${pathText(path)}`, 'mailbox') : missing(path)
    }
    const modseq = textOf(codes.get('HIGHESTMODSEQ'))
    const permanent = codes.get('PERMANENTFLAGS')
    const mailboxId = objectId(codes.get('MAILBOXID'))
    this.selected = {
      path,
      uidValidity: numberOf(codes.get('UIDVALIDITY')) ?? 1,
      uidNext: numberOf(codes.get('UIDNEXT')) ?? 0,
      exists,
      ...(this.offers('CONDSTORE') && isModseq(modseq) && { modseq }),
      ...(this.offers('OBJECTID') && mailboxId !== undefined && { mailboxId }),
      permanentFlags: permanent === undefined ? [...(flags ?? []), '\\*'] : textsOf(permanent),
      readOnly: codeOf(answer)?.name === 'READ-ONLY',
    }
    return this.selected
  }

  /** Throws READ_ONLY; the next one asks the server anew. */
  mayChange({ readOnly, path }: Selected): void {
    if (!readOnly) return
    this.forgetSelected()
    throw new PacketboatError(
      'READ_ONLY',
      `The mailbox ${pathText(path)} on ${this.server.host} can only be read.`,
      'Correct the permissions there, or leave the mailbox out.',
    )
  }

  /** Before a command that must not find its mailbox selected, or after one that brought mail: it isn't there before the next look. */
  forgetSelected(): void {
    this.selected = undefined
  }

  /** Brings STATUS up to date: of a selected mailbox it may tell an older state, under a name that another one has by now (Dovecot does). */
  async catchUp(): Promise<void> {
    const closes = this.offers('UNSELECT')
    if (this.selected) await this.command(closes ? 'UNSELECT' : 'NOOP', [])
    if (closes) this.forgetSelected()
  }

  async exists(path: MailboxPath): Promise<boolean> {
    const wanted = serverName(path, this.naming)
    let found = false
    await this.command('LIST', [quoted(''), this.nameOf(path)], {
      LIST: ({ attributes = [] }) => {
        // LIST takes a percent sign and an asterisk for any signs at all.
        const isIt = !/[%*]/.test(wanted) || nameOf(attributes[2]) === wanted
        if (isIt && !textsOf(attributes[0]).some(isNoMailbox)) found = true
      },
    })
    return found
  }

  /** Fetches items of messages, each given as it comes. */
  async fetch(
    uids: string,
    items: readonly ImapArgument[],
    take: (uid: number, items: ReadonlyMap<string, ImapNode>) => void,
    options: {
      readonly modifiers?: readonly string[]
      readonly vanished?: (response: ImapResponse) => void
    } = {},
  ): Promise<void> {
    const { modifiers = [], vanished } = options
    const args = [sequence(uids), items, ...(modifiers.length > 0 ? [atoms(...modifiers)] : [])]
    await this.command('UID FETCH', args, {
      FETCH: ({ attributes }) => {
        const found = itemsOf(attributes?.[1])
        const uid = numberOf(found.get('UID'))
        // A change that the server tells beside the answer may come without a UID.
        if (uid !== undefined) take(uid, found)
      },
      ...(vanished && { VANISHED: vanished }),
    })
  }

  refused(error: unknown, what: string, concern?: Concern): unknown {
    return isRefusal(error) ? refusalError(this.server, error, what, concern) : error
  }
}

/** Flags of a name in LIST that holds no messages. */
export const isNoMailbox = (flag: string): boolean => /^\\(?:noselect|nonexistent)$/i.test(flag)

export function isModseq(text: string | undefined): text is string {
  return text !== undefined && /^[1-9]\d{0,18}$/.test(text)
}

export function missing(path: MailboxPath): PacketboatError {
  return new PacketboatError(
    'MAILBOX_MISSING',
    `There is no mailbox ${pathText(path)} on the IMAP server.`,
    'Sync again.',
  )
}
