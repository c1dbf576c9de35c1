// Where everything lies in the memory, in bytes. Rows begin at multiples of 64, as a processor's cache has them.

export const contextCount: usize = 12

/** Probabilities of what follows each of a context's 256 histories: a multiple of 1,024, so that the place of one tells the history. */
export const afterHistory: usize = 1024

/** Tables that `../machine.ts` fills in, one behind the other. */
export const tables: usize = afterHistory + contextCount * 1024
export const nextHistory: usize = tables
export const historyBits: usize = nextHistory + 512
export const historyOnes: usize = historyBits + 256
export const squashed: usize = historyOnes + 512
export const stretched: usize = squashed + 8192
export const pace: usize = stretched + 8192

/** For each context: its number; its slot; where the probability lies that its history led to. */
export const hashes: usize = pace + 4096
export const starts: usize = hashes + 64
export const afterHistoryAt: usize = starts + 64
/** What is mixed, 16 numbers of which the last two stay 0; then what is judged, 4 of which the last one stays 0. */
export const opinions: usize = afterHistoryAt + 64
export const judgements: usize = opinions + 64
/** Weights for each situation: as many as there are opinions or judgements. */
export const byByte: usize = judgements + 64
export const byTrust: usize = byByte + 256 * 64
export const byLast: usize = byTrust + 30 * 64
export const judge: usize = byLast + 256 * 64
/** Probabilities that a match is right. */
export const afterMatch: usize = judge + 256 * 16

/** Bytes that come in and go out: what is learned, coded or decoded in one call; what a payload is coded to. */
export const given: usize = afterMatch + 64 * 4
export const givenBytes = 32_768
export const coded: usize = given + givenBytes
export const codedBytes = 32_768

/** For each of 33 logits 65,536 probabilities of 16 bits, twice. */
export const refinementBytes: usize = 65_536 * 33 * 2
export const afterOne: usize = coded + codedBytes
export const afterThree: usize = afterOne + refinementBytes

/** The last bytes, and how many there were when a hash came last. */
export const seen: usize = afterThree + refinementBytes
export const seenMask: u32 = (1 << 20) - 1
export const last: usize = seen + (1 << 20)
export const lastMask: u32 = (1 << 18) - 1

/** Bit histories: a check and 15 of them in each slot. */
export const slots: usize = last + (1 << 20)
export const slotsMask: u32 = (1 << 24) - 16
export const end: usize = slots + (1 << 24)
