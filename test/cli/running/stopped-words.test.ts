import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTally } from '../../../src/cli/sync-run/run-tally.js'
import { stoppedWords } from '../../../src/cli/sync-run/run-words.js'
import { PacketboatError } from '../../../src/errors/packetboat-error.js'

const link = {
  name: 'default',
  interfaces: [],
  rate: undefined,
  rateUp: undefined,
  latencyMs: undefined,
  price: undefined,
  billingStep: undefined,
  limitRate: undefined,
  connectTimeoutMs: 1000,
  stallTimeoutMs: 1000,
  giveUpAfterMs: 1000,
}

test('a run that stopped says what is kept of what came: all of it, but where the disk took no more', () => {
  for (const [code, kept] of [
    ['LINK_FAILED', 'Everything that came is kept.'],
    ['PROTOCOL', 'Everything that came is kept.'],
    ['DISK_FULL', 'What was written by then is kept, and the rest comes again.'],
    ['READ_ONLY', 'What was written by then is kept, and the rest comes again.'],
    ['STORE_CORRUPT', 'What was written by then is kept, and the rest comes again.'],
  ] as const) {
    const words = stoppedWords(createTally(Date.now(), link), new PacketboatError(code, 'It stopped.', ''))
    assert.ok(words.startsWith('Before it stopped: nothing new. '), words)
    assert.ok(words.endsWith(` ${kept}`), words)
  }
})
