import { refinementBytes, squashed } from './layout'

/**
 * Of what all situations have for one of 33 logits. Most predictions are near the first or the last logit, so what is used most lies
 * together and stays in a processor's cache.
 */
const columnBytes: usize = 65_536 * 2

/** Begins a table of what became of predictions: of each that it will be as was said. */
export function beginRefinement(table: usize): void {
  for (let at: usize = 0, i = 0; at < refinementBytes; at += columnBytes, i++) {
    store<u16>(table + at, load<u16>(squashed + 2 * min(4095, i * 128)))
    for (let filled: usize = 2; filled < columnBytes; filled *= 2)
      memory.copy(table + at + filled, table + at, filled)
  }
}

/** Where the lower of two probabilities lies, between which a logit is. */
// @ts-ignore: decorator
@inline
export function rowAt(table: usize, logit: i32, situation: i32): usize {
  return table + (<usize>((logit + 2048) >> 7) << 17) + (<usize>situation << 1)
}

// @ts-ignore: decorator
@inline
export function refined(row: usize, logit: i32): i32 {
  const weight = (logit + 2048) & 127
  return (<i32>load<u16>(row) * (128 - weight) + <i32>load<u16>(row, columnBytes) * weight) >> 7
}

// @ts-ignore: decorator
@inline
export function learnRefined(row: usize, logit: i32, bit: i32): void {
  const at = row + (<usize>((logit + 2048) & 64) << 11)
  const value = <i32>load<u16>(at)
  store<u16>(at, value + (((bit << 16) - bit - value) >> 6))
}
