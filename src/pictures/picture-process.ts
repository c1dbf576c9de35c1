import { totalmem } from 'node:os'
import type { Metadata, Sharp } from 'sharp'
import { liveApart, readInput, writeOutput } from '../apart/apart-process.js'
import type { Answer } from './answer.js'
import { isReadable, mostArea, openLibrary } from './open-picture.js'

/** What runs in a process of its own, since the bytes are anybody's and the library is native code. */

/** What a pixel of the longest kind takes, and the program around it: more is a picture that was made to fill the memory. */
const mostResidentBytes = Math.min(768 * 1024 * 1024, totalmem() / 2)

/** When the process ends by itself, in ms: its parent stopped waiting long before. */
const mostMs = 180_000

/** Read `mostPixels` and `details` off the arguments, the picture off the standard input; writes an answer (`answer.ts`). */
export async function runPictureProcess(args: readonly string[]): Promise<void> {
  liveApart(mostMs)
  const watch = setInterval(() => {
    // The work is in other threads, so this one is free to look.
    if (process.memoryUsage.rss() > mostResidentBytes) void say('too-large').then(() => process.exit(0))
  }, 20)
  const [mostPixels = '', details = ''] = args
  const made = await shrink(await readInput(), Number(mostPixels), details === 'details')
  await (typeof made === 'string' ? say(made) : say('made', made))
  clearInterval(watch)
  process.exit(0)
}

function say(answer: Answer, bytes: Uint8Array = new Uint8Array()): Promise<void> {
  return writeOutput(Buffer.from(`${answer}\n`), bytes)
}

const formats: readonly string[] = ['jpeg', 'png', 'webp']

async function shrink(
  picture: Uint8Array,
  mostPixels: number,
  details: boolean,
): Promise<Answer | Uint8Array> {
  const library = await openLibrary()
  if (!library) return 'no-library'
  if (!isReadable(picture)) return 'format'
  const open = (): Sharp =>
    library(picture, { limitInputPixels: mostArea, sequentialRead: true, failOn: 'warning' })
  try {
    const about = await open().metadata()
    const { format, width, height, pages = 1 } = about
    if (!formats.includes(format)) return 'format'
    if (width * height > mostArea) return 'too-large'
    if (pages > 1) return 'animated'
    if (Math.max(width, height) <= mostPixels) return 'small'
    return await smaller(open(), about, mostPixels, details).toBuffer()
  } catch (error) {
    return /pixel limit|too large|memory/i.test((error as Error).message) ? 'too-large' : 'broken'
  }
}

/** The picture in the same format, upright, in sRGB with 8 bits, and without what the camera noted unless that is wanted. */
function smaller(picture: Sharp, { format }: Metadata, mostPixels: number, details: boolean): Sharp {
  const small = picture
    .autoOrient()
    .resize({ width: mostPixels, height: mostPixels, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
  const kept = details ? small.keepExif() : small
  if (format === 'png') return kept.png({ compressionLevel: 9, palette: true, quality: 90 })
  return format === 'webp' ? kept.webp({ quality: 75 }) : kept.jpeg({ quality: 75, mozjpeg: true })
}
