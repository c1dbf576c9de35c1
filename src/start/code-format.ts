import { crc32 } from 'node:zlib'

/** What is kept of earlier runs of a command. */
export interface KeptCode {
  /** The parts that they used, as V8 had them when it made the code. */
  readonly parts: readonly string[]
  /** What V8 made of these parts, as one list of them. */
  readonly code?: MadeCode
}

export interface MadeCode {
  /** V8's own name for its version and the flags under which it takes this code. */
  readonly tag: number
  /** The run did its work, and so used the functions that this takes. */
  readonly whole: boolean
  /** The modules of Node that it loaded. */
  readonly modules: readonly string[]
  readonly bytes: Buffer
}

interface Header extends Pick<KeptCode, 'parts'>, Partial<Omit<MadeCode, 'bytes'>> {
  readonly key: string
}

const headerAt = 8
/** Aligns to 8 bytes, from where V8 reads code without copying it. */
const aligned = (size: number): number => Math.ceil(size / 8) * 8

/** As bytes: a checksum of all that follows, the header's size, the header, and the code. `key` says for what it was made. */
export function encodeCode(key: string, { parts, code }: KeptCode): Buffer {
  const { bytes = Buffer.alloc(0), ...about } = code ?? {}
  const header = Buffer.from(JSON.stringify({ key, parts, ...about } satisfies Header))
  const codeAt = aligned(headerAt + header.length)
  const all = Buffer.alloc(codeAt + bytes.length)
  all.writeUInt32LE(header.length, 4)
  header.copy(all, headerAt)
  bytes.copy(all, codeAt)
  all.writeUInt32LE(crc32(all.subarray(4)), 0)
  return all
}

/** What these bytes hold; undefined where it is for something else, or they are damaged in any way: V8 runs damaged code without a word. */
export function decodeCode(all: Buffer, key: string): KeptCode | undefined {
  if (all.length < headerAt || all.readUInt32LE(0) !== crc32(all.subarray(4))) return undefined
  const headerEnd = headerAt + all.readUInt32LE(4)
  const { parts, tag, whole, modules, ...header } = JSON.parse(
    all.toString('utf8', headerAt, headerEnd),
  ) as Header
  if (header.key !== key) return undefined
  const bytes = all.subarray(aligned(headerEnd))
  if (tag === undefined || whole === undefined || modules === undefined) return { parts }
  return { parts, code: { tag, whole, modules, bytes } }
}
