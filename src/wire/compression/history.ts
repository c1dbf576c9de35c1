import type { SharedPast } from './codec.js'

/**
 * The end of all text said in one direction of an exchange, which the next text frame is compressed against.
 * `dictionary` gives its last bytes, up to the window.
 */
export interface History extends SharedPast {
  append(payload: Uint8Array): void
}

/**
 * Makes a history that begins with the shipped dictionary and slides over it. Its bytes lie in one buffer
 * with room at the end, and move to the front only when that room is used up: every byte is copied about
 * twice, however small the payloads.
 */
export function createHistory(shipped: Uint8Array, windowBytes: number): History {
  let bytes = shipped.slice(-windowBytes)
  let end = bytes.length

  const start = (): number => Math.max(0, end - windowBytes)

  return {
    dictionary: () => bytes.subarray(start(), end),

    append(payload) {
      const added = payload.subarray(Math.max(0, payload.length - windowBytes))
      if (end + added.length > bytes.length) {
        const kept = bytes.subarray(start(), end)
        const wanted = Math.min(2 * windowBytes, Math.max(2 * bytes.length, kept.length + added.length))
        if (wanted > bytes.length) {
          const grown = new Uint8Array(wanted)
          grown.set(kept)
          bytes = grown
        } else bytes.set(kept)
        end = kept.length
      }
      bytes.set(added, end)
      end += added.length
    },
  }
}
