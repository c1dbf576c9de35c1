// What programs that run in a browser get for Node's `Buffer`: so much of it as suites of ports use.

class Bytes extends Uint8Array {
  override toString(encoding?: 'hex' | 'latin1'): string {
    if (encoding === 'latin1') return Array.from(this, (byte) => String.fromCharCode(byte)).join('')
    if (encoding === 'hex') return Array.from(this, (byte) => byte.toString(16).padStart(2, '0')).join('')
    return new TextDecoder().decode(this)
  }
}

export const Buffer = {
  from: (source: string | Uint8Array): Bytes =>
    new Bytes(typeof source === 'string' ? new TextEncoder().encode(source) : source),

  concat: (pieces: readonly Uint8Array[]): Bytes => {
    const made = new Bytes(pieces.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const piece of pieces) {
      made.set(piece, at)
      at += piece.length
    }
    return made
  },

  compare: (a: Uint8Array, b: Uint8Array): number => {
    for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return (a[i] ?? 0) - (b[i] ?? 0)
    return a.length - b.length
  },
}
