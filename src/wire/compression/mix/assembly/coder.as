import { coded, codedBytes } from './layout'

let low: u32 = 0
let high: u32 = 0xffff_ffff
let code: u32 = 0
/** How many bytes are written, with enough room, or read. */
let done: u32 = 0
/** How many there is room for, or are there. */
let most: u32 = 0

// @ts-ignore: decorator
@inline
function begin(bytes: u32): void {
  low = 0
  high = 0xffff_ffff
  done = 0
  most = min(bytes, codedBytes)
}

// @ts-ignore: decorator
@inline
function parting(probability: u32): u32 {
  const range = high - low
  return low + (range >> 16) * probability + (((range & 0xffff) * probability) >> 16)
}

// @ts-ignore: decorator
@inline
function part(bit: i32, middle: u32): void {
  if (bit) high = middle
  else low = middle + 1
}

// @ts-ignore: decorator
@inline
function write(byte: u32): void {
  if (done < most) store<u8>(coded + done, byte)
  done++
}

// @ts-ignore: decorator
@inline
function read(): void {
  code = (code << 8) | (done < most ? <u32>load<u8>(coded + done) : 0)
  done++
}

/** @param bytes more are of no use. */
export function beginWriting(bytes: u32): void {
  begin(bytes)
}

/** @param bytes lie at `coded`. */
export function beginReading(bytes: u32): void {
  begin(bytes)
  for (let i = 0; i < 4; i++) read()
}

// @ts-ignore: decorator
@inline
export function writeBit(bit: i32, probability: i32): void {
  part(bit, parting(probability))
  while (((low ^ high) & 0xff00_0000) == 0) {
    write(high >> 24)
    low <<= 8
    high = (high << 8) | 255
  }
}

// @ts-ignore: decorator
@inline
export function readBit(probability: i32): i32 {
  const middle = parting(probability)
  let bit = 0
  if (code <= middle) {
    high = middle
    bit = 1
  } else low = middle + 1
  while (((low ^ high) & 0xff00_0000) == 0) {
    low <<= 8
    high = (high << 8) | 255
    read()
  }
  return bit
}

/** How many bytes lie at `coded`, at least one; 0 when there is no room for them. */
export function endWriting(): u32 {
  for (let kept: u64 = 0; kept <= 4; kept++) {
    const shift = 32 - 8 * kept
    const top = (((<u64>low) + (<u64>1 << shift) - 1) >> shift) << shift
    if (top > <u64>high) continue
    for (let i: u64 = 0; i < kept; i++) write(<u32>(top >> (24 - 8 * i)) & 255)
    break
  }
  if (done > most) return 0
  let size = done
  while (size > 1 && load<u8>(coded + size - 1) == 0) size--
  if (size == 0) store<u8>(coded, 0)
  return max(1, size)
}
