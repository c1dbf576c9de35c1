import type { Envelope } from '../../mime/headers/envelope.js'
import { decodeEnvelope } from '../../mime/headers/envelope-codec.js'
import { getContent } from '../../replica/content/contents.js'
import type { Guid } from '../../replica/model.js'
import type { Reader } from '../../store/database.js'

/**
 * What both sides hold saves bytes, so the size of an answer gives away what they hold, to an attacker who
 * sends mail with a guess in it and watches the line. This setting of a device says whose mail may save bytes
 * of whose. Listed in the order of their numbers in a policy.
 */
export const sharedHistories = ['all', 'correspondent', 'off'] as const

export type SharedHistory = (typeof sharedHistories)[number]

/**
 * Whether a message that is held may save bytes of one that goes over the line. For "correspondent": if both
 * have the same senders, or the new one names it as what it answers; only people who have had a message know
 * its Message-ID.
 */
export function mayServe(
  shared: SharedHistory,
  coming: Pick<Envelope, 'from' | 'inReplyTo' | 'references'>,
  held: Pick<Envelope, 'from' | 'messageId'>,
): boolean {
  if (shared !== 'correspondent') return shared === 'all'
  const senders = sendersOf(coming)
  if (senders !== '' && senders === sendersOf(held)) return true
  const { messageId } = held
  return (
    messageId !== undefined &&
    (coming.inReplyTo === messageId || coming.references?.includes(messageId) === true)
  )
}

/** Whether one content may serve another, by their envelopes as far as they are known here. A mail may always save bytes of itself. */
export async function mayServeContent(
  reader: Reader,
  shared: SharedHistory,
  coming: Guid,
  held: Guid,
): Promise<boolean> {
  if (shared === 'all' || coming === held) return true
  if (shared === 'off') return false
  const [of, by] = [await getContent(reader, coming), await getContent(reader, held)]
  return Boolean(
    of?.envelope &&
      by?.envelope &&
      mayServe(shared, decodeEnvelope(of.envelope), decodeEnvelope(by.envelope)),
  )
}

function sendersOf({ from }: Pick<Envelope, 'from'>): string {
  return from
    .map(({ address }) => address.toLowerCase())
    .sort()
    .join('\n')
}

/** How many contents with the same part are remembered: anybody can send a thousand of them. */
const mostContents = 20

/** Parts that one answer has brought, and in which contents: the same ones needn't come again where those may serve. */
export class SaidParts {
  private readonly contents = new Map<string, Guid[]>()

  constructor(
    private readonly reader: Reader,
    private readonly shared: SharedHistory,
  ) {}

  add(digest: string, content: Guid): void {
    const before = this.contents.get(digest)
    if (!before) this.contents.set(digest, [content])
    else if (before.length < mostContents && !before.includes(content)) before.push(content)
  }

  async serves(digest: string, content: Guid): Promise<boolean> {
    for (const said of this.contents.get(digest) ?? [])
      if (await mayServeContent(this.reader, this.shared, content, said)) return true
    return false
  }
}
