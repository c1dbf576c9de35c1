import { protocolError } from './values.js'

/** What a side makes of what it doesn't know, since a newer one may say it. docs/PROTOCOL.md "Versions". */

/** A side that doesn't know a frame of this kind or above passes it over; below, an unknown kind is an error. */
const firstPassableKind = 24

/** Throws PROTOCOL unless a frame of this kind, which isn't known here, can be passed over. */
export function passOver(kind: number, direction: 'request' | 'answer'): void {
  if (kind < firstPassableKind) throw protocolError(`a frame of the unknown kind ${kind} in its ${direction}`)
}

/** The bits of a field by name: each a power of two. */
type Bits<Name extends string> = Readonly<Record<Name, number>>

export function sumBits<Name extends string>(
  bits: Bits<Name>,
  set: { readonly [N in Name]: boolean | undefined },
): number {
  return Object.entries<boolean | undefined>(set).reduce(
    (sum, [name, on]) => (on ? sum + bits[name as Name] : sum),
    0,
  )
}

/**
 * Checks a field for unknown bits. Their position says what to do: a side may ignore one at an odd position
 * (2, 8, 32...) and must not ignore one at an even position (1, 4, 16...). Throws PROTOCOL for the latter.
 */
export function refuseEvenBits<Name extends string>(value: number, bits: Bits<Name>, where: string): void {
  const known = Object.values<number>(bits)
  for (let bit = 1; bit <= value; bit *= 4)
    if (hasBit(value, bit) && !known.includes(bit)) throw protocolError(`the unknown bit ${bit} in ${where}`)
}

/** Throws PROTOCOL on any bit that isn't known: what it says can't be passed over where it stands. */
export function refuseUnknownBits<Name extends string>(value: number, bits: Bits<Name>, where: string): void {
  const known = Object.values<number>(bits)
  for (let bit = 1; bit <= value; bit *= 2)
    if (hasBit(value, bit) && !known.includes(bit)) throw protocolError(`the unknown bit ${bit} in ${where}`)
}

/** Works for numbers beyond 32 bits, too. */
function hasBit(value: number, bit: number): boolean {
  return Math.floor(value / bit) % 2 === 1
}
