/**
 * What a context remembers of the bits that followed it, in one byte: all of them while they are few, then
 * roughly how many zeros and ones there were and which came last. A run is remembered longer than a mixture,
 * and a surprise shortens the memory, since recent bits tell most.
 */

/** A history of up to so many bits is exact. */
const exactBits = 4

/** The most of one kind beside 0, 1, 2 ... of the other. */
const mostBeside = [41, 30, 12, 6, 5, 4]

interface History {
  readonly zeros: number
  readonly ones: number
  readonly last: number
  /** The bits themselves, while they are few. */
  readonly bits: string | undefined
}

/** What is left of so many bits when the other one comes. */
function afterSurprise(count: number): number {
  if (count < 4) return count
  if (count < 6) return 4
  if (count < 9) return 5
  return count < 16 ? 6 : 7
}

function fits(zeros: number, ones: number): boolean {
  return Math.max(zeros, ones) <= (mostBeside[Math.min(zeros, ones)] ?? 0)
}

function following({ zeros, ones, bits }: History, bit: number): History {
  if (bits !== undefined && bits.length < exactBits)
    return { zeros: zeros + 1 - bit, ones: ones + bit, last: bit, bits: bits + bit }
  let same = (bit ? ones : zeros) + 1
  let other = afterSurprise(bit ? zeros : ones)
  while (!fits(same, other))
    if (same > other) same--
    else other--
  return { zeros: bit ? other : same, ones: bit ? same : other, last: bit, bits: undefined }
}

function nameOf({ zeros, ones, last, bits }: History): string {
  return bits ?? `${zeros},${ones},${zeros > 0 && ones > 0 ? last : ''}`
}

/** Numbers all histories in the order in which they are reached from the empty one, 0. Made when first asked for: few programs need them. */
export function bitHistories() {
  const histories: History[] = [{ zeros: 0, ones: 0, last: 0, bits: '' }]
  const numbers = new Map(histories.map((history, number) => [nameOf(history), number]))
  const next: number[] = []
  for (const history of histories)
    for (const bit of [0, 1]) {
      const follower = following(history, bit)
      const number = numbers.get(nameOf(follower)) ?? histories.length
      if (number === histories.length) {
        histories.push(follower)
        numbers.set(nameOf(follower), number)
      }
      next.push(number)
    }
  return {
    historyCount: histories.length,
    /** The history after another bit: at 2 * history + bit. */
    nextHistory: Uint8Array.from(next),
    /** How many bits a history stands for: those with few are given up first. */
    historyBits: Uint8Array.from(histories, ({ zeros, ones }) => zeros + ones),
    /** How likely a 1 is after each, of 65,536, before anything has been learned about it. */
    historyOnes: Uint16Array.from(
      histories,
      ({ zeros, ones }) => ((2 * ones + 1) * 65_535) / (2 * (zeros + ones + 1)),
    ),
  }
}
