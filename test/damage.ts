import assert from 'node:assert/strict'
import fc from 'fast-check'
import { hasCode } from '../src/errors/packetboat-error.js'

/** Whatever becomes of these bytes, they are read, or refused with PROTOCOL. */
export function survivesDamage(
  whole: Uint8Array,
  read: (bytes: Uint8Array) => unknown,
  { seed, numRuns }: { readonly seed: number; readonly numRuns: number },
): void {
  const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 })
  fc.assert(
    fc.property(edits, fc.nat(whole.length), (changes, length) => {
      const bytes = whole.slice(0, length)
      for (const [at, value] of changes) bytes[at % (length || 1)] = value
      try {
        read(bytes)
      } catch (error) {
        assert.ok(hasCode(error, 'PROTOCOL'), String(error))
      }
    }),
    { seed, numRuns },
  )
}
