import type { ByteSource } from '../../bytes/source.js'
import { readExactly } from '../../mime/lines.js'
import { type FoundPicture, findPictures, sealOf } from '../../mime/pictures/find-pictures.js'
import { replaceParts } from '../../mime/pictures/replace-parts.js'
import { partSource } from '../../mime/read-part.js'
import { splitMessage } from '../../mime/split.js'
import type { PictureFate } from '../../replica/submission/submission.js'
import type { Account } from '../account.js'
import type { PictureSettings } from './pictures.js'
import type { SpooledMail } from './spool.js'

/** A mail as it goes, and what became of its pictures. */
export interface ShrunkMail {
  readonly source: ByteSource
  readonly fates: readonly PictureFate[]
}

/** Larger files are no photographs, and would be held in memory. */
const mostPictureBytes = 64 * 1024 * 1024
const mostPictures = 100

/**
 * Makes the pictures of a mail smaller where its settings ask for that and nothing forbids it; all other
 * bytes stay. What can't be made smaller goes as it is, with the reason: no mail is kept back for a picture.
 */
export async function shrinkPictures(
  { createHash }: Pick<Account, 'createHash'>,
  settings: PictureSettings | undefined,
  mail: SpooledMail,
  source: ByteSource,
  signal?: AbortSignal,
): Promise<ShrunkMail> {
  const mostPixels = mail.asIs ? undefined : settings?.mostPixels(mail)
  if (!settings || mostPixels === undefined) return { source, fates: [] }
  const skeleton = await splitMessage(source, { createHash, ...(signal && { signal }) })
  const found = findPictures(skeleton)
  if (found.length === 0) return { source, fates: [] }
  const seal = await sealOf(source, skeleton)
  const fresh = new Map<number, Uint8Array>()
  const fates: PictureFate[] = []
  const shrinkOne = async (picture: ByteSource): ReturnType<PictureSettings['shrink']> => {
    if (picture.size > mostPictureBytes) return 'too-large'
    const made = await settings.shrink(await readExactly(picture, 0, picture.size), mostPixels, signal)
    return typeof made !== 'string' && made.length >= picture.size ? 'no-gain' : made
  }
  /** After that no other one of this mail is tried. */
  let given: PictureFate['why']
  for (const [index, picture] of found.entries()) {
    signal?.throwIfAborted()
    const refused = seal ?? given ?? (index < mostPictures ? undefined : 'too-many')
    const made = refused ?? (await shrinkOne(partSource(source, skeleton, picture.part)))
    if (made === 'small') continue
    if (made === 'no-library' || made === 'too-slow') given = made
    if (typeof made === 'string') fates.push({ ...before(picture), afterBytes: picture.sizeBytes, why: made })
    else {
      fresh.set(picture.part, made)
      fates.push({ ...before(picture), afterBytes: made.length })
    }
  }
  // Whoever breaks a run off may have ended what was under way: that is no reason to send it as it is.
  signal?.throwIfAborted()
  settings.onShrunk?.(fates)
  return { source: await replaceParts(source, skeleton, fresh), fates }
}

const before = ({ name, sizeBytes }: FoundPicture) => ({ name, beforeBytes: sizeBytes })
