import { refinementBytes, squashed } from './layout'

const columns = 33

/** Begins a table of what became of predictions: of each that it will be as was said. */
export function beginRefinement(table: usize): void {
  for (let i = 0; i < columns; i++)
    store<u16>(table + 2 * i, load<u16>(squashed + 2 * min(4095, i * 128)))
  let filled: usize = 2 * columns
  while (filled < refinementBytes) {
    const more = min(filled, refinementBytes - filled)
    memory.copy(table + filled, table, more)
    filled += more
  }
}

/** Where the lower of two probabilities lies, between which a logit is. */
// @ts-ignore: decorator
@inline
export function rowAt(table: usize, logit: i32, situation: i32): usize {
  return table + ((<usize>(situation * columns + ((logit + 2048) >> 7))) << 1)
}

// @ts-ignore: decorator
@inline
export function refined(row: usize, logit: i32): i32 {
  const weight = (logit + 2048) & 127
  return (<i32>load<u16>(row) * (128 - weight) + <i32>load<u16>(row, 2) * weight) >> 7
}

// @ts-ignore: decorator
@inline
export function learnRefined(row: usize, logit: i32, bit: i32): void {
  const at = row + (((logit + 2048) & 64) >> 5)
  const value = <i32>load<u16>(at)
  store<u16>(at, value + (((bit << 16) - bit - value) >> 6))
}
