import type { Config } from '../../settings/config.js'
import type { CommandContext } from '../command-context.js'
import { pictureSettings } from '../pictures/picture-settings.js'
import { picturesOf } from '../pictures/pictures-of-run.js'
import { linkComeSettings } from '../settings/link-come-settings.js'
import { ruleSettings } from '../settings/rule-settings.js'
import type { Findings } from './findings.js'

/** A picture of a single pixel: a library that can read it says that it is small. */
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
  'base64',
)

/** Whether pictures can be made smaller, where somebody wants that. */
export async function checkPictures(
  found: Findings,
  context: Pick<CommandContext, 'self' | 'signal'>,
  config: Config,
): Promise<void> {
  const named = [...config.named(linkComeSettings).values(), ...config.named(ruleSettings).values()]
  const wanted = [config.values(pictureSettings).shrink, ...named.map(({ shrink = 0 }) => shrink)]
  const most = Math.max(...wanted)
  if (most === 0) return
  await found.attempt('pictures', async () => {
    const made = await picturesOf(context, config, '', () => undefined).shrink(pixel, most, context.signal)
    if (made === 'small') found.ok('pictures', 'Pictures in mail that you send can be made smaller.')
    else if (made === 'no-library')
      found.wrong(
        'pictures',
        'sharp, which makes pictures smaller, is not installed: they go as they are.',
        'Run sudo npm install --global sharp; with the Debian package, sudo npm install --global --prefix /usr sharp.',
      )
    else
      found.wrong(
        'pictures',
        'sharp is installed and makes no picture smaller: they go as they are.',
        'Install it once more, for this version of Node.',
      )
  })
}
