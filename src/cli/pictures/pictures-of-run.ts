import type { PictureFate } from '../../replica/submission/submission.js'
import type { Config } from '../../settings/config.js'
import type { PictureSettings } from '../../sync/submission/pictures.js'
import { ownProgram } from '../apart/own-call.js'
import type { CommandContext } from '../command-context.js'
import { mostPixelsOf, pictureSettings } from './picture-settings.js'

/** A picture of 50 million pixels takes a small computer some ten seconds. */
const timeoutMs = 60_000

/** What a run on a link does to pictures that are sent. */
export function picturesOf(
  { self }: Pick<CommandContext, 'self'>,
  config: Config,
  link: string,
  onShrunk: (fates: readonly PictureFate[]) => void,
): PictureSettings {
  const { keepDetails: details } = config.values(pictureSettings)
  return {
    mostPixels: (mail) => mostPixelsOf(config, link, mail),
    shrink: async (...given) => {
      // Loaded when there is a picture.
      const { shrinkApart } = await import('../../pictures/shrink-apart.js')
      return shrinkApart({ argv: ownProgram(self, 'picture'), details, timeoutMs })(...given)
    },
    onShrunk,
  }
}
