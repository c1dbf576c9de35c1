import { PacketboatError } from '../errors/packetboat-error.js'
import type { Submitter } from '../sync/submission/submitter.js'
import { handOver } from './hand-over.js'
import { defaultPatience, type MailServer } from './mail-server.js'
import { handed, oneLine } from './reply.js'
import { openSession, type SessionOptions, type SmtpSession, wordsOf } from './smtp-session.js'

/** Hands mail over by SMTP (RFC 5321, 6409) or LMTP (RFC 2033), each message over a connection of its own. */
export function openSmtpSubmitter(server: MailServer, options: Partial<SessionOptions> = {}): Submitter {
  const open = (signal: AbortSignal): Promise<SmtpSession> =>
    openSession(server, { patience: defaultPatience, ...options }, signal)
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
    async submit(envelope, mail, signal) {
      let session: SmtpSession
      try {
        session = await open(signal)
      } catch (error) {
        const words = signal.aborted ? 'It was interrupted before it went.' : wordsOf(error)
        return envelope.recipients.map((recipient) => handed(recipient, 'later', words))
      }
      return handOver(session, envelope, mail, signal)
    },
  }
}

function nameOf({ at }: MailServer): string {
  return 'socket' in at ? at.socket : `${at.host}:${at.port}`
}
