import { afterMatch, last, lastMask, seen, seenMask } from './layout'
import { learnBit, logitAt } from './probability'

const soughtBytes = 6
const comparedBytes = 32
const lengthSteps = 32

/** How many bytes agree before the place that is followed; 0: none is. */
export let matchLength: i32 = 0
/** The byte that is expected, where there is a match. */
export let expected: i32 = 0
/** How many bytes came. */
export let size: i64 = 0
let place: i32 = 0
/** Where the probability lies that was used last; 0: none was. */
let right: usize = 0

export function beginMatch(): void {
  for (let step = 0; step < lengthSteps; step++) {
    const wrong = 65_535 / (2 + 2 * step)
    store<i32>(afterMatch + 8 * step, wrong << 16)
    store<i32>(afterMatch + 8 * step + 4, (65_535 - wrong) << 16)
  }
}

// @ts-ignore: decorator
@inline
export function seenAt(at: i32): i32 {
  return load<u8>(seen + (at & seenMask))
}

/** The logit of the next bit being 1; 0 without a match. */
// @ts-ignore: decorator
@inline
export function predictMatch(known: i32, bitsKnown: i32): i32 {
  right = 0
  const length = matchLength
  if (length == 0) return 0
  if ((expected | 256) >> (8 - bitsKnown) != known) {
    matchLength = 0
    return 0
  }
  const step =
    length < 16 ? length : length < 32 ? 16 + ((length - 16) >> 2) : min(31, 20 + ((length - 32) >> 4))
  right = afterMatch + 8 * step + 4 * ((expected >> (7 - bitsKnown)) & 1)
  return logitAt(right)
}

// @ts-ignore: decorator
@inline
export function learnMatch(bit: i32): void {
  if (right != 0) learnBit(right, bit)
}

/** Where in `last` the bytes that came last are noted. */
// @ts-ignore: decorator
@inline
function noteAt(): usize {
  let hash = 0
  for (let i = 1; i <= soughtBytes; i++) hash = (hash ^ seenAt(i32(size) - i)) * 0x2f0b4c47 + 1
  return last + (((hash ^ (hash >>> 15)) & lastMask) << 2)
}

function agreeing(place: i32): i32 {
  if (place == 0 || size - i64(place) >= i64(seenMask) + 1 - comparedBytes) return 0
  const most = min(comparedBytes, place)
  const end = i32(size)
  let length = 0
  while (length < most && seenAt(place - 1 - length) == seenAt(end - 1 - length)) length++
  return length < soughtBytes ? 0 : length
}

/** Takes in a byte, and follows a match or looks for one. */
export function pushMatch(byte: i32): void {
  store<u8>(seen + (i32(size) & seenMask), byte)
  size++
  if (matchLength > 0) {
    matchLength++
    place++
  }
  if (size < soughtBytes) return
  const note = noteAt()
  if (matchLength == 0) {
    place = load<i32>(note)
    matchLength = agreeing(place)
  }
  store<i32>(note, i32(size))
  expected = seenAt(place)
}

/** Takes in bytes that nobody has to predict. */
export function lookAt(from: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    store<u8>(seen + (i32(size) & seenMask), load<u8>(from + i))
    size++
    if (size >= soughtBytes) store<i32>(noteAt(), i32(size))
  }
  matchLength = 0
}
