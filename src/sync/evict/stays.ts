/** Why a message stays on this disk though it is outside of the window. */
export type StayReason =
  /** A message inside the window answers it, or answers what does. */
  | 'answered'
  | 'marked'
  | 'unread'
  /** Somebody read it lately. */
  | 'read'
  /** Somebody has asked for it, or put it back. */
  | 'taken'
  /** Another program has put it here. */
  | 'foreign'
  /** Something is still to be done with it or with its content, here or there. */
  | 'busy'
  | 'unreadable'
  /** What has left already lies between so much that is here that no more of it can be named. */
  | 'torn'
  /** It hasn't been outside the window for long enough, and there is room for it. */
  | 'later'
  /** The note of what has left isn't the one that is known here, or is damaged: the next scan settles that. */
  | 'note'
  /** The note can't be written: that is a problem of its own. */
  | 'unnoted'
  /** The upstream hasn't answered for it: it hasn't all of it, or sees it inside. */
  | 'unvouched'

/** How many stay, by the first reason that is found. */
export type Stays = Readonly<Partial<Record<StayReason, number>>>

export function addStays(some: Stays, more: Stays): Stays {
  const reasons = Object.keys(more) as StayReason[]
  return reasons.reduce((sum, reason) => countStay(sum, reason, more[reason]), some)
}

export function countStay(stays: Stays, reason: StayReason, count = 1): Stays {
  return count === 0 ? stays : { ...stays, [reason]: (stays[reason] ?? 0) + count }
}
