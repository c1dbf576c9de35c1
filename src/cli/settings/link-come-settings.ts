import { linkSettings } from '../../link/profile/line-settings.js'
import type { Config } from '../../settings/config.js'
import { size } from '../../settings/kind.js'
import { section, setting, type WrittenOf } from '../../settings/section.js'
import type { Limit } from '../../sync/policy/rules.js'
import { gistWords } from '../gist/gist-words.js'
import { pixels } from '../pictures/pixels.js'
import { comeWords } from './come-words.js'
import { keepWords } from './keep-words.js'

const never = (what: string): Limit => ({ what, upToBytes: 0 })
const upTo = (what: string, upToBytes: number): Limit => ({ what, upToBytes })

/** What comes at once on a link. Where plain text says the same, HTML waits on slow ones. */
export const linkComeSettings = section({
  table: 'link',
  keyed: { name: 'NAME', example: 'boat' },
  side: 'client',
  about: 'What to fetch at once on this link, and what becomes of pictures that you send over it',
  settings: {
    come: setting(comeWords, {
      example: '["html never", "attachments <= 8k"]',
      help: 'The same for this link',
    }),
    perMessage: setting(size, { example: '"64k"', help: 'The same for this link' }),
    keep: setting(keepWords, {
      example: '"14 days"',
      help: 'The same for this link. Older mail that is here stays here',
    }),
    gist: setting(gistWords, { example: '"always"', help: 'The same for this link' }),
    shrink: setting(pixels, { example: '"640px"', help: 'The same for this link' }),
  },
  builtIn: {
    hf: {
      come: [upTo('text', 16_000), never('html'), never('attachments'), upTo('structure', 8192)],
      perMessage: 32 * 1024,
    },
    iridium: {
      come: [never('html'), upTo('attachments', 8000), upTo('structure', 8192)],
      perMessage: 64 * 1024,
    },
    gsm: { come: [never('html'), upTo('attachments', 32_000)], perMessage: 256 * 1024 },
    modem: { come: [never('html')] },
  },
})

type OnLink = WrittenOf<typeof linkComeSettings.settings>

/** What somebody has said for a link, and what goes for such links unless somebody says otherwise. */
export function readLinkSetting<Name extends keyof OnLink>(
  config: Config,
  link: string,
  name: Name,
): { readonly said?: OnLink[Name]; readonly usual?: OnLink[Name] } {
  const builtIn = (key: string | undefined): OnLink[Name] | undefined =>
    key !== undefined && Object.hasOwn(linkComeSettings.builtIn ?? {}, key)
      ? linkComeSettings.builtIn?.[key]?.[name]
      : undefined
  const like = config.named(linkSettings).get(link)?.like
  const said = config.named(linkComeSettings).get(link)?.[name]
  const usual = builtIn(link) ?? builtIn(like)
  return { ...(said !== undefined && { said }), ...(usual !== undefined && { usual }) }
}
