import type { RecipientOutcome, SubmitEnvelope } from '../../../src/replica/submission/submission.js'
import { listSubmissions } from '../../../src/replica/submission/submissions.js'
import type { Mailing } from '../../../src/sync/account.js'
import type { SendSettings } from '../../../src/sync/submission/send-settings.js'
import type { Submitter } from '../../../src/sync/submission/submitter.js'
import type { Side } from '../../world/side.js'

/** Of an endpoint that sends. */
export const mailing: Mailing = { terms: { identities: ['ann@example.org'] }, refuse: async () => undefined }

/** Of all mail to be sent that a side knows of, sorted. */
export async function statesOf({ account }: Side): Promise<string[]> {
  return (await listSubmissions(account.replica.db)).map(({ state }) => state).sort()
}

/** A mail server in memory, which remembers what it took over. */
export interface MemoryServer extends Submitter {
  readonly taken: { readonly envelope: SubmitEnvelope; readonly text: string; readonly certain: boolean }[]
  /** What it says to a recipient; accepts by default. */
  says: (recipient: string) => RecipientOutcome['outcome']
}

export function memoryServer(): MemoryServer {
  const server: MemoryServer = {
    taken: [],
    says: () => 'accepted',
    limits: async () => ({}),
    async submit(envelope, mail) {
      const chunks: Uint8Array[] = []
      for await (const chunk of mail.read()) chunks.push(chunk)
      const handed = envelope.recipients.map((recipient): RecipientOutcome => {
        const outcome = server.says(recipient)
        return { recipient, outcome, reply: `${outcome} here` }
      })
      const recipients = handed
        .filter(({ outcome }) => outcome === 'accepted' || outcome === 'uncertain')
        .map(({ recipient }) => recipient)
      if (recipients.length > 0)
        server.taken.push({
          envelope: { ...envelope, recipients },
          text: Buffer.concat(chunks).toString(),
          certain: handed.every(({ outcome }) => outcome !== 'uncertain'),
        })
      return handed
    },
  }
  return server
}

export function sendSettings(submitter: Submitter, more: Partial<SendSettings> = {}): SendSettings {
  return {
    submitter,
    identities: ['ann@example.org'],
    sent: 'auto',
    drafts: 'remove',
    uncertain: 'resend',
    nextTryMs: (tries) => (tries > 3 ? undefined : 60_000 * tries),
    host: 'mail.example.org',
    ...more,
  }
}
