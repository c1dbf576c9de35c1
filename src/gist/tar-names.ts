import { createGunzip } from 'node:zlib'
import { countLine, entryLine, mostEntries } from './entry-line.js'
import { mostCharacters } from './most-characters.js'

const block = 512

/** How much of a packed archive is unpacked: its names stand between its files. */
const mostUnpacked = 256 * 1024 * 1024

/** The longest name in an entry of its own. */
const mostNameBytes = 64 * 1024

interface Header {
  readonly name: string
  readonly size: number
  readonly type: string
}

/** What a tar archive holds, packed by gzip or not: the first names. Nothing of it is kept. Throws at what is none. */
export async function tarNames(bytes: Buffer): Promise<string> {
  const reader = new Unpacked(bytes)
  let [count, names, longName] = [0, '', '']
  for (let seen = 0; seen < mostEntries && names.length <= mostCharacters; seen++) {
    const header = readHeader(await reader.read(block))
    if (!header) {
      if (seen === 0) throw new Error('no tar archive')
      return countLine(count) + names
    }
    const { type, size, name } = header
    const padded = Math.ceil(size / block) * block
    const isName = (type === 'L' || type === 'x') && size <= mostNameBytes
    if (isName) longName = nameIn(type, await reader.read(padded), size) || longName
    else await reader.skip(padded)
    if (type === '0' || type === '\0') {
      count++
      names += entryLine(longName || name, size)
    }
    if (!isName && type !== 'g') longName = ''
  }
  return `more than ${countLine(count)}${names}`
}

/** Undefined at the end: a block of zeros, or nothing. Throws where the sum is wrong, as it is in a file of another kind. */
function readHeader(head: Buffer): Header | undefined {
  if (head.length < block || head.every((byte) => byte === 0)) return undefined
  const sum = head.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte), 0)
  if (sum !== octal(head, 148, 8)) throw new Error('no tar archive')
  const isPosix = head.toString('latin1', 257, 262) === 'ustar' && head[263] === 48
  const prefix = isPosix ? text(head, 345, 155) : ''
  return {
    name: `${prefix === '' ? '' : `${prefix}/`}${text(head, 0, 100)}`,
    // Sizes of 8 GB and more have another form, and nobody mails such files.
    size: octal(head, 124, 12),
    type: String.fromCharCode(head[156] ?? 0),
  }
}

/** The name of the next entry, as GNU's tar (L) or POSIX (x) write it. */
function nameIn(type: string, bytes: Buffer, size: number): string {
  const all = bytes.toString('utf8', 0, size)
  if (type === 'L') return all.replace(/\0[\s\S]*$/, '')
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(all)?.[1] ?? ''
}

function text(head: Buffer, start: number, length: number): string {
  const end = head.subarray(start, start + length).indexOf(0)
  return head.toString('utf8', start, start + (end < 0 ? length : end))
}

function octal(head: Buffer, start: number, length: number): number {
  const digits = /^[ 0]*([0-7]*)/.exec(head.toString('latin1', start, start + length))?.[1] ?? ''
  return Number.parseInt(digits || '0', 8)
}

/** The bytes of a file, or those that gzip made it of, one after the other. */
class Unpacked {
  readonly #chunks: AsyncIterator<Buffer>
  #left: Buffer = Buffer.alloc(0)
  #unpacked = 0

  constructor(bytes: Buffer) {
    this.#chunks = isPacked(bytes) ? unpack(bytes) : whole(bytes)
  }

  /** Fewer at the end. */
  async read(size: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for (let need = size; need > 0 && (await this.#fill()); ) {
      const piece = this.#left.subarray(0, need)
      pieces.push(piece)
      this.#left = this.#left.subarray(piece.length)
      need -= piece.length
    }
    return Buffer.concat(pieces)
  }

  async skip(size: number): Promise<void> {
    for (let need = size; need > 0 && (await this.#fill()); ) {
      const passed = Math.min(need, this.#left.length)
      this.#left = this.#left.subarray(passed)
      need -= passed
    }
  }

  async #fill(): Promise<boolean> {
    while (this.#left.length === 0) {
      const { done, value } = await this.#chunks.next()
      if (done || this.#unpacked > mostUnpacked) return false
      this.#left = value
      this.#unpacked += value.length
    }
    return true
  }
}

const isPacked = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

async function* whole(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

async function* unpack(bytes: Buffer): AsyncGenerator<Buffer> {
  const stream = createGunzip()
  stream.end(bytes)
  for await (const chunk of stream) yield chunk as Buffer
}
