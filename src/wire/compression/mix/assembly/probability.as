import { pace, squashed, stretched } from './layout'

// @ts-ignore: decorator
@inline
export function squash(logit: i32): i32 {
  return load<u16>(squashed + ((<usize>(logit + 2048)) << 1))
}

/** The probabilities for the first three logits of four. */
// @ts-ignore: decorator
@inline
export function squash3(logits: v128): v128 {
  let probabilities = i32x4.replace_lane(i32x4.splat(0), 0, squash(i32x4.extract_lane(logits, 0)))
  probabilities = i32x4.replace_lane(probabilities, 1, squash(i32x4.extract_lane(logits, 1)))
  return i32x4.replace_lane(probabilities, 2, squash(i32x4.extract_lane(logits, 2)))
}

/** The logit for an adaptive probability. */
// @ts-ignore: decorator
@inline
export function logitAt(at: usize): i32 {
  return load<i16>(stretched + ((<usize>(load<u32>(at) >> 20)) << 1))
}

/** An adaptive probability learns: the upper 22 bits are the probability, the others how many bits it has seen. */
// @ts-ignore: decorator
@inline
export function learnBit(at: usize, bit: i32): void {
  const value = load<i32>(at)
  const count = value & 1023
  const step = ((((bit << 22) - (value >>> 10)) >> 3) * load<i32>(pace + ((<usize>count) << 2))) & ~1023
  store<i32>(at, value + step + i32(count < 1023))
}
