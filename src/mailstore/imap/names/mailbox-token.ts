/**
 * The state of a mailbox: two equal tokens mean that nothing has changed in between.
 * `UIDVALIDITY/UIDNEXT/messages/mMODSEQ`, or on a server without mod-sequences `.../f` and a digest of all
 * flags; then `/g` and the generation of its UIDs (`locator.ts`), unless it is the first.
 */
export interface MailboxState {
  readonly uidValidity: number
  readonly uidNext: number
  readonly messages: number
  /** HIGHESTMODSEQ (RFC 7162). */
  readonly modseq?: string
  readonly flagsDigest?: string
  readonly generation?: number
}

export function printToken(state: MailboxState): string {
  const { uidValidity, uidNext, messages, modseq, flagsDigest, generation = 0 } = state
  const flags = modseq === undefined ? `f${flagsDigest ?? ''}` : `m${modseq}`
  return `${uidValidity}/${uidNext}/${messages}/${flags}${generation > 0 ? `/g${generation}` : ''}`
}

/** Undefined for a token that isn't ours. */
export function parseToken(token: string): MailboxState | undefined {
  const match = /^(\d+)\/(\d+)\/(\d+)\/(?:m(\d+)|f([0-9a-f]*))(?:\/g(\d{1,6}))?$/.exec(token)
  if (!match) return undefined
  const [, uidValidity, uidNext, messages, modseq, flagsDigest, generation] = match
  return {
    uidValidity: Number(uidValidity),
    uidNext: Number(uidNext),
    messages: Number(messages),
    ...(modseq !== undefined && { modseq }),
    ...(flagsDigest !== undefined && { flagsDigest }),
    ...(generation !== undefined && { generation: Number(generation) }),
  }
}
