// Where everything lies in the memory, in bytes. Rows begin at multiples of 64, as a processor's cache has them.

export const contextCount: usize = 12

/** Probabilities of what follows each of a context's 256 histories: no place in the memory is 0. */
export const afterHistory: usize = 1024

/** Tables that `../machine.ts` fills in, one behind the other. */
export const tables: usize = afterHistory + contextCount * 1024
export const nextHistory: usize = tables
export const historyBits: usize = nextHistory + 512
export const historyOnes: usize = historyBits + 256
export const squashed: usize = historyOnes + 512
export const stretched: usize = squashed + 8192
export const pace: usize = stretched + 8192

/** What follows each history, at four times its number: after a 0, after a 1. */
export const following: usize = pace + 4096

/** For each context: its number; its slot; its slot behind the fifth bit, if the next byte is what is guessed; four times its history. */
export const hashes: usize = following + 1024
export const starts: usize = hashes + 64
export const startsAhead: usize = starts + 64
export const histories: usize = startsAhead + 64
/** What a call leaves to the next one: nine vectors. */
export const kept: usize = histories + 64
/** Weights for each situation: as many as there are opinions or judgements. */
export const byByte: usize = kept + 192
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

/** For each of 65,536 situations 32 probabilities of 16 bits, for all logits but the middle one of 33; then those for that one, twice. */
export const situations: usize = 65_536
export const afterOne: usize = coded + codedBytes
export const afterThree: usize = afterOne + situations * 64
export const middleOne: usize = afterThree + situations * 64
export const middleThree: usize = middleOne + situations * 2

/** The last bytes, and how many there were when a hash came last. */
export const seen: usize = middleThree + situations * 2
export const seenMask: u32 = (1 << 20) - 1
export const last: usize = seen + (1 << 20)
export const lastMask: u32 = (1 << 18) - 1

/** Bit histories: a check and 15 of them in each slot. */
export const slots: usize = last + (1 << 20)
export const slotsMask: u32 = (1 << 24) - 16

/** What came last behind three bytes, by their hash of 16 bits: a guess of what comes. */
export const guesses: usize = slots + (1 << 24)
export const end: usize = guesses + 65_536
