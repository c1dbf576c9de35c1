/**
 * Probabilities of a 1 in 16 bits, and their logits: ln(p / (1 - p)) * 256, from -2047 to 2047. The tables
 * consist of integers, so that they are the same on every machine.
 */

/** 65,536 / (1 + e^-x) for x = -8, -7.5 ... 8. */
const anchors = [
  22, 36, 60, 99, 162, 267, 439, 720, 1179, 1921, 3108, 4971, 7812, 11954, 17625, 24743, 32768, 40793, 47911,
  53582, 57724, 60565, 62428, 63615, 64357, 64816, 65097, 65269, 65374, 65437, 65476, 65500, 65514,
]

export const mostLogit = 2047

export function logistic() {
  /** The probability for a logit: at logit + 2048. */
  const squashed = Uint16Array.from({ length: 4096 }, (_, at) => {
    const [low = 0, high = 65_514] = anchors.slice(at >> 7)
    return low + (((high - low) * (at & 127)) >> 7)
  })
  /** The logit for the upper 12 bits of a probability. */
  const stretched = new Int16Array(4096)
  for (let p = 0, logit = -mostLogit; p < 4096; p++) {
    while (logit < mostLogit && (squashed[logit + 2048] ?? 0) < p * 16 + 8) logit++
    stretched[p] = logit
  }
  return { squashed, stretched }
}
