import { equalBytes } from './concat.js'

/** Random access to immutable bytes: a mail file, a blob, a buffer. Never held in memory as a whole. */
export interface ByteSource {
  readonly size: number
  /** Reads `length` bytes from `offset`; fewer only at the end of the source. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** A source over bytes that are in memory already. */
export function memorySource(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) }
}

/** The bytes of a range of a source, in chunks of at most `chunkBytes`. */
export async function* readRange(
  source: ByteSource,
  offset = 0,
  length = source.size - offset,
  chunkBytes = 65536,
): AsyncGenerator<Uint8Array> {
  const end = offset + length
  for (let at = offset; at < end; ) {
    const chunk = await source.read(at, Math.min(chunkBytes, end - at))
    if (chunk.length === 0) return
    yield chunk
    at += chunk.length
  }
}

/** Whether two sources hold the same bytes, each from its own place on. */
export async function equalSources(
  one: ByteSource,
  other: ByteSource,
  { start = 0, otherStart = 0 }: { readonly start?: number; readonly otherStart?: number } = {},
): Promise<boolean> {
  if (one.size - start !== other.size - otherStart) return false
  let at = otherStart
  for await (const chunk of readRange(one, start)) {
    if (!equalBytes(chunk, await other.read(at, chunk.length))) return false
    at += chunk.length
  }
  return at === other.size
}
