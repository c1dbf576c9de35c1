import { historyBits, slots, slotsMask } from './layout'

// @ts-ignore: decorator
@inline
function experience(slot: usize): u32 {
  return load<u8>(historyBits + load<u8>(slot, 1))
}

/** Loads the line of the cache in which the slot of a context is. */
// @ts-ignore: decorator
@inline
export function touchSlot(hash: u32): u32 {
  return load<u8>(slots + ((hash << 4) & slotsMask))
}

/** Where the slot of a context begins; where there is no room, the least experienced of three neighbours gives way. */
// @ts-ignore: decorator
@inline
export function findSlot(hash: u32): usize {
  const check = hash >> 24
  const place = (hash << 4) & slotsMask
  const first: usize = slots + place
  if (load<u8>(first) == check) return first
  const second: usize = slots + (place ^ 16)
  if (load<u8>(second) == check) return second
  const third: usize = slots + (place ^ 32)
  if (load<u8>(third) == check) return third
  let at = first
  let least = experience(first)
  const bits = experience(second)
  if (bits < least) {
    at = second
    least = bits
  }
  if (experience(third) < least) at = third
  store<u64>(at, check)
  store<u64>(at, 0, 8)
  return at
}
