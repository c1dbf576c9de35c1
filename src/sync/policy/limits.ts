/**
 * What one request or one answer may add up to, whoever sends it. Each frame is bounded by itself
 * (`wire/limits.ts`), but a few bytes on the line can be many frames. docs/BOUNDS.md says what follows from
 * each. A sender stays within them and leaves the rest for the next exchange.
 */
export const requestLimits = {
  /** They wait in memory until the mail store has been looked at. */
  journalEntries: 25_000,
  /** Payload of the frames that they came in: an entry may have long names. */
  journalBytes: 16 * 1024 * 1024,
  wantedParts: 200_000,
  /** Ranges of messages of which a whole tier is wanted: a hundred thousand messages have half as many at the worst. */
  wantedRanges: 500_000,
  /** Mailboxes and frames of wishes. */
  wants: 100_000,
  policies: 8,
  /** Messages that are looked at to see whether they are here whole. */
  vouched: 4000,
  /** What a device says of its shore, and what of it is remembered: some 300,000 ranges. */
  shoreBytes: 1024 * 1024,
  /** What came of earlier entries, and the device has not acknowledged: more is kept back until it has. */
  results: 100_000,
  /** Mails of one device that are on their way, or of whose end it hasn't heard, and their recipients in all. */
  mails: 4000,
  recipients: 50_000,
} as const

/** Limits on the work of codecs in one process that answers. */
export const mixWorkLimits = {
  /** Work of codec 1, of all exchanges, after which everybody else has a turn: two of its slowest frames. */
  wholeMs: 50,
  /** Models of codec 2 at once: one for each direction of an exchange, of 28 MB each. Answers that get none use the other codec. */
  models: 16,
  /** How long a request waits for one. */
  waitMs: 60_000,
} as const

export const answerLimits = {
  /** Results and uploads that are asked for: so many more than there are entries and messages here that they could be of. */
  spareThings: 100_000,
  /** Numbers of held bytes of single parts, in an upload that is asked for. A mail has at most 1,000 parts, and most have two. */
  heldNumbersPerUpload: 16,
  mailboxes: 100_000,
} as const

/** What a side sends of these in one exchange. */
export const sentLimits = {
  journalEntries: 20_000,
  journalBytes: 4 * 1024 * 1024,
  wantedParts: 100_000,
} as const

/**
 * Payload allowed for each byte on the line. Frames made here have at most 64 kB of payload, with a body and
 * a head of at least 18 bytes: a ratio of 3,641. Frames of the largest size allowed, all alike, reach 6,400.
 */
export const inflation = { most: 4000, fromBytes: 4 * 1024 * 1024 } as const
