/**
 * How far one bit moves an adaptive probability, by the number of bits that it has seen: the first ones move
 * it far, later ones less and less.
 */
export const paces = (): Int32Array =>
  Int32Array.from({ length: 1024 }, (_, seen) => Math.floor(655_360 / (10 * seen + 16)))
