import type { Sharp, SharpOptions } from 'sharp'
import { ifInstalled } from '../apart/if-installed.js'

/** What a picture may have: width times height. Cameras of telephones go up to 200 million and give 12 to 50. */
export const mostArea = 100e6

export type Library = (input: Uint8Array, options: SharpOptions) => Sharp

/** Decides by the first bytes. The library would read more formats, but no camera writes them. */
export function isReadable(picture: Uint8Array): boolean {
  const hex = Buffer.from(picture.subarray(0, 12)).toString('hex')
  return /^(?:ffd8ff|89504e470d0a1a0a|52494646.{8}57454250)/.test(hex)
}

/** Undefined where it isn't installed. */
export function openLibrary(): Promise<Library | undefined> {
  return ifInstalled(async () => {
    const { default: sharp } = await import('sharp')
    sharp.cache(false)
    sharp.concurrency(1)
    return sharp
  })
}
