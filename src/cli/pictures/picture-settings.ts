import type { Config } from '../../settings/config.js'
import { truth } from '../../settings/kind.js'
import { section, setting } from '../../settings/section.js'
import { matchesGlob } from '../../sync/policy/glob.js'
import type { SpooledMail } from '../../sync/submission/spool.js'
import { readLinkSetting } from '../settings/link-come-settings.js'
import { ruleSettings, type WrittenRule } from '../settings/rule-settings.js'
import { pixels } from './pixels.js'

/** What becomes of pictures in mail that is sent. */
export const pictureSettings = section({
  table: '',
  side: 'client',
  about: 'Pictures in mail that you send',
  settings: {
    shrink: setting(pixels, {
      default: 0,
      example: '"1024px"',
      help: 'Make photographs (JPEG, PNG, WebP) in mail that you send smaller, so that neither side is longer than this. Not in signed or encrypted mail, nor with packetboat sendmail --as-is',
    }),
    keepDetails: setting(truth, {
      default: false,
      help: 'Keep what the camera noted (place, time, model) in pictures that are made smaller',
    }),
  },
})

/** The longest side that pictures of a mail may have on a link; undefined where they go as they are. The last that says anything decides. */
export function mostPixelsOf(config: Config, link: string, mail: SpooledMail): number | undefined {
  const { said } = readLinkSetting(config, link, 'shrink')
  const ruled = [...config.named(ruleSettings).values()].findLast(
    (rule) => rule.shrink !== undefined && appliesTo(rule, link, mail),
  )
  const side = ruled?.shrink ?? said ?? config.values(pictureSettings).shrink
  return side === 0 ? undefined : side
}

/** Mail that is sent lies in no mailbox and has no age. */
function appliesTo(
  { mailboxes, olderThan, from, to, largerThan = -1, links }: WrittenRule,
  link: string,
  { envelope, sizeBytes }: SpooledMail,
): boolean {
  const fits = (patterns: readonly string[] | undefined, addresses: readonly string[]): boolean =>
    !patterns || patterns.some((pattern) => addresses.some((address) => matchesGlob(pattern, address)))
  return (
    mailboxes === undefined &&
    olderThan === undefined &&
    fits(from, [envelope.from]) &&
    fits(to, envelope.recipients) &&
    sizeBytes > largerThan &&
    (!links || links.includes(link))
  )
}
