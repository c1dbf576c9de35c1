import { firstText, pageBeside } from '../../mime/first-text.js'
import type { Outline } from '../../mime/outline.js'
import { fileKind } from '../../mime/stand-in/file-kind.js'
import { fileGistBytes, gistBytes, gistTypes } from '../../mime/stand-in/gist-text.js'
import { smallPictureBytes } from '../../mime/stand-in/small-picture.js'
import { mostGistedBytes } from './policy.js'

/** What is smaller costs little more than its gist. */
export const leastGistedBytes = 1024

/** In base64. */
const pictureTextBytes = Math.ceil(smallPictureBytes / 3) * 4

/** Parts of a message of which somebody can ask for a gist, whatever the rules say, and what that takes at the most: the text that is read first, and files. */
export function gistSizes(outline: Outline): ReadonlyMap<number, number> {
  const texts = firstText(outline).map((text) => pageBeside(outline, text) ?? text)
  const sizes = new Map<number, number>()
  for (const [part, about] of outline.parts.entries()) {
    const { type, size } = about
    if (size <= leastGistedBytes) continue
    const kind = fileKind(about)
    if (gistTypes.includes(type)) {
      if (texts.includes(part)) sizes.set(part, Math.min(size, gistBytes))
    } else if (kind && size <= mostGistedBytes)
      sizes.set(part, Math.min(size, kind === 'images' ? pictureTextBytes : fileGistBytes))
  }
  return sizes
}
