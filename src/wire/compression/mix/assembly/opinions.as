import {
  afterHistory,
  contextCount,
  following,
  histories,
  historyOnes,
  nextHistory,
  starts,
  stretched,
} from './layout'

/** The probability after an empty history, which is never learned: no other one is this number, and its logit is 0. */
const unknown = 0x7ff0_0400

/** A context meets what it remembers at a place in its slot. Gives where its probability lies. */
// @ts-ignore: decorator
@inline
function meet(context: usize, node: usize): usize {
  const history = <usize>load<u8>(<usize>load<u32>(starts + (context << 2)) + node) << 2
  store<u32>(histories + (context << 2), <u32>history)
  return afterHistory + (context << 10) + history
}

/** Where the probability lies that a context met last. */
// @ts-ignore: decorator
@inline
function metAt(context: usize): usize {
  return afterHistory + (context << 10) + <usize>load<u32>(histories + (context << 2))
}

// @ts-ignore: decorator
@inline
function logitOf(probability: u32): i32 {
  return load<i16>(stretched + ((<usize>(probability >> 20)) << 1))
}

/** Four contexts meet their histories. Gives the probabilities of a 1 after them. */
// @ts-ignore: decorator
@inline
export function meet4(context: usize, node: usize): v128 {
  let probabilities = v128.load_zero<i32>(meet(context, node))
  probabilities = v128.load_lane<i32>(meet(context + 1, node), probabilities, 1)
  probabilities = v128.load_lane<i32>(meet(context + 2, node), probabilities, 2)
  return v128.load_lane<i32>(meet(context + 3, node), probabilities, 3)
}

/** The opinions of four contexts that have met their histories: logits. */
// @ts-ignore: decorator
@inline
export function opinions4(context: usize): v128 {
  let logits = i32x4.splat(logitOf(load<u32>(metAt(context))))
  logits = i32x4.replace_lane(logits, 1, logitOf(load<u32>(metAt(context + 1))))
  logits = i32x4.replace_lane(logits, 2, logitOf(load<u32>(metAt(context + 2))))
  return i32x4.replace_lane(logits, 3, logitOf(load<u32>(metAt(context + 3))))
}

/** The opposite of 1 for each of four probabilities that come of empty histories, else 0. */
// @ts-ignore: decorator
@inline
export function empty4(probabilities: v128): v128 {
  return i32x4.eq(probabilities, i32x4.splat(unknown))
}

/**
 * What a bit moves four probabilities by, each by how many bits that has seen: floor(655360 / (10 n + 16)). The quotient is a little too
 * large and never by as much as lies between it and the next whole number; adding 2^23 less a half leaves that in the lower bits.
 */
// @ts-ignore: decorator
@inline
function paces(seen: v128): v128 {
  const quotients = f32x4.div(f32x4.splat(65536.03125), f32x4.add(f32x4.convert_i32x4_s(seen), f32x4.splat(1.6)))
  return i32x4.sub(f32x4.add(quotients, f32x4.splat(8388607.5)), i32x4.splat(0x4b00_0000))
}

/** As in probability.as, for four at once. */
// @ts-ignore: decorator
@inline
function learned4(probabilities: v128, bit: i32): v128 {
  const seen = v128.and(probabilities, i32x4.splat(1023))
  const missed = i32x4.shr_s(i32x4.sub(i32x4.splat(bit << 22), i32x4.shr_u(probabilities, 10)), 3)
  const steps = v128.and(i32x4.mul(missed, paces(seen)), i32x4.splat(~1023))
  const moved = i32x4.sub(steps, i32x4.lt_s(seen, i32x4.splat(1023)))
  return i32x4.add(probabilities, v128.andnot(moved, empty4(probabilities)))
}

/** The probabilities that four contexts met learn the bit. */
// @ts-ignore: decorator
@inline
export function learnProbabilities4(context: usize, probabilities: v128, bit: i32): void {
  const learned = learned4(probabilities, bit)
  v128.store_lane<i32>(metAt(context), learned, 0)
  v128.store_lane<i32>(metAt(context + 1), learned, 1)
  v128.store_lane<i32>(metAt(context + 2), learned, 2)
  v128.store_lane<i32>(metAt(context + 3), learned, 3)
}

/** All contexts remember the bit. */
// @ts-ignore: decorator
@inline
export function remember(node: usize, bit: i32): void {
  const next = following + <usize>bit
  for (let i: usize = 0; i < contextCount; i++)
    store<u8>(
      <usize>load<u32>(starts + (i << 2)) + node,
      load<u8>(next + <usize>load<u32>(histories + (i << 2))),
    )
}

/** Once, when the tables are there. */
export function beginOpinions(): void {
  for (let history: usize = 0; history < 256; history++) {
    for (let context: usize = 0; context < contextCount; context++)
      store<u32>(
        afterHistory + 4 * (256 * context + history),
        history == 0 ? unknown : <u32>load<u16>(historyOnes + 2 * history) << 16,
      )
    store<u16>(following + 4 * history, load<u16>(nextHistory + 2 * history))
  }
}
