import type { Outcome, RecipientOutcome, SubmitEnvelope } from '../replica/submission/submission.js'
import type { Handed, SubmitMail } from '../sync/submission/submitter.js'
import { handed, outcomeOf, parseReply, type Reply } from './reply.js'
import { SentBody } from './sent-body.js'
import { asItGoes, dsnOf } from './smtp-envelope.js'
import { type NotedEnvelope, type SmtpError, type SmtpSession, wordsOf } from './smtp-session.js'

export interface HandedOver {
  /** What became of each recipient, in the order of the envelope. */
  readonly handed: Handed[]
  /** The server has asked for the message. */
  readonly begun: boolean
  /** Another one can go over the session; else it is over. */
  readonly clean: boolean
}

/** Carries one message over a session. */
export async function handOver(
  session: SmtpSession,
  envelope: SubmitEnvelope,
  mail: SubmitMail,
  signal: AbortSignal,
): Promise<HandedOver> {
  const verdicts = new Verdicts(envelope.recipients)
  const { maxBytes, utf8 } = session
  const from = envelope.from === '' ? '' : asItGoes(envelope.from, utf8)
  const asked = verdicts.ask(utf8)
  const to = [...asked.keys()]
  if (maxBytes > 0 && mail.sizeBytes > maxBytes) {
    const words = `It has ${mail.sizeBytes} bytes; the mail server takes ${maxBytes} at most.`
    return { handed: verdicts.rest('refused', words), begun: false, clean: true }
  }
  if (from === undefined || to.length === 0) {
    const words = "The mail server doesn't take mail from an address like that."
    return { handed: verdicts.rest('refused', words), begun: false, clean: true }
  }
  const noted: NotedEnvelope = { from, to, size: mail.sizeBytes, use8BitMime: true, dsn: dsnOf(envelope) }
  let refusedBefore: readonly SmtpError[] | undefined
  const body = new SentBody(mail, () => {
    refusedBefore = [...(noted.rejectedErrors ?? [])]
  })
  let failure: unknown
  try {
    await session.send(noted, body, signal)
  } catch (error) {
    failure = error
  }
  const clean = failure === undefined && body.whole
  if (!clean) {
    session.drop()
    body.destroy()
  }
  const { begun } = body
  const words = signal.aborted ? 'It was interrupted.' : failure ? wordsOf(failure) : 'There was no answer.'
  const refusal = refusalOf(failure)
  if (refusal?.of === 'MAIL FROM') return { handed: verdicts.rest(refusal.outcome, words), begun, clean }
  for (const { recipient = '', response = '' } of refusedBefore ?? noted.rejectedErrors ?? []) {
    const reply = parseReply(response)
    verdicts.tell(asked.get(recipient), unlessRefused(reply), reply.text)
  }
  if (!begun) return { handed: verdicts.rest(refusal?.outcome ?? 'later', words), begun, clean }
  verdicts.takeReplies([...asked.values()], session)
  return { handed: verdicts.rest(body.whole ? 'uncertain' : 'later', words), begun, clean }
}

interface Refusal {
  readonly of: 'MAIL FROM' | 'DATA'
  readonly outcome: 'refused' | 'later'
}

/** What the server says to MAIL is said of every recipient; to DATA, of those that it didn't refuse before. */
function refusalOf(failure: unknown): Refusal | undefined {
  const { command, response } = (failure ?? {}) as SmtpError
  if (response === undefined || (command !== 'MAIL FROM' && command !== 'DATA')) return undefined
  return { of: command, outcome: unlessRefused(parseReply(response)) }
}

function unlessRefused(reply: Reply): 'refused' | 'later' {
  return outcomeOf(reply) === 'refused' ? 'refused' : 'later'
}

/** What is known of each recipient; what came first stays. */
class Verdicts {
  private readonly known = new Map<string, RecipientOutcome>()

  constructor(private readonly recipients: readonly string[]) {}

  tell(recipients: readonly string[] = [], outcome: Outcome, words: string): void {
    for (const recipient of recipients)
      if (!this.known.has(recipient)) this.known.set(recipient, handed(recipient, outcome, words))
  }

  /** Under each address that the server is told, the recipients that it stands for. */
  ask(utf8: boolean): Map<string, string[]> {
    const asked = new Map<string, string[]>()
    for (const recipient of this.recipients) {
      const goes = asItGoes(recipient, utf8)
      if (goes === undefined)
        this.tell([recipient], 'refused', "The mail server doesn't take an address like that.")
      else asked.set(goes, [...(asked.get(goes) ?? []), recipient])
    }
    return asked
  }

  /** The replies to the message: one, or by LMTP one for each recipient that was taken (RFC 2033 4.2). */
  takeReplies(asked: readonly (readonly string[])[], { replies, eachAnswered }: SmtpSession): void {
    const taken = asked.filter((recipients) => recipients.some((each) => !this.known.has(each)))
    for (const [i, recipients] of taken.entries()) {
      const { line = '', toWhole = false } = replies[eachAnswered ? i : 0] ?? {}
      const reply = parseReply(line)
      const outcome = outcomeOf(reply)
      // A server can't have taken over what hadn't been sent to its end.
      if (outcome && (outcome !== 'accepted' || toWhole)) this.tell(recipients, outcome, reply.text)
    }
  }

  rest(outcome: Outcome, words: string): Handed[] {
    return this.recipients.map((recipient) => this.known.get(recipient) ?? handed(recipient, outcome, words))
  }
}
