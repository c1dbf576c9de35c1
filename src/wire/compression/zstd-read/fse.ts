import { type BackwardBits, broken, ForwardBits, highestBit } from './bits.js'

/** A decoding table of finite state entropy (RFC 8878 4.1): by state, its symbol and where the next state lies. */
export interface FseTable {
  readonly log: number
  readonly symbols: Uint8Array
  readonly bits: Uint8Array
  readonly bases: Uint16Array
}

/** The state of a stream of symbols in its table. */
export class FseState {
  #state: number

  constructor(
    readonly table: FseTable,
    readonly from: BackwardBits,
  ) {
    this.#state = from.read(table.log)
  }

  symbol(): number {
    return this.table.symbols[this.#state] ?? 0
  }

  next(): void {
    const { bits, bases } = this.table
    this.#state = (bases[this.#state] ?? 0) + this.from.read(bits[this.#state] ?? 0)
  }
}

/** Always the same symbol, which takes no bits. */
export function fixedSymbol(symbol: number): FseTable {
  return { log: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), bases: new Uint16Array(1) }
}

/**
 * Reads the table at the beginning of these bytes, and says how many bytes it takes. `mostLog` and
 * `lastSymbol` bound it before anything is built from it.
 */
export function readFseTable(
  bytes: Uint8Array,
  { mostLog, lastSymbol }: { readonly mostLog: number; readonly lastSymbol: number },
): { readonly table: FseTable; readonly used: number } {
  const bits = new ForwardBits(bytes)
  const log = bits.read(4) + 5
  if (log > mostLog) throw broken('a table is too large')
  const counts: number[] = []
  let remaining = 1 << log
  while (remaining > 0) {
    const count = readCount(bits, remaining)
    remaining -= Math.abs(count)
    counts.push(count)
    if (count === 0) skipZeros(bits, counts, lastSymbol)
    if (counts.length > lastSymbol + 1) throw broken('a table has too many symbols')
  }
  if (remaining < 0) throw broken('a table holds more than it is large')
  return { table: fseTable(counts, log), used: bits.used }
}

/** How often the next symbol comes; -1 is "less than once". One bit less is read where the lower half says it all. */
function readCount(bits: ForwardBits, remaining: number): number {
  const width = highestBit(remaining + 1) + 1
  const value = bits.read(width)
  const half = (1 << (width - 1)) - 1
  const short = (1 << width) - 2 - remaining
  if ((value & half) < short) {
    bits.unread()
    return (value & half) - 1
  }
  return (value > half ? value - short : value) - 1
}

function skipZeros(bits: ForwardBits, counts: number[], lastSymbol: number): void {
  for (;;) {
    const more = bits.read(2)
    for (let i = 0; i < more; i++) counts.push(0)
    if (more < 3) return
    if (counts.length > lastSymbol) throw broken('a table has too many symbols')
  }
}

/** The table of these counts, which add up to its size (RFC 8878 4.1.1). */
export function fseTable(counts: readonly number[], log: number): FseTable {
  const size = 1 << log
  const symbols = new Uint8Array(size)
  const next = counts.map((count) => Math.abs(count))
  let rare = size
  counts.forEach((count, symbol) => {
    if (count < 0) symbols[--rare] = symbol
  })
  const step = (size >> 1) + (size >> 3) + 3
  let at = 0
  counts.forEach((count, symbol) => {
    for (let i = 0; i < count; i++) {
      symbols[at] = symbol
      do at = (at + step) & (size - 1)
      while (at >= rare)
    }
  })
  const [bits, bases] = [new Uint8Array(size), new Uint16Array(size)]
  symbols.forEach((symbol, state) => {
    const number = next[symbol] ?? 0
    next[symbol] = number + 1
    const width = log - highestBit(number)
    bits[state] = width
    bases[state] = (number << width) - size
  })
  return { log, symbols, bits, bases }
}
