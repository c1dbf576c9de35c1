import { isReadable, mostArea, openLibrary } from '../pictures/open-picture.js'

/** Tried from the finest on; the first that is small enough is taken. */
const attempts = [
  { pixels: 200, quality: 50 },
  { pixels: 200, quality: 25 },
  { pixels: 120, quality: 25 },
  { pixels: 60, quality: 25 },
] as const

/**
 * A picture of no more than this many bytes, upright, in WebP, without a camera's metadata; in base64.
 * Undefined when the library isn't installed; throws the library's errors for a picture that it can't read.
 */
export async function smallPicture(picture: Buffer, mostBytes: number): Promise<string | undefined> {
  const library = await openLibrary()
  if (!library) return undefined
  if (!isReadable(picture)) throw new Error('no such picture')
  for (const { pixels, quality } of attempts) {
    const small = await library(picture, {
      limitInputPixels: mostArea,
      sequentialRead: true,
      failOn: 'warning',
    })
      .autoOrient()
      .resize({ width: pixels, height: pixels, fit: 'inside', withoutEnlargement: true })
      .toColourspace('srgb')
      .webp({ quality, effort: 6 })
      .toBuffer()
    if (small.length <= mostBytes) return small.toString('base64')
  }
  return ''
}
