import { crc32 } from 'node:zlib'

/** What V8 made of parts of the program in earlier runs. */
export interface KeptCode {
  /** V8's own name for its version and the flags under which it takes this code. */
  readonly tag: number
  readonly parts: ReadonlyMap<string, Buffer>
}

interface Header {
  readonly key: string
  readonly tag: number
  readonly parts: readonly (readonly [name: string, size: number])[]
}

const headerAt = 8
/** Where V8 reads code without copying it first. */
const aligned = (size: number): number => Math.ceil(size / 8) * 8

/** As bytes: a checksum of all that follows, the header's size, the header, and the code of each part. `key` says for what it was made. */
export function encodeCode(key: string, { tag, parts }: KeptCode): Buffer {
  const sizes = [...parts].map(([name, { length }]) => [name, length] as const)
  const header = Buffer.from(JSON.stringify({ key, tag, parts: sizes } satisfies Header))
  const codeAt = aligned(headerAt + header.length)
  const bytes = Buffer.alloc(sizes.reduce((at, [, size]) => at + aligned(size), codeAt))
  bytes.writeUInt32LE(header.length, 4)
  header.copy(bytes, headerAt)
  let at = codeAt
  for (const code of parts.values()) {
    code.copy(bytes, at)
    at += aligned(code.length)
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0)
  return bytes
}

/** The code in these bytes; undefined where it is for something else, or they are damaged in any way: V8 runs damaged code without a word. */
export function decodeCode(bytes: Buffer, key: string): KeptCode | undefined {
  if (bytes.length < headerAt || bytes.readUInt32LE(0) !== crc32(bytes.subarray(4))) return undefined
  const headerEnd = headerAt + bytes.readUInt32LE(4)
  const header = JSON.parse(bytes.toString('utf8', headerAt, headerEnd)) as Header
  if (header.key !== key) return undefined
  const parts = new Map<string, Buffer>()
  let at = aligned(headerEnd)
  for (const [name, size] of header.parts) {
    parts.set(name, bytes.subarray(at, at + size))
    at += aligned(size)
  }
  return { tag: header.tag, parts }
}
