import { slowBitsPerSecond } from '../../link/line/line-rate.js'
import { linkProfile } from '../../link/profile/link-profile.js'
import type { Config } from '../../settings/config.js'
import { oneOf } from '../../settings/kind.js'
import { gistKind, type Limit } from '../../sync/policy/rules.js'

/** Whether pages are read by their texts. */
export const gistWords = oneOf('auto', 'always', 'never')

export type GistWord = 'auto' | 'always' | 'never'

/** A smaller page costs little more than its text. */
const pageBytes = 1024

/** What such a word says on a link: with `auto`, what is said of the link's rate decides. */
export function gistLimitOf(config: Config, link: string, word: GistWord): Limit {
  return { what: gistKind, upToBytes: isOn(config, link, word) ? pageBytes : Number.POSITIVE_INFINITY }
}

function isOn(config: Config, link: string, word: GistWord): boolean {
  if (word !== 'auto') return word === 'always'
  const { rate = Number.POSITIVE_INFINITY, limitRate = Number.POSITIVE_INFINITY } = linkProfile(config, link)
  return Math.min(rate, limitRate) < slowBitsPerSecond
}
