/**
 * How a mailbox stood: two equal tokens mean that nothing has changed between. `UIDVALIDITY/UIDNEXT/messages/mMODSEQ`, or where the server
 * keeps no mod-sequences `.../f` and a digest of all flags.
 */
export interface MailboxState {
  readonly uidValidity: number
  readonly uidNext: number
  readonly messages: number
  /** HIGHESTMODSEQ (RFC 7162). */
  readonly modseq?: string
  readonly flagsDigest?: string
}

export function printToken({ uidValidity, uidNext, messages, modseq, flagsDigest }: MailboxState): string {
  return `${uidValidity}/${uidNext}/${messages}/${modseq === undefined ? `f${flagsDigest ?? ''}` : `m${modseq}`}`
}

/** Undefined for what is no token of ours. */
export function parseToken(token: string): MailboxState | undefined {
  const match = /^(\d+)\/(\d+)\/(\d+)\/(?:m(\d+)|f([0-9a-f]*))$/.exec(token)
  if (!match) return undefined
  const [, uidValidity, uidNext, messages, modseq, flagsDigest] = match
  return {
    uidValidity: Number(uidValidity),
    uidNext: Number(uidNext),
    messages: Number(messages),
    ...(modseq !== undefined && { modseq }),
    ...(flagsDigest !== undefined && { flagsDigest }),
  }
}
