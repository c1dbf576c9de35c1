import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTally } from '../../../src/cli/sync-run/run-tally.js'
import { stoppedWords } from '../../../src/cli/sync-run/run-words.js'
import { PacketboatError } from '../../../src/errors/packetboat-error.js'
import { someLink } from './some-link.js'

test('a run that stopped says what is kept of what came: all of it, but where the disk took no more', () => {
  for (const [code, kept] of [
    ['LINK_FAILED', 'Everything that came is kept.'],
    ['PROTOCOL', 'Everything that came is kept.'],
    ['DISK_FULL', 'What was written by then is kept, and the rest comes again.'],
    ['READ_ONLY', 'What was written by then is kept, and the rest comes again.'],
    ['STORE_CORRUPT', 'What was written by then is kept, and the rest comes again.'],
  ] as const) {
    const words = stoppedWords(
      createTally(Date.now(), someLink),
      new PacketboatError(code, 'It stopped.', ''),
    )
    assert.ok(words.startsWith('Before it stopped: nothing new. '), words)
    assert.ok(words.endsWith(` ${kept}`), words)
  }
})
