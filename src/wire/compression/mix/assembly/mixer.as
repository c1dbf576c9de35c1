const mostWeight = 8 * 65_536 - 1

/** Numbers, none further from 0 than `most`. */
// @ts-ignore: decorator
@inline
export function within(most: i32, numbers: v128): v128 {
  return i32x4.max_s(i32x4.splat(-most), i32x4.min_s(i32x4.splat(most), numbers))
}

/** Four inputs, each times its weight. */
// @ts-ignore: decorator
@inline
export function weigh(weights: usize, inputs: v128): v128 {
  return i32x4.shr_s(i32x4.mul(v128.load(weights), inputs), 8)
}

/** Four sums that come to that of 16 inputs, each times its weight. */
// @ts-ignore: decorator
@inline
export function weigh16(weights: usize, a: v128, b: v128, c: v128, d: v128): v128 {
  return i32x4.add(
    i32x4.add(weigh(weights, a), weigh(weights + 16, b)),
    i32x4.add(weigh(weights + 32, c), weigh(weights + 48, d)),
  )
}

/** The sums of the numbers in each of three vectors, and 0. */
// @ts-ignore: decorator
@inline
export function sumsOf(a: v128, b: v128, c: v128): v128 {
  const zero = i32x4.splat(0)
  const ab = i32x4.add(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(a, b, 2, 6, 3, 7))
  const c0 = i32x4.add(i32x4.shuffle(c, zero, 0, 4, 1, 5), i32x4.shuffle(c, zero, 2, 6, 3, 7))
  return i32x4.add(i32x4.shuffle(ab, c0, 0, 1, 4, 5), i32x4.shuffle(ab, c0, 2, 3, 6, 7))
}

// @ts-ignore: decorator
@inline
export function sumOf(numbers: v128): i32 {
  const pairs = i32x4.add(numbers, i32x4.shuffle(numbers, numbers, 2, 3, 0, 1))
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1)
}

/** Four weights move towards what would have been right. */
// @ts-ignore: decorator
@inline
export function learnWeights(weights: usize, inputs: v128, error: v128): void {
  const steps = i32x4.shr_s(i32x4.add(i32x4.mul(inputs, error), i32x4.splat(0x2000)), 14)
  v128.store(weights, within(mostWeight, i32x4.add(v128.load(weights), steps)))
}

// @ts-ignore: decorator
@inline
export function learnWeights16(weights: usize, a: v128, b: v128, c: v128, d: v128, error: v128): void {
  learnWeights(weights, a, error)
  learnWeights(weights + 16, b, error)
  learnWeights(weights + 32, c, error)
  learnWeights(weights + 48, d, error)
}
