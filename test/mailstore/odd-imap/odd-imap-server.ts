import { createServer, type Socket } from 'node:net'
import type { OddCommand } from './odd-imap-commands.js'
import { serveSession } from './odd-imap-session.js'

export interface OddMessage {
  readonly uid: number
  bytes: string
  flags: string[]
  /** As on the wire, with quotes; undefined if FETCH leaves it out. */
  date: string | undefined
  modseq: number
}

export class OddBox {
  uidNext = 1
  modseq = 1
  messages: OddMessage[] = []
  readonly vanished: { readonly uid: number; readonly modseq: number }[] = []

  constructor(public uidValidity: number) {}

  add(bytes: string, more: Partial<OddMessage> = {}): OddMessage {
    const message: OddMessage = {
      uid: this.uidNext++,
      bytes,
      flags: [],
      date: '"02-Nov-2026 10:00:00 +0000"',
      modseq: ++this.modseq,
      ...more,
    }
    this.messages.push(message)
    return message
  }

  remove(messages: readonly OddMessage[]): void {
    this.messages = this.messages.filter((each) => !messages.includes(each))
    this.modseq++
    for (const { uid } of messages) this.vanished.push({ uid, modseq: this.modseq })
  }
}

/**
 * What is odd. An answer is all that is said to a command, without its tag; `HANG-UP` ends the connection, `SILENCE` says nothing, and `DRIP`
 * something that is no answer, for ever.
 */
export interface Oddities {
  /** What it does with a connection instead of serving it. */
  connection?: (socket: Socket) => void
  command?: (command: OddCommand) => string | undefined
  /** Another text of a line that it says, of several lines perhaps; '' leaves it out. */
  line?: (line: string) => string | undefined
  /** Of one message in a FETCH: the answer to all of it, or PASS when this message is passed over. */
  fetch?: (message: OddMessage, items: readonly string[]) => string | undefined
  /** Another text of an item of FETCH; '' leaves it out. */
  item?: (name: string, message: OddMessage, text: string) => string | undefined
  /** What SEARCH names, instead of what fits. */
  search?: (text: string) => string | undefined
  /** Whether a mailbox isn't in LIST. */
  unlisted?: (name: string) => boolean
  /** Ranges are answered with the whole. */
  ignoresRanges?: boolean
  /** What becomes of a flag that is set. */
  flag?: (flag: string) => string
}

/**
 * A small IMAP server (RFC 3501, with what it is told to offer of UIDPLUS, MOVE, CONDSTORE and QRESYNC) that does what no server should. All text,
 * names and mail too, has one character for each byte.
 */
export class OddServer {
  readonly boxes = new Map<string, OddBox>()
  /** What was asked so far, without tags. */
  readonly asked: string[] = []
  odd: Oddities = {}
  /** Made so far. */
  connections = 0
  port = 0
  private readonly open = new Set<Socket>()
  private readonly listener = createServer({ noDelay: true }, (socket) => {
    this.connections++
    this.open.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => this.open.delete(socket))
    if (this.odd.connection) this.odd.connection(socket)
    else serveSession(this, socket)
  })

  private constructor(
    readonly extensions: string,
    readonly delimiter: string,
    readonly prefix: string,
  ) {
    this.make('INBOX')
  }

  static async start({
    extensions = 'UIDPLUS MOVE NAMESPACE',
    delimiter = '/',
    prefix = '',
  } = {}): Promise<OddServer> {
    const server = new OddServer(extensions, delimiter, prefix)
    await new Promise<void>((resolve) => server.listener.listen(0, '127.0.0.1', resolve))
    const address = server.listener.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    server.port = address.port
    return server
  }

  make(name: string): OddBox {
    const box = new OddBox(1000 + this.boxes.size)
    this.boxes.set(name, box)
    return box
  }

  box(name: string): OddBox | undefined {
    return this.boxes.get(name.toUpperCase() === 'INBOX' ? 'INBOX' : name)
  }

  add(name: string, bytes: string, more: Partial<OddMessage> = {}): OddMessage {
    return (this.box(name) ?? this.make(name)).add(bytes, more)
  }

  async close(): Promise<void> {
    for (const socket of this.open) socket.destroy()
    await new Promise((resolve) => this.listener.close(resolve))
  }
}
