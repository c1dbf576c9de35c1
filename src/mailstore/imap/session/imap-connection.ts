import { ImapFlow, type ImapFlowOptions } from 'imapflow'
import { PacketboatError } from '../../../errors/packetboat-error.js'
import type { Naming } from '../names/mailbox-names.js'
import { type Concern, connectionError, hangUpError, isRefusal } from './imap-errors.js'
import type { ImapServer } from './imap-server.js'
import { ImapSession } from './imap-session.js'
import { mendLine, type RawLine } from './mend-line.js'
import { endless, withinPatience } from './patient-client.js'

/** What a server may make us hold: hostile ones and broken ones alike. */
const limits = {
  /** Long SEARCH answers come in one line. */
  maxLineLength: 64 * 1024 * 1024,
  /** Bodies are asked for in ranges far smaller than this; some servers give the whole message, and of one above this nothing can be had. */
  maxLiteralSize: 64 * 1024 * 1024,
  maxResponseSize: 72 * 1024 * 1024,
} as const

/** A person waits on a line that costs: a server that doesn't answer for so long counts as away. */
const connectTimeoutMs = 20_000
/** After a failure the next connection waits, twice as long each time: many servers lock out who knocks too often. */
const firstPauseMs = 1000
const longestPauseMs = 300_000
/** A server that hangs up so often, with nothing done in between, isn't asked for single things before it has listed its mailboxes again. */
const mostLosses = 40

export interface RunOptions {
  /** Whether the work is begun anew, once, when the connection is lost during it: for work that may be done twice. Default: true. */
  readonly again?: boolean
  readonly signal?: AbortSignal | undefined
  /** What the work is about, where it is one thing: a server that hangs up at it, and lets us in again, is not away. */
  readonly about?: { readonly what: string; readonly concern: Concern }
}

/** One connection to a server, made when it is needed and again when it was lost. */
export class ImapConnection {
  private client: ImapFlow | undefined
  private session: ImapSession | undefined
  private last: Promise<unknown> = Promise.resolve()
  private failure:
    | { readonly error: PacketboatError; readonly untilMs: number; readonly pauseMs: number }
    | undefined
  private closed = false
  /** Connections that were lost one after the other, with nothing done in between. */
  private losses = 0
  private readonly past = { sent: 0, received: 0 }

  constructor(
    private readonly server: ImapServer,
    private readonly now: () => number,
    /** A server on which nothing has moved for so long is away. */
    private readonly silenceMs = 120_000,
    /** A server counts as away if it takes longer than this for a command, besides the time that the answer itself may take. */
    private readonly patienceMs = 600_000,
  ) {}

  /** Bytes that have crossed so far, as they are on the line: compressed or encrypted. */
  traffic(): { readonly sent: number; readonly received: number } {
    const { sent = 0, received = 0 } = this.client?.stats() ?? {}
    return { sent: this.past.sent + sent, received: this.past.received + received }
  }

  /**
   * Runs one job alone on the connection. Throws MAILSTORE_AWAY when there is no connection. If the server
   * hangs up at one item but can be reached again, throws what `hangUpError` makes of it.
   */
  async run<T>(work: (session: ImapSession) => Promise<T>, options: RunOptions = {}): Promise<T> {
    const mine = this.last.then(() => this.stoppable(work, options))
    this.last = mine.catch(() => undefined)
    return mine
  }

  /** When everything that was begun so far is over. */
  async free(): Promise<void> {
    await this.last
  }

  async close(): Promise<void> {
    this.closed = true
    await this.last
    if (this.client?.usable) await this.client.logout().catch(() => undefined)
    this.drop()
  }

  private async stoppable<T>(work: (session: ImapSession) => Promise<T>, options: RunOptions): Promise<T> {
    const { signal } = options
    signal?.throwIfAborted()
    const stop = (): void => this.client?.close()
    signal?.addEventListener('abort', stop, { once: true })
    try {
      return await this.attempt(work, options)
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  private async attempt<T>(work: (session: ImapSession) => Promise<T>, options: RunOptions): Promise<T> {
    const { again = true, signal, about } = options
    if (about && this.losses >= mostLosses) throw hangUpError(this.server, about.what, about.concern)
    const session = await this.connected(signal)
    try {
      const done = await work(session)
      this.losses = 0
      return done
    } catch (error) {
      signal?.throwIfAborted()
      if (error instanceof PacketboatError || (isRefusal(error) && session.usable)) {
        this.losses = 0
        throw session.refused(error, about?.what ?? 'a command', about?.concern ?? 'everything')
      }
      if (session.usable && !isLoss(error)) throw error
      this.drop()
      this.losses++
      // A caller that has waited that long in silence doesn't wait as long again.
      const silent = (error as { readonly code?: unknown }).code === 'ETIMEOUT'
      if (again && !silent) return await this.attempt(work, { ...options, again: false })
      if (!about) throw connectionError(this.server, error)
      await this.connected(signal)
      throw hangUpError(this.server, about.what, about.concern)
    }
  }

  private async connected(signal: AbortSignal | undefined): Promise<ImapSession> {
    if (this.session?.usable) return this.session
    this.drop()
    if (this.closed) throw connectionError(this.server, new Error('this account is being closed'))
    if (this.failure && this.now() < this.failure.untilMs) throw this.failure.error
    let lines = 0
    try {
      const client = new ImapFlow({
        ...(await optionsOf(this.server, signal)),
        socketTimeout: this.silenceMs,
      })
      // What went wrong is told by whatever was being done.
      client.on('error', () => undefined)
      tolerate(client, () => {
        // A fast server that pours would have all the time that its bytes take.
        if (!this.session && ++lines > mostLinesOfLogin) client.close()
      })
      this.client = client
      const naming = await withinPatience(client, this.patienceMs, () => logIn(client, this.server))
      this.session = new ImapSession(client, this.server, naming, this.patienceMs)
      this.failure = undefined
      return this.session
    } catch (cause) {
      this.drop()
      signal?.throwIfAborted()
      const error = connectionError(this.server, lines > mostLinesOfLogin ? endless(cause) : cause)
      const pauseMs = Math.min((this.failure?.pauseMs ?? firstPauseMs / 2) * 2, longestPauseMs)
      this.failure = { error, untilMs: this.now() + pauseMs, pauseMs }
      throw error
    }
  }

  private drop(): void {
    const { sent = 0, received = 0 } = this.client?.stats() ?? {}
    this.past.sent += sent
    this.past.received += received
    this.client?.close()
    this.client = undefined
    this.session = undefined
  }
}

async function logIn(client: ImapFlow, server: ImapServer): Promise<Naming> {
  await client.connect()
  await enable(client, server)
  const own = client.namespaces?.personal?.[0]
  return {
    prefix: own?.prefix ?? '',
    delimiter: own?.delimiter ?? (await delimiterOf(client)),
    foreign: foreignPrefixes(client),
  }
}

/** What a server says until somebody is logged in is a few lines; more than this has no end. */
const mostLinesOfLogin = 10_000

/** Mends lines that imapflow would drop, or take bytes from, before it reads them. */
function tolerate(client: ImapFlow, hear: () => void): void {
  const raw = client as unknown as { handleResponse(line: RawLine): Promise<boolean> }
  const handle = raw.handleResponse.bind(client)
  raw.handleResponse = (line) => {
    hear()
    return handle(mendLine(line))
  }
}

function isLoss(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return code === 'NoConnection' || code === 'EConnectionClosed' || code === 'ETIMEOUT'
}

async function optionsOf(server: ImapServer, signal: AbortSignal | undefined): Promise<ImapFlowOptions> {
  const { host, port, tls, user, without } = server
  const given = await server.credentials(signal)
  return {
    host,
    port,
    secure: tls === 'tls',
    ...(tls !== 'tls' && { doSTARTTLS: tls === 'starttls' }),
    auth: { user, ...('token' in given ? { accessToken: given.token } : { pass: given.password }) },
    clientInfo: { name: 'packetboat' },
    logger: false,
    disableAutoIdle: true,
    disableAutoEnable: true,
    disableIMAP4rev2: true,
    disableCompression: without.includes('COMPRESS=DEFLATE'),
    connectionTimeout: connectTimeoutMs,
    ...limits,
  }
}

/** CONDSTORE and QRESYNC are used by those who have said so (RFC 7162 3.2.3). */
async function enable(client: ImapFlow, { without }: ImapServer): Promise<void> {
  const { capabilities } = client
  const wanted = ['CONDSTORE', 'QRESYNC'].filter((name) => capabilities.has(name) && !without.includes(name))
  if (wanted.length === 0 || !capabilities.has('ENABLE')) return
  const raw = client as unknown as { exec(name: string, args: readonly object[]): Promise<{ next(): void }> }
  const answer = await raw.exec(
    'ENABLE',
    wanted.map((value) => ({ type: 'ATOM', value })),
  )
  answer.next()
}

/** The prefixes of other people's and shared mailboxes (RFC 2342), which aren't this person's mail. */
function foreignPrefixes({ namespaces }: ImapFlow): string[] {
  return [...(namespaces?.other || []), ...(namespaces?.shared || [])].map(({ prefix }) => prefix)
}

async function delimiterOf(client: ImapFlow): Promise<string | undefined> {
  return (await client.list({ listOnly: true })).find(({ delimiter }) => delimiter)?.delimiter
}
