import type { PictureFate, PictureReason } from '../../replica/submission/submission.js'
import { counted, formatBytes } from '../../told/sizes.js'

/** Why a picture goes as it is, as the end of a sentence. */
const reasons: Readonly<Record<PictureReason, string>> = {
  signed: 'the mail is signed or encrypted',
  'sent-on': 'the mail is sent on as it came',
  format: 'only JPEG, PNG and WebP can be made smaller',
  animated: 'it is animated',
  'too-large': 'it takes too much memory',
  'too-slow': 'it took too long',
  broken: "it can't be read",
  'no-gain': "it wouldn't be smaller",
  'too-many': 'the mail has too many pictures',
  'no-library': 'sharp is not installed: packetboat doctor says how to get it',
}

const isSmaller = ({ beforeBytes, afterBytes }: PictureFate): boolean => afterBytes < beforeBytes

/** One line for each picture of a mail. */
export function pictureLines(fates: readonly PictureFate[]): string[] {
  return fates.map((fate) => {
    const { name, beforeBytes, afterBytes, why } = fate
    const became = isSmaller(fate)
      ? `${formatBytes(afterBytes)} instead of ${formatBytes(beforeBytes)}`
      : `${formatBytes(beforeBytes)}, as it was${why ? `: ${reasons[why]}` : ''}`
    return `Picture: ${name === '' ? '(no name)' : name}: ${became}`
  })
}

/** What a run did to pictures in mail, for a person. Empty where there is nothing to say. */
export function pictureNews(fates: readonly PictureFate[]): string[] {
  const smaller = fates.filter(isSmaller)
  const kept = fates.filter((fate) => !isSmaller(fate))
  const sum = (of: 'beforeBytes' | 'afterBytes'): string =>
    formatBytes(smaller.reduce((total, fate) => total + fate[of], 0))
  const why = [...new Set(kept.flatMap((fate) => (fate.why ? [reasons[fate.why]] : [])))]
  return [
    ...(smaller.length > 0
      ? [
          `${counted(smaller.length, 'picture')} made smaller: ${sum('afterBytes')} instead of ${sum('beforeBytes')}.`,
        ]
      : []),
    ...(kept.length > 0 ? [`${counted(kept.length, 'picture')} not made smaller: ${why.join('; ')}.`] : []),
  ]
}

/** The same for scripts. */
export interface PictureCounts {
  readonly smaller: number
  readonly asTheyWere: number
  readonly beforeBytes: number
  readonly afterBytes: number
}

export function countPictures(fates: readonly PictureFate[]): PictureCounts {
  const smaller = fates.filter(isSmaller).length
  return {
    smaller,
    asTheyWere: fates.length - smaller,
    beforeBytes: fates.reduce((sum, each) => sum + each.beforeBytes, 0),
    afterBytes: fates.reduce((sum, each) => sum + each.afterBytes, 0),
  }
}
