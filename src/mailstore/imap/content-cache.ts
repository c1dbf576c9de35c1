/** Pieces of messages that were read from the server lately. They never change, so nothing is ever wrong in it. */
export class ContentCache {
  private readonly pieces = new Map<string, Uint8Array>()
  private bytes = 0

  constructor(private readonly maxBytes: number) {}

  get(key: string): Uint8Array | undefined {
    const piece = this.pieces.get(key)
    if (!piece) return undefined
    // The map's order is that of use.
    this.pieces.delete(key)
    this.pieces.set(key, piece)
    return piece
  }

  put(key: string, piece: Uint8Array): void {
    this.drop(key)
    this.pieces.set(key, piece)
    this.bytes += piece.length
    for (const oldest of this.pieces.keys()) {
      if (this.bytes <= this.maxBytes) return
      this.drop(oldest)
    }
  }

  private drop(key: string): void {
    this.bytes -= this.pieces.get(key)?.length ?? 0
    this.pieces.delete(key)
  }
}
