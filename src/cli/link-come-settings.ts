import { linkSettings } from '../link/line-settings.js'
import type { Config } from '../settings/config.js'
import { section, setting } from '../settings/section.js'
import type { Limit } from '../sync/rules.js'
import { comeWords } from './come-words.js'

const never = (what: string): Limit => ({ what, upToBytes: 0 })
const upTo = (what: string, upToBytes: number): Limit => ({ what, upToBytes })

/** What comes at once on a link. Where plain text says the same, HTML waits on slow ones. */
export const linkComeSettings = section({
  table: 'link',
  keyed: { name: 'NAME', example: 'boat' },
  side: 'client',
  about: 'What comes at once on this link',
  settings: {
    come: setting(comeWords, {
      example: '["html never", "attachments <= 8k"]',
      help: 'As above, on this link',
    }),
  },
  builtIn: {
    hf: { come: [upTo('text', 16_000), never('html'), never('attachments')] },
    iridium: { come: [never('html'), upTo('attachments', 8000)] },
    gsm: { come: [never('html'), upTo('attachments', 32_000)] },
    modem: { come: [never('html')] },
  },
})

/** What somebody has said for a link, and what goes for such links unless somebody says otherwise. */
export function comeOnLink(
  config: Config,
  name: string,
): { readonly said: readonly Limit[]; readonly usual: readonly Limit[] } {
  const builtIn = (key: string | undefined): readonly Limit[] | undefined =>
    key !== undefined && Object.hasOwn(linkComeSettings.builtIn ?? {}, key)
      ? linkComeSettings.builtIn?.[key]?.come
      : undefined
  const like = config.named(linkSettings).get(name)?.like
  return {
    said: config.named(linkComeSettings).get(name)?.come ?? [],
    usual: builtIn(name) ?? builtIn(like) ?? [],
  }
}
