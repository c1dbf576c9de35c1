import { last4 } from './contexts'
import { afterThree, guesses, startsAhead } from './layout'
import { expected, matchLength } from './match'
import { lineAt, touchLine } from './refinement'
import { nameSlots, touchSlots } from './slots'

// Where each part is asked for when it is needed, half of the time goes into waiting for memory. A byte says where nearly all lies that it
// needs, so all of that is asked for at once, before it begins. Who writes knows the byte. Who reads guesses it: a wrong guess takes time
// and changes nothing.

let guessAt: usize = guesses
/** Nobody reads it. Without it the compiler would leave out the loads. */
let touched: u32 = 0

/** A byte came: a guess of the next one. */
export function guessAfter(byte: i32): i32 {
  store<u8>(guessAt, byte)
  guessAt = guesses + <usize>hashOfThree()
  return matchLength > 0 ? expected : <i32>load<u8>(guessAt)
}

// @ts-ignore: decorator
@inline
function hashOfThree(): u32 {
  return (<u32>(last4 & 0xff_ffff) * <u32>0x9e3779b1) >> 16
}

/** The situation in which the second refinement is. */
// @ts-ignore: decorator
@inline
export function situationOfThree(known: i32): u32 {
  return (hashOfThree() ^ (<u32>known * 0x3d4d)) & 0xffff
}

/** Loads what is needed for the next byte, whose slots are named at `names`, if it is this one. */
export function touchAhead(byte: i32, names: usize): void {
  nameSlots(16 | (byte >> 4), startsAhead)
  let all = touchSlots(names) + touchSlots(startsAhead)
  for (let shift = 8; shift > 0; shift--)
    all += touchLine(lineAt(afterThree, situationOfThree((256 | byte) >> shift)))
  touched = all
}

/** Loads named slots, of a byte that isn't what was guessed. */
export function touchNow(names: usize): void {
  touched = touchSlots(names)
}
