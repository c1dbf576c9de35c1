import { setImmediate } from 'node:timers/promises'

/** What is written and not taken is in memory once more for each connection, encrypted. */
const pieceBytes = 64 * 1024

/**
 * Files for whoever asks, piece by piece. After each, whoever it is for, everybody else has a turn: it is encrypted in a fraction of a millisecond,
 * and hundreds of strangers may ask at once.
 */
export class FilePieces {
  #last: Promise<unknown> = Promise.resolve()

  async *of(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      const turn = this.#last.then(() => setImmediate())
      this.#last = turn
      await turn
      yield bytes.subarray(at, at + pieceBytes)
    }
  }
}
