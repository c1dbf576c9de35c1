import type { PictureFate } from '../../replica/submission/submission.js'
import type { SpooledMail } from './spool.js'

/** What makes pictures smaller, where somebody wants that: filled by `src/pictures`. */
export interface PictureSettings {
  /** The longest side that pictures of a mail may have, in pixels. Undefined: they go as they are. */
  mostPixels(mail: SpooledMail): number | undefined
  readonly shrink: ShrinkPicture
  /** Hears of a mail's pictures, once each has been made smaller or stays as it is. */
  readonly onShrunk?: (fates: readonly PictureFate[]) => void
}

/** The same picture with less in it, in the same format; or why it isn't made smaller. `small`: it has no more pixels than that. */
export type ShrinkPicture = (
  picture: Uint8Array,
  mostPixels: number,
  signal?: AbortSignal,
) => Promise<Uint8Array | Exclude<PictureFate['why'], undefined> | 'small'>
