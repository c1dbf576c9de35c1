import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { makePhotograph } from '../../fixtures/photograph.js'
import { ownProgram } from '../../src/cli/apart/own-call.js'
import { shrinkApart } from '../../src/pictures/shrink-apart.js'
import { binary } from '../world/process/program.js'

/** As a run starts it, of what is built. */
const argv = ownProgram([process.execPath, binary], 'picture')
const options = { argv, details: false, timeoutMs: 600_000 } as const
const shrink = shrinkApart(options)

async function smaller(picture: Uint8Array, mostPixels: number, details = false): Promise<Uint8Array> {
  const made = await shrinkApart({ ...options, details })(picture, mostPixels)
  assert.ok(typeof made !== 'string', `${String(made)}`)
  return made
}

/** RFC 2083 3.2, 4.1.1: a PNG that claims a size, in as few bytes. */
function pngOf(width: number, height: number, data: Buffer): Buffer {
  const chunk = (type: string, bytes: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), bytes])
    const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    size.writeUInt32BE(bytes.length)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([size, body, sum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2], 8)
  const signature = Buffer.from('89504e470d0a1a0a', 'hex')
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(data)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

describe('a picture that is made smaller', () => {
  for (const format of ['jpeg', 'png', 'webp'] as const)
    it(`stays ${format}, and has the side that was wanted`, async () => {
      const before = await makePhotograph({ width: 1600, height: 1200, format })
      const after = await smaller(before, 640)
      const { width, height, format: now } = await sharp(after).metadata()
      assert.deepEqual([now, width, height], [format, 640, 480])
      assert.ok(after.length < before.length / 4, `${after.length} of ${before.length}`)
    })

  it('is upright, and says neither where it was taken nor by what', async () => {
    const picture = { width: 1200, height: 800, orientation: 6, placed: true }
    const after = await smaller(await makePhotograph(picture), 600)
    const { width, height, orientation, exif } = await sharp(after).metadata()
    assert.deepEqual([width, height, orientation, exif], [400, 600, undefined, undefined])
  })

  it('keeps what the camera noted where that is wanted, and is upright all the same', async () => {
    const picture = { width: 1200, height: 800, orientation: 6, placed: true }
    const after = await smaller(await makePhotograph(picture), 600, true)
    const { width, height, orientation = 1, exif } = await sharp(after).metadata()
    assert.deepEqual([width, height, orientation], [400, 600, 1])
    assert.ok(exif?.includes('Packetboat'))
  })

  it('is of the same bytes each time', async () => {
    const picture = await makePhotograph({ width: 1200, height: 900 })
    assert.deepEqual(await smaller(picture, 500), await smaller(picture, 500))
  })

  it('comes in 8 bits and sRGB from CMYK and from 16 bits', async () => {
    const photograph = sharp(await makePhotograph({ width: 900, height: 600 }))
    for (const picture of [
      await photograph.clone().toColourspace('cmyk').jpeg().toBuffer(),
      await photograph.clone().toColourspace('rgb16').png().toBuffer(),
    ]) {
      const { space, depth, width } = await sharp(await smaller(picture, 300)).metadata()
      assert.deepEqual([space, depth, width], ['srgb', 'uchar', 300])
    }
  })
})

describe('a picture stays as it is', () => {
  const photograph = makePhotograph({ width: 1000, height: 800 })
  const cases: readonly [what: string, picture: () => Promise<Uint8Array>, said: string][] = [
    ['when it has no more pixels', () => photograph, 'small'],
    [
      'when it is cut off',
      async () => (await makePhotograph({ width: 2000, height: 900 })).subarray(0, 20_000),
      'broken',
    ],
    [
      'when it is nothing but its first bytes',
      async () => Buffer.from('ffd8ffe000104a464946', 'hex'),
      'broken',
    ],
    ['when it is empty', async () => Buffer.alloc(0), 'format'],
    [
      'when it is a drawing',
      async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9000" height="9000"/>'),
      'format',
    ],
    [
      'when it is HEIC',
      async () =>
        Buffer.concat([Buffer.from('0000001866747970', 'hex'), Buffer.from('heic'), Buffer.alloc(5000)]),
      'format',
    ],
    [
      'when it claims 60,000 x 60,000 pixels',
      async () => pngOf(60_000, 60_000, Buffer.alloc(1000)),
      'too-large',
    ],
    [
      'when it claims more than there can be',
      async () => pngOf(0x7fffffff, 0x7fffffff, Buffer.alloc(1000)),
      '(too-large|broken)',
    ],
    ['when it claims more than it has', async () => pngOf(9000, 9000, Buffer.alloc(1000)), 'broken'],
    [
      'when it is animated',
      async () => {
        const frame = { create: { width: 2000, height: 1000, channels: 3, background: '#a0c' } } as const
        const frames = await Promise.all(
          ['#a0c', '#0ca'].map((background) =>
            sharp({ create: { ...frame.create, background } })
              .png()
              .toBuffer(),
          ),
        )
        return sharp(frames, { join: { animated: true } })
          .webp({ loop: 0 })
          .toBuffer()
      },
      'animated',
    ],
  ]
  for (const [what, picture, said] of cases)
    it(`${what}: ${said}`, async () =>
      assert.match(String(await shrink(await picture(), 1024)), new RegExp(`^${said}$`)))

  it('when any of its bytes were changed, or comes out smaller', async () => {
    const picture = await makePhotograph({ width: 1300, height: 400 })
    for (let at = 100, step = 1; at < picture.length; at += step, step *= 4) {
      const changed = Buffer.from(picture)
      changed.fill(0xff, at, at + 30)
      const made = await shrink(changed, 1024)
      assert.ok(typeof made !== 'string' || made === 'broken' || made === 'small', `${at}: ${made}`)
    }
  })
})

describe('the process of a picture may do what it likes', () => {
  const script = (text: string) => {
    const timeoutMs = text === silent ? 300 : 600_000
    return shrinkApart({ argv: [process.execPath, '-e', text, '--'], details: false, timeoutMs })
  }
  const silent = 'setInterval(() => {}, 1000)'
  const cases: readonly [what: string, text: string, said: string][] = [
    ['crash', 'process.abort()', 'broken'],
    ['end without a word', 'process.exit(0)', 'broken'],
    ['say what nobody knows', 'console.log("perhaps")', 'broken'],
    [
      'fail after it has said that it did its work',
      'console.log("made\\nxx"); process.exitCode = 1',
      'broken',
    ],
    ['be killed for its memory', 'process.kill(process.pid, "SIGKILL")', 'too-large'],
    ['say nothing for ever', silent, 'too-slow'],
    ['write without an end', 'const f = () => process.stdout.write(Buffer.alloc(65536), f); f()', 'no-gain'],
  ]
  for (const [what, text, said] of cases)
    it(what, async () => assert.equal(await script(text)(Buffer.alloc(100_000), 1024), said))

  it('not be there', async () => {
    const none = shrinkApart({ argv: ['/nonexistent/node'], details: false, timeoutMs: 600_000 })
    assert.equal(await none(Buffer.alloc(10), 1024), 'no-library')
  })

  it('be stopped by whoever breaks the run off', async () => {
    const stop = new AbortController()
    const waiting = script(`${silent};`)(Buffer.alloc(10), 1024, stop.signal)
    stop.abort(new Error('enough'))
    await assert.rejects(waiting, /enough/)
  })
})
