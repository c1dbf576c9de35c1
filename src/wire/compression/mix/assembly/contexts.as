import { hashes } from './layout'
import { expected, matchLength, seenAt, size } from './match'

const newline = 10
const colon = 58

/** The last four bytes, the last one lowest, and the four before. */
export let last4: i32 = 0
let before4: i32 = 0
let word: i32 = 0
let wordBefore: i32 = 0
let field: i32 = 0
let line: i32 = 0
/** Whether nothing but a field's name has come in this line. */
let inName: bool = true
let lineStart: i32 = 0
let lineAbove: i32 = 0

// @ts-ignore: decorator
@inline
function name(context: usize, content: u32, kind: u32): void {
  const mixed: u32 = ((content * <u32>0x9e3779b1) ^ kind) * <u32>0x85ebca77
  store<u32>(hashes + (context << 2), mixed ^ (mixed >> 15))
}

function readWord(byte: i32): void {
  const lower = byte >= 65 && byte <= 90 ? byte + 32 : byte
  if ((lower >= 97 && lower <= 122) || (lower >= 48 && lower <= 57) || lower >= 128)
    word = (word + lower) * 0x2f0b4c47
  else if (word != 0) {
    wordBefore = word
    word = 0
  }
}

function readLine(byte: i32): void {
  if (byte == newline) {
    lineAbove = lineStart
    lineStart = i32(size)
    inName = true
    line = 0
  } else if (inName) {
    if (byte == colon) field = line
    inName = byte > 32 && byte != colon
    line = (line + byte) * 0x2f0b4c47
  }
}

/** Names the contexts behind a byte, which the match has taken in already. */
export function pushContexts(byte: i32): void {
  before4 = (before4 << 8) | (last4 >>> 24)
  last4 = (last4 << 8) | byte
  readWord(byte)
  readLine(byte)
  const column = i32(size) - lineStart
  const above = seenAt(lineAbove + column)
  name(0, byte, 1)
  name(1, last4 & 0xffff, 2)
  name(2, last4 & 0xffffff, 3)
  name(3, last4, 4)
  name(4, last4, 5 + (before4 & 0xffff) * 16)
  name(5, word + byte, 6)
  name(6, word + byte, wordBefore + 7)
  name(7, field, word * 16 + byte * 16 + 8)
  name(8, above | (byte << 8) | (seenAt(lineAbove + column + 1) << 16), 9)
  name(9, <u32>last4 & 0xff00ff00, 10)
  name(10, matchLength == 0 ? 0 : expected + 256 + min(matchLength, 32) * 512, 11)
  name(11, column, 12 + above * 16)
}
