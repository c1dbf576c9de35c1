import { contextCount, hashes, historyBits, slots, slotsMask, starts } from './layout'

// @ts-ignore: decorator
@inline
function experience(slot: usize): u32 {
  return load<u8>(historyBits + load<u8>(slot, 1))
}

/** Names the slots of all contexts behind what is known of the byte. */
// @ts-ignore: decorator
@inline
export function nameSlots(known: i32, to: usize): void {
  const turn = i32x4.splat(known * 0x2f0b4c47)
  for (let at: usize = 0; at < 4 * contextCount; at += 16) {
    const turned = i32x4.mul(i32x4.add(v128.load(hashes + at), turn), i32x4.splat(0x9e3779b1))
    const mixed = v128.xor(turned, i32x4.shr_u(turned, 15))
    v128.store(to + at, i32x4.mul(mixed, i32x4.splat(0x85ebca77)))
  }
}

/** Loads the lines of the cache in which named slots are: all are asked for before any is waited for. */
// @ts-ignore: decorator
@inline
export function touchSlots(names: usize): u32 {
  let all: u32 = 0
  for (let i: usize = 0; i < contextCount; i++)
    all += load<u8>(slots + ((load<u32>(names + (i << 2)) << 4) & slotsMask))
  return all
}

/** Where the slot of that name begins; where there is no room, the least experienced of three neighbours gives way. */
function findSlot(hash: u32): usize {
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

/** Where slots are, instead of their names. */
export function findSlots(): void {
  for (let i: usize = 0; i < contextCount; i++)
    store<u32>(starts + (i << 2), <u32>findSlot(load<u32>(starts + (i << 2))))
}
