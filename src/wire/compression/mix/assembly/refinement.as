import { situations, squashed } from './layout'

/**
 * All that a situation has for 33 logits lies in one line of the cache, which is asked for before the logit is known; the one in the
 * middle doesn't fit and is seldom wanted.
 */
const lineBytes: usize = 64
const middle: usize = 16

/** Begins a table of what became of predictions: of each that it will be as was said. */
export function beginRefinement(lines: usize, middles: usize): void {
  for (let step: usize = 0; step < 33; step++)
    store<u16>(nearAt(lines, middles, step), load<u16>(squashed + 2 * min(4095, step * 128)))
  for (let filled = lineBytes; filled < situations * lineBytes; filled *= 2)
    memory.copy(lines + filled, lines, filled)
  for (let filled: usize = 2; filled < situations * 2; filled *= 2) memory.copy(middles + filled, middles, filled)
}

// @ts-ignore: decorator
@inline
export function lineAt(lines: usize, situation: u32): usize {
  return lines + <usize>situation * lineBytes
}

// @ts-ignore: decorator
@inline
export function middleAt(middles: usize, situation: u32): usize {
  return middles + (<usize>situation << 1)
}

/** Loads a line into the cache. */
// @ts-ignore: decorator
@inline
export function touchLine(line: usize): u32 {
  return load<u32>(line)
}

/** Where the probability for a step of the logit lies. */
// @ts-ignore: decorator
@inline
export function nearAt(line: usize, middleAt: usize, step: usize): usize {
  return step == middle ? middleAt : line + ((step - usize(step > middle)) << 1)
}

/** What was said lies between a step and the next one: how likely a 1 is, by both. */
// @ts-ignore: decorator
@inline
export function refined(line: usize, middleAt: usize, step: usize, weight: i32): i32 {
  let both: u32 = 0
  if (step == middle - 1) both = <u32>load<u16>(line, 30) | (<u32>load<u16>(middleAt) << 16)
  else if (step == middle) both = <u32>load<u16>(middleAt) | (<u32>load<u16>(line, 32) << 16)
  else both = load<u32>(line + ((step - usize(step > middle)) << 1))
  return (<i32>(both & 0xffff) * (128 - weight) + <i32>(both >> 16) * weight) >> 7
}

// @ts-ignore: decorator
@inline
export function learnRefined(at: usize, bit: i32): void {
  const value = <i32>load<u16>(at)
  store<u16>(at, value + (((bit << 16) - bit - value) >> 6))
}
