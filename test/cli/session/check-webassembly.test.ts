import assert from 'node:assert/strict'
import { it } from 'node:test'
import { checkWebAssembly } from '../../../src/cli/session/check-webassembly.js'
import { PacketboatError } from '../../../src/errors/packetboat-error.js'

it('a limit that leaves WebAssembly no memory is said before anything is tried with it', (test) => {
  checkWebAssembly()
  test.mock.method(WebAssembly, 'Memory', () => {
    throw new RangeError('WebAssembly.Memory(): could not allocate memory')
  })
  assert.throws(checkWebAssembly, (error) => error instanceof PacketboatError && error.code === 'CONFIG')
})
