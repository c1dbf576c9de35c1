import { BackwardBits, broken, byteAt, highestBit } from './bits.js'
import { FseState, readFseTable } from './fse.js'

/** A decoding table of Huffman codes (RFC 8878 4.2): by the next `log` bits, the symbol (low byte) and how many of them are its own. */
export interface HuffmanTable {
  readonly log: number
  readonly entries: Uint16Array
}

/** RFC 8878 4.2.1: no code is longer. */
const mostLog = 11
const mostWeights = 255

/** The table that stands at the beginning of these bytes, and how many of them are its own. */
export function readHuffmanTable(bytes: Uint8Array): { readonly table: HuffmanTable; readonly used: number } {
  const head = byteAt(bytes, 0)
  const own = head < 128 ? head : (head - 127 + 1) >> 1
  if (1 + own > bytes.length) throw broken('cut short')
  const body = bytes.subarray(1, 1 + own)
  const weights = head < 128 ? compressedWeights(body) : plainWeights(body, head - 127)
  return { table: huffmanTable(weights), used: 1 + own }
}

function plainWeights(bytes: Uint8Array, count: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const both = byteAt(bytes, i >> 1)
    return i % 2 === 0 ? both >> 4 : both & 15
  })
}

/** Two states take turns, until one would need bits that there aren't; the other then gives its last. */
function compressedWeights(bytes: Uint8Array): number[] {
  const { table, used } = readFseTable(bytes, { mostLog: 6, lastSymbol: mostLog + 1 })
  const bits = new BackwardBits(bytes.subarray(used))
  let [turn, other] = [new FseState(table, bits), new FseState(table, bits)]
  if (bits.left < 0) throw broken('cut short')
  const weights: number[] = []
  while (weights.length < mostWeights) {
    weights.push(turn.symbol())
    turn.next()
    if (bits.left < 0) {
      weights.push(other.symbol())
      break
    }
    ;[turn, other] = [other, turn]
  }
  if (weights.length > mostWeights || bits.left >= 0) throw broken('too many weights')
  return weights
}

/** The last symbol's weight isn't told: it is what fills the table. */
function huffmanTable(weights: readonly number[]): HuffmanTable {
  const sum = weights.reduce((total, weight) => total + (weight > 0 ? 1 << (weight - 1) : 0), 0)
  const log = highestBit(sum) + 1
  if (sum === 0 || log > mostLog) throw broken('its codes are too long')
  const rest = (1 << log) - sum
  const all = [...weights, highestBit(rest) + 1]
  if (rest !== 1 << highestBit(rest)) throw broken('its codes leave a gap')
  const entries = new Uint16Array(1 << log)
  let at = 0
  for (let weight = 1; weight <= log; weight++)
    all.forEach((each, symbol) => {
      if (each !== weight) return
      const end = at + (1 << (weight - 1))
      entries.fill(symbol | ((log + 1 - weight) << 8), at, end)
      at = end
    })
  return { log, entries }
}

/** Fills `into` with the symbols of one stream, which must hold just these. */
export function readHuffmanStream(bytes: Uint8Array, table: HuffmanTable, into: Uint8Array): void {
  const bits = new BackwardBits(bytes)
  const { log, entries } = table
  for (let i = 0; i < into.length; i++) {
    const entry = entries[bits.peek(log)] ?? 0
    bits.left -= entry >> 8
    into[i] = entry & 255
  }
  if (bits.left !== 0) throw broken('a stream does not end with its last symbol')
}
