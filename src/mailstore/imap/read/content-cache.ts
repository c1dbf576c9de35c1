/** Pieces of messages that were read from the server lately. They never change, so nothing is ever wrong in it. */
export class ContentCache<T extends { readonly bytes: Uint8Array }> {
  private readonly pieces = new Map<string, T>()
  private bytes = 0

  constructor(private readonly maxBytes: number) {}

  get(key: string): T | undefined {
    const piece = this.pieces.get(key)
    if (!piece) return undefined
    // The map's order is that of use.
    this.pieces.delete(key)
    this.pieces.set(key, piece)
    return piece
  }

  put(key: string, piece: T): void {
    this.drop(key)
    this.pieces.set(key, piece)
    this.bytes += piece.bytes.length
    for (const oldest of this.pieces.keys()) {
      if (this.bytes <= this.maxBytes) return
      this.drop(oldest)
    }
  }

  drop(key: string): void {
    this.bytes -= this.pieces.get(key)?.bytes.length ?? 0
    this.pieces.delete(key)
  }
}
