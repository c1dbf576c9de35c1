import type { Codec } from '../codec.js'
import { zstdCodec } from '../zstd-engine.js'
import { entropyTables } from '../zstd-tables.js'
import { broken, byteAt } from './bits.js'
import { type FseTable, readFseTable } from './fse.js'
import { type HuffmanTable, readHuffmanTable } from './huffman.js'
import { readLiterals } from './literals.js'
import { readSequences, type SequenceTables, tableBounds } from './sequences.js'

/** RFC 8878 3.1.1.2.4: no block holds more. */
const blockMaxBytes = 128 * 1024

/** What a block leaves to the next. */
interface Tables {
  readonly huffman: HuffmanTable
  readonly sequences: SequenceTables
}

/**
 * Codec 1 that only reads, after RFC 8878, for where the WebAssembly of the other one is too large to load: a
 * browser. It compresses nothing, so what goes up uses another codec or none. It accepts, gives and refuses
 * exactly what the other one does. Arjun Barrett's fzstd (MIT) showed how little code that takes; unlike
 * fzstd, this knows dictionaries and allocates nothing beyond the content's size.
 */
export function zstdReader(): Codec {
  const tables = dictionaryTables(entropyTables)
  return zstdCodec({
    compress: () => null,
    decompress: (frame, dictionary, size) =>
      readFrame(frame, dictionary.subarray(entropyTables.length), size, tables),
  })
}

/** The head of a dictionary (RFC 8878 5), behind its magic and id. The offsets at its end are 1, 4, 8, as without a dictionary. */
function dictionaryTables(head: Uint8Array): Tables {
  const { table: huffman, used } = readHuffmanTable(head.subarray(8))
  let at = 8 + used
  const next = (bounds: { readonly mostLog: number; readonly lastSymbol: number }): FseTable => {
    const { table, used } = readFseTable(head.subarray(at), bounds)
    at += used
    return table
  }
  const offsets = next(tableBounds.offsets)
  const matches = next(tableBounds.matches)
  const literals = next(tableBounds.literals)
  return { huffman, sequences: { literals, offsets, matches } }
}

/** The frame's head is our own (`zstdFrameAround`) and its blocks follow each other up to its end; what is in them may be anybody's. */
function readFrame(frame: Uint8Array, past: Uint8Array, size: number, tables: Tables): Uint8Array {
  const output = new Output(past, size)
  let now = tables
  for (let at = headBytes(frame), last = false; !last; ) {
    const header = byteAt(frame, at) | (byteAt(frame, at + 1) << 8) | (byteAt(frame, at + 2) << 16)
    last = (header & 1) === 1
    const [kind, length] = [(header >> 1) & 3, header >> 3]
    at += 3
    if (kind === 1) output.repeat(byteAt(frame, at++), length)
    else {
      const block = frame.subarray(at, at + length)
      at += length
      if (kind === 0) output.add(block, 0, block.length)
      else now = readBlock(block, output, now)
    }
  }
  return output.whole()
}

/** Magic and descriptor, and the content's size in as many bytes as the descriptor says. */
function headBytes(frame: Uint8Array): number {
  return 5 + ([1, 2, 4][byteAt(frame, 4) >> 6] ?? 8)
}

function readBlock(block: Uint8Array, output: Output, tables: Tables): Tables {
  const most = Math.min(blockMaxBytes, output.room)
  const { literals, used, table: huffman } = readLiterals(block, tables.huffman, most)
  const { run, tables: sequences } = readSequences(block.subarray(used), tables.sequences)
  let at = 0
  run((length, match, offset) => {
    if (at + length > literals.length) throw broken('more literals than there are')
    output.add(literals, at, length)
    at += length
    output.copy(match, offset, length === 0)
  })
  output.add(literals, at, literals.length - at)
  return { huffman, sequences }
}

/** The content as it grows, behind what both sides hold. It never grows over its size. */
class Output {
  readonly #bytes: Uint8Array
  #at = 0
  /** The last three offsets, the latest first (RFC 8878 3.1.1.5). */
  #latest: readonly [number, number, number] = [1, 4, 8]

  constructor(
    readonly past: Uint8Array,
    size: number,
  ) {
    this.#bytes = new Uint8Array(size)
  }

  get room(): number {
    return this.#bytes.length - this.#at
  }

  add(from: Uint8Array, at: number, length: number): void {
    this.#take(length)
    for (let i = 0; i < length; i++) this.#bytes[this.#at + i] = from[at + i] ?? 0
    this.#at += length
  }

  repeat(byte: number, length: number): void {
    this.#take(length)
    this.#bytes.fill(byte, this.#at, this.#at + length)
    this.#at += length
  }

  /** Copies bytes from as far back as `code` says. They may overlap the copy. */
  copy(length: number, code: number, afterMatch: boolean): void {
    const offset = this.#offset(code, afterMatch)
    const { past } = this
    if (offset < 1 || offset > this.#at + past.length) throw broken('an offset lies before everything')
    this.#take(length)
    const bytes = this.#bytes
    for (let i = 0, from = this.#at - offset; i < length; i++, from++)
      bytes[this.#at + i] = (from < 0 ? past[past.length + from] : bytes[from]) ?? 0
    this.#at += length
  }

  #offset(code: number, afterMatch: boolean): number {
    const [first, second, third] = this.#latest
    if (code > 3) {
      this.#latest = [code - 3, first, second]
      return code - 3
    }
    // Without literals in between the last one again would have been a longer match, so the codes mean others.
    const which = afterMatch ? code : code - 1
    if (which === 0) return first
    const offset = which === 1 ? second : which === 2 ? third : first - 1
    this.#latest = [offset, first, which === 1 ? third : second]
    return offset
  }

  whole(): Uint8Array {
    if (this.room > 0) throw broken('less than its size')
    return this.#bytes
  }

  #take(length: number): void {
    if (length > this.room) throw broken('more than its size')
  }
}
