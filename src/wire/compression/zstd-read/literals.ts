import { broken, byteAt } from './bits.js'
import { type HuffmanTable, readHuffmanStream, readHuffmanTable } from './huffman.js'

const kinds = { raw: 0, rle: 1, compressed: 2, treeless: 3 } as const

/** A block's literals, the bytes of its section, and the table that the next block may use again. */
export interface Literals {
  readonly literals: Uint8Array
  readonly used: number
  readonly table: HuffmanTable
}

/** The first section of a block (RFC 8878 3.1.1.3.1). It gives `most` bytes at most, which bounds what is set aside for them. */
export function readLiterals(block: Uint8Array, table: HuffmanTable, most: number): Literals {
  const kind = byteAt(block, 0) & 3
  const format = (byteAt(block, 0) >> 2) & 3
  return kind === kinds.raw || kind === kinds.rle
    ? plainLiterals(block, { rle: kind === kinds.rle, format, table, most })
    : codedLiterals(block, { treeless: kind === kinds.treeless, format, table, most })
}

function plainLiterals(
  block: Uint8Array,
  {
    rle,
    format,
    table,
    most,
  }: { readonly rle: boolean; readonly format: number; readonly table: HuffmanTable; readonly most: number },
): Literals {
  const head = format === 3 ? 3 : format === 1 ? 2 : 1
  const size = headNumber(block, head) >> (head === 1 ? 3 : 4)
  const used = head + (rle ? 1 : size)
  if (size > most) throw broken('more literals than content')
  if (used > block.length) throw broken('cut short')
  const literals = rle ? new Uint8Array(size).fill(byteAt(block, head)) : block.subarray(head, used)
  return { literals, used, table }
}

function codedLiterals(
  block: Uint8Array,
  {
    treeless,
    format,
    table: earlier,
    most,
  }: {
    readonly treeless: boolean
    readonly format: number
    readonly table: HuffmanTable
    readonly most: number
  },
): Literals {
  const head = format < 2 ? 3 : format + 2
  const width = [10, 10, 14, 18][format] ?? 0
  // 40 bits at most: numbers hold them, shifts don't.
  const sizes = Math.floor(headNumber(block, head) / 16)
  const size = sizes % (1 << width)
  const used = head + Math.floor(sizes / (1 << width))
  if (size > most) throw broken('more literals than content')
  if (used > block.length) throw broken('cut short')
  const body = block.subarray(head, used)
  const own = treeless ? { table: earlier, used: 0 } : readHuffmanTable(body)
  const literals = new Uint8Array(size)
  const streams = body.subarray(own.used)
  if (format === 0) readHuffmanStream(streams, own.table, literals)
  else readFourStreams(streams, own.table, literals)
  return { literals, used, table: own.table }
}

/** A quarter of the literals each; the sizes of three stand before them. */
function readFourStreams(bytes: Uint8Array, table: HuffmanTable, into: Uint8Array): void {
  const quarter = (into.length + 3) >> 2
  let at = 6
  for (let i = 0; i < 4; i++) {
    const end = i < 3 ? at + byteAt(bytes, 2 * i) + 256 * byteAt(bytes, 2 * i + 1) : bytes.length
    if (end > bytes.length || 3 * quarter > into.length) throw broken('cut short')
    readHuffmanStream(bytes.subarray(at, end), table, into.subarray(i * quarter, (i + 1) * quarter))
    at = end
  }
}

/** The first bytes as one number, the lowest first. */
function headNumber(bytes: Uint8Array, count: number): number {
  let value = 0
  for (let i = count - 1; i >= 0; i--) value = value * 256 + byteAt(bytes, i)
  return value
}
