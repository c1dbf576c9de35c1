import { PacketboatError } from '../errors/packetboat-error.js'
import type { Handed, Submitter } from '../sync/submission/submitter.js'
import { handOver } from './hand-over.js'
import { defaultPatience, type MailServer } from './mail-server.js'
import { handed, oneLine } from './reply.js'
import { openSession, type SessionOptions, type SmtpSession, wordsOf } from './smtp-session.js'

/** A server may count the messages of a connection: it gets another one after so many. */
const mostMessages = 100

/** An idle connection that carried everything it was given, and how much that was. */
interface Resting {
  readonly session: SmtpSession
  readonly messages: number
}

/** Hands mail over by SMTP (RFC 5321, 6409) or LMTP (RFC 2033), several messages over one connection where several are to go. */
export function openSmtpSubmitter(server: MailServer, options: Partial<SessionOptions> = {}): Submitter {
  const open = (signal: AbortSignal): Promise<SmtpSession> =>
    openSession(server, { patience: defaultPatience, ...options }, signal)
  let resting: Resting | undefined
  /** Over this session. Undefined where another one may fare better: this one was kept open, and the server wants no more over it. */
  const carry = async (
    { session, messages }: Resting,
    [envelope, mail, signal, more]: Parameters<Submitter['submit']>,
  ): Promise<Handed[] | undefined> => {
    const { handed, begun, clean } = await handOver(session, envelope, mail, signal)
    const mayRest = clean && more && !resting && messages + 1 < mostMessages
    if (mayRest) resting = { session, messages: messages + 1 }
    else if (clean) session.quit()
    const isStale = messages > 0 && !begun && !signal.aborted
    return isStale && handed.some(({ outcome }) => outcome === 'later') ? undefined : handed
  }
  return {
    async limits(signal) {
      try {
        const session = await open(signal)
        session.quit()
        return session.maxBytes > 0 ? { maxBytes: session.maxBytes } : {}
      } catch (cause) {
        signal.throwIfAborted()
        throw new PacketboatError(
          'SUBMIT_AWAY',
          `The mail server that sends (${nameOf(server)}) can't be reached: ${oneLine(wordsOf(cause))}`,
          'Mail waits until it can be. Check the [accounts.NAME.submit] settings: host, port, tls, user and password.',
          { cause },
        )
      }
    },
    async submit(...args) {
      const [envelope, , signal] = args
      const rested = resting
      resting = undefined
      const handedOver = rested && (await carry(rested, args))
      if (handedOver) return handedOver
      let session: SmtpSession
      try {
        session = await open(signal)
      } catch (error) {
        const words = signal.aborted ? 'It was interrupted before it went.' : wordsOf(error)
        return envelope.recipients.map((recipient) => handed(recipient, 'later', words))
      }
      return (await carry({ session, messages: 0 }, args)) ?? []
    },
    end() {
      resting?.session.quit()
      resting = undefined
    },
  }
}

function nameOf({ at }: MailServer): string {
  return 'socket' in at ? at.socket : `${at.host}:${at.port}`
}
