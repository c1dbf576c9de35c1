import { concat } from './concat.js'
import type { ByteSource } from './source.js'

/** Sources one behind the other. */
export function joinedSource(sources: readonly ByteSource[]): ByteSource {
  const ends: number[] = []
  for (const { size } of sources) ends.push((ends.at(-1) ?? 0) + size)
  const size = ends.at(-1) ?? 0
  return {
    size,
    async read(offset, length) {
      const chunks: Uint8Array[] = []
      const end = Math.min(offset + length, size)
      for (const [i, source] of sources.entries()) {
        const start = (ends[i] ?? 0) - source.size
        const from = Math.max(offset, start)
        const to = Math.min(end, start + source.size)
        if (from < to) chunks.push(await source.read(from - start, to - from))
      }
      return chunks.length === 1 && chunks[0] ? chunks[0] : concat(chunks)
    },
  }
}

/** A range of another source. */
export function rangeSource(source: ByteSource, start: number, end: number): ByteSource {
  const size = Math.max(0, Math.min(end, source.size) - start)
  return {
    size,
    read: async (offset, length) => {
      const within = Math.max(0, Math.min(length, size - offset))
      return within === 0 ? new Uint8Array() : source.read(start + offset, within)
    },
  }
}
