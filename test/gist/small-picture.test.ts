import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crc32 } from 'node:zlib'
import sharp from 'sharp'
import { ownProgram } from '../../src/cli/apart/own-call.js'
import { gistApart } from '../../src/gist/gist-apart.js'
import { smallPictureBytes, smallPictureText } from '../../src/mime/stand-in/small-picture.js'

const own = gistApart({ argv: ownProgram([process.execPath, 'bin/packetboat'], 'gist'), timeoutMs: 600_000 })

const noise = (width: number, height: number, sigma = 60) =>
  sharp({
    create: { width, height, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma } },
  })

/** A PNG file that says that it is so large, and has nothing in it. */
function hugePng(pixels: number): Buffer {
  const chunk = (type: string, bytes: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type), bytes])
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(bytes.length)
    check.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, check])
  }
  const head = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0])
  head.writeUInt32BE(pixels, 0)
  head.writeUInt32BE(pixels, 4)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', Buffer.alloc(50)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

describe('the small picture of a large one', () => {
  it('has 200 pixels, stands upright, and says nothing of a camera', async () => {
    const photo = await noise(1200, 800, 4).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const text = (await own('images', photo)) ?? ''
    assert.equal(smallPictureText(text), text)
    const about = await sharp(Buffer.from(text, 'base64')).metadata()
    assert.deepEqual([about.format, about.width, about.height, about.exif], ['webp', 133, 200, undefined])
  })

  for (const [what, make] of [
    ['noise', () => noise(3000, 2000).png().toBuffer()],
    ['a long line', () => noise(16_000, 4).jpeg().toBuffer()],
    ['a dot', () => noise(1, 1).webp().toBuffer()],
  ] as const)
    it(`takes no more than 3 kB of ${what}`, async () => {
      const text = (await own('images', await make())) ?? ''
      assert.ok(text.length > 0 && Buffer.from(text, 'base64').length <= smallPictureBytes)
      assert.equal(smallPictureText(text), text)
    })

  for (const [what, make] of [
    ['50,000 by 50,000 pixels', async () => hugePng(50_000)],
    ['9,000 by 9,000 pixels without one', async () => hugePng(9000)],
    [
      'a drawing',
      async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><rect width="9" height="9"/></svg>'),
    ],
    ['half a picture', async () => (await noise(900, 900).png().toBuffer()).subarray(0, 9000)],
    ['nothing', async () => Buffer.alloc(0)],
    ['bytes', async () => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(9000, 0xab)])],
  ] as const)
    it(`is none of ${what}`, async () => assert.equal(await own('images', await make()), ''))
})
