import { BackwardBits, broken, byteAt } from './bits.js'
import { FseState, type FseTable, fixedSymbol, fseTable, readFseTable } from './fse.js'

/** The three tables of a block's sequences; the next block may use them again. */
export interface SequenceTables {
  readonly literals: FseTable
  readonly offsets: FseTable
  readonly matches: FseTable
}

/** What a table may be (RFC 8878 3.1.1.3.2.1), and what it is where a block says "predefined" (3.1.1.3.2.2). */
export const tableBounds = {
  literals: { mostLog: 9, lastSymbol: 35 },
  // An offset of 2^20 already lies before any dictionary.
  offsets: { mostLog: 8, lastSymbol: 31 },
  matches: { mostLog: 9, lastSymbol: 52 },
} as const

const mostOffsetBits = 20

const predefined = (): SequenceTables => ({
  literals: fseTable(
    [
      4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1,
      -1, -1,
    ],
    6,
  ),
  offsets: fseTable(
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
    5,
  ),
  matches: fseTable(
    [
      1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
      1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
    6,
  ),
})

/** Lengths by their codes: from where, and how many bits are added. */
const literalBits = [
  ...new Array<number>(16).fill(0),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  6,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
]
const matchBits = [
  ...new Array<number>(32).fill(0),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
]
const literalBases = literalBits.map((_, code) =>
  code < 25 ? sumOfRanges(literalBits, code, 0) : 64 << (code - 25),
)
const matchBases = matchBits.map((_, code) =>
  code < 43 ? sumOfRanges(matchBits, code, 3) : 3 + (128 << (code - 43)),
)

/** Each code goes on where the one before ends. */
function sumOfRanges(bits: readonly number[], code: number, from: number): number {
  return bits.slice(0, code).reduce((sum, width) => sum + (1 << width), from)
}

export interface Sequences {
  /** Calls `each` with every sequence: so many literals, then so many bytes from so far back. Offsets 1 to 3 are still codes. */
  run(each: (literals: number, match: number, offset: number) => void): void
  readonly tables: SequenceTables
}

/** The second section of a block (RFC 8878 3.1.1.3.2), up to its last byte. */
export function readSequences(section: Uint8Array, earlier: SequenceTables): Sequences {
  const first = byteAt(section, 0)
  if (first === 0) {
    if (section.length > 1) throw broken('bytes follow its last sequence')
    return { run: () => undefined, tables: earlier }
  }
  const [count, head] =
    first < 128
      ? [first, 1]
      : first < 255
        ? [((first - 128) << 8) + byteAt(section, 1), 2]
        : [byteAt(section, 1) + (byteAt(section, 2) << 8) + 0x7f00, 3]
  const modes = byteAt(section, head)
  if ((modes & 3) !== 0) throw broken('a reserved bit')
  let at = head + 1
  const shared = predefined()
  const tableOf = (name: keyof SequenceTables, mode: number): FseTable => {
    if (mode === 0) return shared[name]
    if (mode === 3) return earlier[name]
    const bounds = tableBounds[name]
    if (mode === 1) {
      const symbol = byteAt(section, at++)
      if (symbol > bounds.lastSymbol) throw broken('no such symbol')
      return fixedSymbol(symbol)
    }
    const { table, used } = readFseTable(section.subarray(at), bounds)
    at += used
    return table
  }
  // They stand in this order.
  const literals = tableOf('literals', modes >> 6)
  const offsets = tableOf('offsets', (modes >> 4) & 3)
  const matches = tableOf('matches', (modes >> 2) & 3)
  const tables = { literals, offsets, matches }
  return { tables, run: (each) => runSequences(section.subarray(at), count, tables, each) }
}

function runSequences(
  bytes: Uint8Array,
  count: number,
  tables: SequenceTables,
  each: (literals: number, match: number, offset: number) => void,
): void {
  const bits = new BackwardBits(bytes)
  const literals = new FseState(tables.literals, bits)
  const offsets = new FseState(tables.offsets, bits)
  const matches = new FseState(tables.matches, bits)
  for (let i = 0; i < count; i++) {
    if (i > 0) {
      literals.next()
      matches.next()
      offsets.next()
    }
    const [literalCode, matchCode, offsetBits] = [literals.symbol(), matches.symbol(), offsets.symbol()]
    if (offsetBits > mostOffsetBits) throw broken('an offset lies before everything')
    const offset = (1 << offsetBits) + bits.read(offsetBits)
    const match = (matchBases[matchCode] ?? 0) + bits.read(matchBits[matchCode] ?? 0)
    const length = (literalBases[literalCode] ?? 0) + bits.read(literalBits[literalCode] ?? 0)
    if (bits.left < 0) throw broken('cut short')
    each(length, match, offset)
  }
  if (bits.left !== 0) throw broken('bits follow its last sequence')
}
