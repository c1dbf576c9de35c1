import { toHex } from '../../bytes/hex.js'
import type { Guid } from '../model.js'

/** Hands out GUIDs: see `guidSource`. */
export type NextGuid = () => Guid

/** GUIDs that follow each other sooner than this are of one row: a mail store that is read for the first time. */
const rowMs = 10_000

/**
 * A source of GUIDs: 6 bytes of time (ms), 4 bytes of the replica's id, 6 random bytes. Within a run of GUIDs
 * the time stays that of the first, and the random bytes count up instead of being drawn again: a batch of
 * new messages gets neighbouring GUIDs, which compress to almost nothing on the line. Each run, and each
 * start of the program, begins with fresh random bits, so nothing has to be remembered, and a replica
 * restored from a backup does not repeat itself. A clock that stands still or runs backwards makes GUIDs less
 * sortable, never equal.
 */
export function guidSource(options: {
  readonly replicaId: Guid
  readonly now: () => number
  readonly randomBytes: (size: number) => Uint8Array
}): NextGuid {
  const replica = options.replicaId.slice(0, 8)
  let time = -1
  let last = 0
  let low = 0
  return () => {
    const now = Math.max(0, Math.floor(options.now())) % 2 ** 48
    low += 1
    const inRow = time >= 0 && Math.abs(now - last) < rowMs && low < 2 ** 48
    last = now
    if (!inRow) {
      time = now
      low = Number.parseInt(toHex(options.randomBytes(6)), 16)
    }
    return time.toString(16).padStart(12, '0') + replica + low.toString(16).padStart(12, '0')
  }
}

/** A GUID of 128 random bits, for things that are made once: replicas. */
export function randomGuid(randomBytes: (size: number) => Uint8Array): Guid {
  return toHex(randomBytes(16))
}
