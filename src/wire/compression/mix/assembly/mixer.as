import { squash } from './probability'

const mostLogit = 2047
const mostWeight = 8 * 65_536 - 1

/** The sum of four inputs, each times its weight. */
// @ts-ignore: decorator
@inline
function weighed(weights: usize, inputs: usize, at: usize): v128 {
  return i32x4.shr_s(i32x4.mul(v128.load(weights + at), v128.load(inputs + at)), 8)
}

// @ts-ignore: decorator
@inline
function logitOf(sums: v128): i32 {
  const pairs = i32x4.add(sums, i32x4.shuffle(sums, sums, 2, 3, 0, 1))
  const sum = (i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1)) >> 8
  return max(-mostLogit, min(mostLogit, sum))
}

/** The logit of 16 inputs. */
// @ts-ignore: decorator
@inline
export function mix16(weights: usize, inputs: usize): i32 {
  return logitOf(
    i32x4.add(
      i32x4.add(weighed(weights, inputs, 0), weighed(weights, inputs, 16)),
      i32x4.add(weighed(weights, inputs, 32), weighed(weights, inputs, 48)),
    ),
  )
}

// @ts-ignore: decorator
@inline
export function mix4(weights: usize, inputs: usize): i32 {
  return logitOf(weighed(weights, inputs, 0))
}

// @ts-ignore: decorator
@inline
function move(weights: usize, inputs: usize, at: usize, error: v128): void {
  const steps = i32x4.shr_s(i32x4.add(i32x4.mul(v128.load(inputs + at), error), i32x4.splat(0x2000)), 14)
  const moved = i32x4.add(v128.load(weights + at), steps)
  v128.store(
    weights + at,
    i32x4.max_s(i32x4.splat(-mostWeight), i32x4.min_s(i32x4.splat(mostWeight), moved)),
  )
}

// @ts-ignore: decorator
@inline
function errorOf(logit: i32, bit: i32, pace: i32): v128 {
  return i32x4.splat((((bit << 16) - squash(logit)) * pace) >> 4)
}

/** The weights that came to a logit move towards what would have been right. */
// @ts-ignore: decorator
@inline
export function learn16(weights: usize, inputs: usize, logit: i32, bit: i32, pace: i32): void {
  const error = errorOf(logit, bit, pace)
  move(weights, inputs, 0, error)
  move(weights, inputs, 16, error)
  move(weights, inputs, 32, error)
  move(weights, inputs, 48, error)
}

// @ts-ignore: decorator
@inline
export function learn4(weights: usize, inputs: usize, logit: i32, bit: i32, pace: i32): void {
  move(weights, inputs, 0, errorOf(logit, bit, pace))
}
