import { pace, squashed, stretched } from './layout'

// @ts-ignore: decorator
@inline
export function squash(logit: i32): i32 {
  return load<u16>(squashed + ((<usize>(logit + 2048)) << 1))
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
