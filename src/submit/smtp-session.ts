import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import type { ConnectionOptions } from 'node:tls'
import SMTPConnection, { type SMTPEnvelope } from 'nodemailer/lib/smtp-connection'
import type { MailServer, Patience } from './mail-server.js'
import { logInWithToken, tokenMethod } from './oauth.js'
import { parseReply } from './reply.js'
import type { SentBody } from './sent-body.js'

/** A reply may have many lines, and no sense in more than this, bytes. */
const maxReplyBytes = 64 * 1024
/** A server that doesn't answer QUIT, ms. */
const quitMs = 5000

/** A server that says a little now and then is slow, and not only for us: it gets so much time in all, ms. */
function mostMs({ answerMs }: Patience, recipients = 0, bytes = 0): number {
  return 3 * answerMs + (recipients * answerMs) / 60 + bytes
}

/** What a test may say of a connection. */
export interface SessionOptions {
  readonly patience: Patience
  readonly tls?: ConnectionOptions
}

/** What nodemailer makes of the envelope that it is given: it writes into it what came of each recipient. */
export interface NotedEnvelope extends SMTPEnvelope {
  readonly rejectedErrors?: readonly SmtpError[]
  readonly mailError?: SmtpError
}

/** Errors of nodemailer: with the server's words, where it had any. */
export interface SmtpError extends Error {
  readonly response?: string
  readonly command?: string
  readonly recipient?: string
}

/** A reply to the message, whole or cut, and whether all of the message had gone by then. */
export interface BodyReply {
  readonly line: string
  readonly toWhole: boolean
}

/** One conversation with a server: connected, secured, logged in. It carries one message after the other. */
export interface SmtpSession {
  /** 0 where the server doesn't say (RFC 1870). */
  readonly maxBytes: number
  /** Addresses that aren't ASCII can go (RFC 6531). */
  readonly utf8: boolean
  /** The message is answered once for each recipient (LMTP). */
  readonly eachAnswered: boolean
  /** Replies that came since the body of the last message began to go, in their order. */
  readonly replies: readonly BodyReply[]
  /** Ends with the last reply, throws when the line breaks or the server refuses. */
  send(envelope: NotedEnvelope, body: SentBody, signal: AbortSignal): Promise<void>
  /** Says goodbye. */
  quit(): void
  /** Drops the line as it is: nothing that is waiting to go goes any more. */
  drop(): void
}

/** Connects and logs in. Throws an error whose message tells what happened, with the server's words. */
export async function openSession(
  server: MailServer,
  { patience, tls }: SessionOptions,
  signal: AbortSignal,
): Promise<SmtpSession> {
  const { at, login } = server
  const credentials = await login?.credentials(signal)
  signal.throwIfAborted()
  const [host, port] = 'host' in at ? [at.host, at.port] : ['localhost', 0]
  const replies: BodyReply[] = []
  let ehlo = ''
  let sending: SentBody | undefined
  const connection = new SMTPConnection({
    host,
    port,
    ...('socket' in at && { connection: connect(at.socket) }),
    lmtp: server.protocol === 'lmtp',
    secure: server.tls === 'tls',
    requireTLS: server.tls === 'starttls',
    ignoreTLS: server.tls === 'none',
    ...(tls && { tls }),
    connectionTimeout: patience.connectMs,
    greetingTimeout: patience.connectMs,
    dnsTimeout: patience.connectMs,
    socketTimeout: patience.answerMs,
    // What is in its buffers when we give up must not go all the same.
    socketCloseTimeout: 0,
    maxResponseSize: maxReplyBytes,
    transactionLog: true,
    logger: listener((line) => {
      if (sending?.begun) replies.push({ line, toWhole: sending.whole })
    }),
    customAuth: {
      [tokenMethod]: (context) =>
        logInWithToken(context, {
          user: login?.user ?? '',
          token: credentials && 'token' in credentials ? credentials.token : '',
          host,
          port,
          ehlo,
        }),
    },
  })
  const drop = (): void => connection.close()
  let breakOff: (reason: unknown) => void = () => undefined
  const broken = new Promise<never>((_, reject) => {
    connection.on('error', reject)
    connection.on('end', () => reject(new Error('The connection is closed.')))
    breakOff = reject
  })
  // Later than anybody waits for it.
  broken.catch(() => undefined)
  const step = <T>(longestMs: number, start: (done: (error?: Error | null) => void) => T): Promise<void> => {
    let timer: NodeJS.Timeout | undefined
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('The server took too long.')), longestMs)
    })
    const done = new Promise<void>((resolve, reject) => start((error) => (error ? reject(error) : resolve())))
    return Promise.race([broken, tooLong, done]).finally(() => clearTimeout(timer))
  }
  /** Drops the line as soon as the signal says so. */
  const until = async (stop: AbortSignal, work: () => Promise<void>): Promise<void> => {
    stop.throwIfAborted()
    const dropNow = (): void => {
      breakOff(stop.reason)
      drop()
    }
    stop.addEventListener('abort', dropNow)
    await work().finally(() => stop.removeEventListener('abort', dropNow))
  }
  const connectNow = async (): Promise<void> => {
    await step(mostMs(patience), (done) =>
      connection.connect((error) => {
        ehlo = connection.lastServerResponse || ''
        done(error)
      }),
    )
    if (login && credentials) {
      const { user } = login
      const how =
        'token' in credentials ? { method: tokenMethod, user } : { user, pass: credentials.password }
      await step(mostMs(patience), (done) => connection.login(how, done))
    }
  }
  try {
    await until(signal, connectNow)
  } catch (error) {
    drop()
    throw error
  }
  return {
    maxBytes: Number(/^250[ -]SIZE +(\d{1,15})\b/im.exec(ehlo)?.[1] ?? 0),
    utf8: /^250[ -]SMTPUTF8\b/im.test(ehlo),
    eachAnswered: server.protocol === 'lmtp',
    replies,
    async send(envelope, body, stop) {
      // What the server has said out of turn breaks the session, and is no answer to what it is asked next.
      await setImmediate()
      replies.length = 0
      sending = body
      body.over(() => connection._socket || undefined)
      const longestMs = mostMs(patience, [envelope.to].flat().length, body.mailBytes)
      await until(stop, () => step(longestMs, (done) => connection.send(envelope, body, done)))
    },
    quit() {
      connection.quit()
      setTimeout(drop, quitMs).unref()
    },
    drop,
  }
}

/** What went wrong: in the server's words, where it had any. */
export function wordsOf(error: unknown): string {
  const { response, message } = error as SmtpError
  return parseReply(response ?? message ?? String(error)).text
}

/** nodemailer tells what a server says by its log, which is the only place where each of several replies can be had. */
function listener(heard: (line: string) => void): Record<string, (...args: unknown[]) => void> {
  const nothing = (): void => undefined
  return {
    trace: nothing,
    info: nothing,
    warn: nothing,
    error: nothing,
    fatal: nothing,
    debug: (entry, line) => {
      if ((entry as { readonly tnx?: string }).tnx === 'server') heard(String(line))
    },
  }
}
