import { slowBitsPerSecond } from '../../link/line/line-rate.js'
import { linkProfile } from '../../link/profile/link-profile.js'
import type { Config } from '../../settings/config.js'
import { InvalidValue } from '../../settings/invalid-value.js'
import { type Kind, size, texts } from '../../settings/kind.js'
import { nearestName } from '../../settings/nearest-name.js'
import { leastGistedBytes } from '../../sync/policy/gist-sizes.js'
import { gistKind, gistKinds, gistOfKind, type Limit, type WantedGist } from '../../sync/policy/rules.js'

/** For which parts gists are wanted: of all kinds, or of one. */
export interface GistWish {
  readonly kind?: WantedGist
  readonly word: (typeof words)[number]
  /** Only for parts larger than this. */
  readonly aboveBytes?: number
}

const words = ['auto', 'always', 'never'] as const

const what = `one of ${words.join(', ')}, or a list like ["auto", "html > 8k", "archives never"], of ${gistKinds.join(', ')}`

/** What is read by its gist, in words: the last that fits a part decides. */
export const gistWords: Kind<readonly GistWish[]> = {
  what,
  label: `${words.map((word) => `"${word}"`).join(' or ')}, or a list by kind`,
  read: (value, place) =>
    typeof value === 'string'
      ? [readWish(value, [])]
      : texts.read(value, place).map((each, index) => readWish(each, [index])),
  print: (wishes) => {
    const printed = wishes.map(printWish)
    const [only] = printed
    return only !== undefined && printed.length === 1 && !only.includes(' ')
      ? JSON.stringify(only)
      : texts.print(printed)
  },
  choices: words,
}

function readWish(text: string, path: readonly number[]): GistWish {
  const [all, general, named = '', special, above] =
    /^\s*(?:(auto|always|never)|(\S+)\s*(?:\s(auto|always|never)|>\s*(\S.*?)))\s*$/.exec(text) ?? []
  const kind = gistKinds.find((each) => each === named)
  const at = path.length > 0 ? { path } : {}
  if (all === undefined || (general === undefined && kind === undefined)) {
    const meant = nearestName(named || text, [...words, ...gistKinds])
    throw new InvalidValue(what, { ...at, ...(meant !== undefined && { meant }) })
  }
  const wish = { ...(kind && { kind }), word: words.find((each) => each === (general ?? special)) ?? 'auto' }
  if (above === undefined) return wish
  try {
    return { ...wish, aboveBytes: size.read(above, { resolve: (path) => path }) }
  } catch (error) {
    if (!(error instanceof InvalidValue)) throw error
    throw new InvalidValue(error.message, at)
  }
}

function printWish({ kind, word, aboveBytes }: GistWish): string {
  if (kind === undefined) return word
  return aboveBytes === undefined ? `${kind} ${word}` : `${kind} > ${JSON.parse(size.print(aboveBytes))}`
}

/** What such words say on a link: with `auto`, what is said of the link's rate decides. Without those that a later one goes before. */
export function gistLimitsOf(config: Config, link: string, wishes: readonly GistWish[]): Limit[] {
  const last = wishes.findLastIndex(({ kind }) => kind === undefined)
  return wishes.slice(Math.max(0, last)).map(({ kind, word, aboveBytes = leastGistedBytes }) => ({
    what: kind === undefined ? gistKind : gistOfKind(kind),
    upToBytes: isOn(config, link, word) ? aboveBytes : Number.POSITIVE_INFINITY,
  }))
}

function isOn(config: Config, link: string, word: GistWish['word']): boolean {
  if (word !== 'auto') return word === 'always'
  const { rate = Number.POSITIVE_INFINITY, limitRate = Number.POSITIVE_INFINITY } = linkProfile(config, link)
  return Math.min(rate, limitRate) < slowBitsPerSecond
}
