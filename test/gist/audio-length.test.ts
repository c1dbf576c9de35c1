import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ownProgram } from '../../src/cli/apart/own-call.js'
import { audioLength } from '../../src/gist/audio-length.js'
import { gistApart } from '../../src/gist/gist-apart.js'

const own = gistApart({ argv: ownProgram([process.execPath, 'bin/packetboat'], 'gist'), timeoutMs: 600_000 })

/** Of one channel with a byte a sample, as voicemail has it (RIFF: Microsoft's WAVE). */
function wav({
  seconds,
  said = seconds,
  rate = 8000,
}: {
  seconds: number
  said?: number
  rate?: number
}): Buffer {
  const header = Buffer.alloc(44)
  header.write('RIFF', 0, 'latin1')
  header.writeUInt32LE(36 + rate * said, 4)
  header.write('WAVEfmt ', 8, 'latin1')
  header.writeUInt32LE(16, 16)
  header.writeUInt16LE(1, 20)
  header.writeUInt16LE(1, 22)
  header.writeUInt32LE(rate, 24)
  header.writeUInt32LE(rate, 28)
  header.writeUInt16LE(1, 32)
  header.writeUInt16LE(8, 34)
  header.write('data', 36, 'latin1')
  header.writeUInt32LE(rate * said, 40)
  return Buffer.concat([header, Buffer.alloc(rate * seconds)])
}

/** Frames of 417 bytes at 128 kbit/s, 26 ms each, behind a title (ISO 11172-3; ID3v2.3). */
function mp3(frames: number, title: string): Buffer {
  const frame = Buffer.alloc(417)
  frame.set([0xff, 0xfb, 0x90, 0x00])
  const text = Buffer.concat([Buffer.from([0]), Buffer.from(title, 'latin1')])
  const size = (bytes: number): Buffer => Buffer.from([0, 0, bytes >> 7, bytes & 0x7f])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  const tag = Buffer.concat([Buffer.from('TIT2', 'latin1'), length, Buffer.alloc(2), text])
  const head = Buffer.concat([Buffer.from('ID3\x03\x00\x00', 'latin1'), size(tag.length)])
  return Buffer.concat([head, tag, ...Array.from({ length: frames }, () => frame)])
}

describe('what a recording says', () => {
  for (const [bytes, says] of [
    [wav({ seconds: 42 }), '42 s'],
    [wav({ seconds: 125 }), '2 min 5 s'],
    [wav({ seconds: 3780, rate: 100 }), '1 h 3 min'],
    [mp3(1000, 'Weather report'), 'Weather report\n26 s'],
  ] as const)
    it(`is its title and length: ${says.replace('\n', ', ')}`, async () =>
      assert.equal(await audioLength(bytes), says))

  it('is read by the program as it is built', async () =>
    assert.equal(await own('audio', wav({ seconds: 7 })), '7 s'))

  it('is nothing where it is no recording, or cut off', async () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('RIFF'),
      Buffer.alloc(9999, 7),
      wav({ seconds: 9 }).subarray(0, 20),
    ])
      assert.equal(await own('audio', bytes), '')
  })

  it('is short, whatever the file says of itself', async () => {
    for (const bytes of [wav({ seconds: 1, said: 500_000 }), mp3(50_000, 'x'.repeat(9000))]) {
      const text = await own('audio', bytes)
      assert.ok(text !== undefined && text.length < 10_000, text?.slice(0, 100))
    }
  })
})
