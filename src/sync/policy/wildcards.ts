/** What the characters of a pattern mean that aren't themselves. `*` is any number of any characters. */
export interface Wildcards {
  /** Exactly one character, whatever it is. */
  readonly one?: string
  /** The wildcard for any number of characters except `separator`. */
  readonly level?: string
  readonly separator?: string
}

/**
 * Whether the whole of a text matches a pattern. Both come from others, so there is no backtracking: each
 * character of the text is compared with all positions of the pattern at once, 32 to a step.
 */
export function matchesWildcards(
  pattern: readonly string[],
  text: readonly string[],
  wildcards: Wildcards,
): boolean {
  const { literals, any, level, one } = placesOf(pattern, wildcards)
  if (literals.length > text.length) return false
  const accepting = maskPerCharacter(literals, wildcards)
  /** A bit for each place in the pattern where the text may have come to. */
  const places = new Uint32Array(any.length)
  places[0] = 1
  let [low, high] = [0, 0]
  for (const character of text) {
    const accepts = accepting.get(character) ?? one
    const stays = character === wildcards.separator ? any : level
    const end = Math.min(high + 1, places.length - 1)
    let carry = 0
    for (let at = low; at <= end; at++) {
      const before = places[at] ?? 0
      const moved = before & (accepts[at] ?? 0)
      places[at] = (moved << 1) | carry | (before & (stays[at] ?? 0))
      carry = moved >>> 31
    }
    if ((places[high + 1] ?? 0) !== 0) high++
    while (low <= high && places[low] === 0) low++
    if (low > high) return false
  }
  return hasBit(places, literals.length)
}

interface Places {
  /** What has to stand in the text, in this order. */
  readonly literals: readonly string[]
  /** Places, between these, at which any character may stand besides. */
  readonly any: Uint32Array
  /** The same, and those at which any but the separator may. */
  readonly level: Uint32Array
  /** Places at which one character of any kind leads on. */
  readonly one: Uint32Array
}

function placesOf(pattern: readonly string[], wildcards: Wildcards): Places {
  const literals = pattern.filter((character) => character !== '*' && character !== wildcards.level)
  const masks = {
    any: emptyMask(literals.length),
    level: emptyMask(literals.length),
    one: emptyMask(literals.length),
  }
  let place = 0
  for (const character of pattern) {
    if (character === '*') setBit(masks.any, place)
    if (character === '*' || character === wildcards.level) setBit(masks.level, place)
    else {
      if (character === wildcards.one) setBit(masks.one, place)
      place++
    }
  }
  return { literals, ...masks }
}

/** For each character of the pattern, the states from which it leads on. */
function maskPerCharacter(literals: readonly string[], { one }: Wildcards): ReadonlyMap<string, Uint32Array> {
  const masks = new Map<string, Uint32Array>()
  literals.forEach((character, place) => {
    if (character === one) return
    const mask = masks.get(character) ?? emptyMask(literals.length)
    masks.set(character, mask)
    setBit(mask, place)
  })
  literals.forEach((character, place) => {
    if (character === one) for (const mask of masks.values()) setBit(mask, place)
  })
  return masks
}

/** A mask with a place before each of so many characters, and one behind the last. */
function emptyMask(characters: number): Uint32Array {
  return new Uint32Array((characters >> 5) + 1)
}

function setBit(mask: Uint32Array, place: number): void {
  mask[place >> 5] = (mask[place >> 5] ?? 0) | (1 << (place & 31))
}

function hasBit(mask: Uint32Array, place: number): boolean {
  return ((mask[place >> 5] ?? 0) & (1 << (place & 31))) !== 0
}
