const cr = 13
const lf = 10

/** The same lines, each ended by LF as programs of this machine have them, where CRLF ended them. A CR anywhere else stays. */
export async function* withLineFeeds(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held = false
  for await (const chunk of chunks) {
    const out = new Uint8Array(chunk.length + 1)
    let size = 0
    for (const byte of chunk) {
      if (held && byte !== lf) out[size++] = cr
      held = byte === cr
      if (!held) out[size++] = byte
    }
    if (size > 0) yield out.subarray(0, size)
  }
  if (held) yield Uint8Array.of(cr)
}
