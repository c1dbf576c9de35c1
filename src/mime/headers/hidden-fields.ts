import { concat } from '../../bytes/concat.js'
import { type ByteSource, readRange } from '../../bytes/source.js'
import { headerFields, headerSize, isBlankLine } from './header-fields.js'

/** A longer header is nobody's mail. */
export const maxSentHeaderBytes = 1024 * 1024

/**
 * Bcc (RFC 5322 3.6.3), and what Thunderbird notes for itself in a draft and leaves out when it sends by itself: its account, and the
 * mailbox for the copy.
 */
const hidden = /^(?:bcc|resent-bcc|fcc|x-mozilla-draft-info|x-identity-key)$/

/** A message as it goes out: without the fields that only its author's copy has, and else the same bytes. */
export function withoutHidden(message: ByteSource, header: Uint8Array): ByteSource {
  const kept: Uint8Array[] = []
  let at = 0
  for (const { name, start, end } of headerFields(header)) {
    if (!hidden.test(name)) continue
    kept.push(header.subarray(at, start))
    at = end
  }
  if (at === 0) return message
  kept.push(header.subarray(at))
  const begin = concat(kept)
  const cut = header.length - begin.length
  return {
    size: message.size - cut,
    read: async (offset, length) => {
      if (offset >= begin.length) return message.read(offset + cut, length)
      const first = begin.subarray(offset, offset + length)
      if (first.length === length) return first
      return concat([first, await message.read(header.length, length - first.length)])
    },
  }
}

/** The header with its blank line, as far as there is one. Undefined where it is too long. */
export async function readHeader(message: ByteSource): Promise<Uint8Array | undefined> {
  let read: Uint8Array = new Uint8Array()
  for await (const chunk of readRange(message)) {
    read = concat([read, chunk])
    const size = headerSize(read)
    if (endsHeader(read, size)) return read.subarray(0, size)
    if (read.length > maxSentHeaderBytes) return undefined
  }
  return read
}

/** Whether these bytes of a header, up to `size`, end with its blank line. */
function endsHeader(bytes: Uint8Array, size: number): boolean {
  const lineStart = bytes.lastIndexOf(10, size - 2) + 1
  return bytes[size - 1] === 10 && isBlankLine(bytes, lineStart)
}
