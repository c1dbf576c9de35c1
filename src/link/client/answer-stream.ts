import { concat } from '../../bytes/concat.js'

/** Carries bytes from a connection to the reader of the answer. */
export interface AnswerStream {
  /** Takes bytes from the connection; true when it should be paused, until `onRoom` is called. */
  push(chunk: Uint8Array): boolean
  end(): void
  /** The reader gets what was pushed before, then this error. */
  fail(error: unknown): void
  /** To be read once. */
  readonly bytes: AsyncIterable<Uint8Array>
}

const pieceBytes = 65_536

/**
 * A bounded queue that loses nothing: on a cut line, the reader gets what has arrived before the error. What
 * arrived while the reader was busy it gets together, in pieces of some 64 kB; where the line is faster than
 * the disk, it so writes seldom and much. `onAbandoned` is called when the reader stops before the end.
 */
export function createAnswerStream(options: {
  readonly maxBytes: number
  readonly onRoom: () => void
  readonly onAbandoned: () => void
}): AnswerStream {
  const queue: Uint8Array[] = []
  let size = 0
  let full = false
  let ended: { readonly error?: unknown } | undefined
  let wake: (() => void) | undefined

  function takePiece(): Uint8Array {
    let [count, taken] = [0, 0]
    while (count < queue.length && taken < pieceBytes) taken += queue[count++]?.length ?? 0
    size -= taken
    return concat(queue.splice(0, count))
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    let whole = false
    try {
      for (;;) {
        if (queue.length > 0) {
          const piece = takePiece()
          if (full && size < options.maxBytes / 2) {
            full = false
            options.onRoom()
          }
          yield piece
        } else if (ended) {
          whole = true
          if ('error' in ended) throw ended.error
          return
        } else {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      }
    } finally {
      if (!whole) options.onAbandoned()
    }
  }

  return {
    push(chunk) {
      queue.push(chunk)
      size += chunk.length
      full ||= size >= options.maxBytes
      wake?.()
      return full
    },
    end() {
      ended ??= {}
      wake?.()
    },
    fail(error) {
      ended ??= { error }
      wake?.()
    },
    bytes: { [Symbol.asyncIterator]: read },
  }
}
