import { InvalidValue } from '../../settings/invalid-value.js'
import type { Kind } from '../../settings/kind.js'

const what = 'a number of pixels like "1024px", from 64 to 16384, or "never"'

/** The longest side of a picture; 0 is no limit. */
export const pixels: Kind<number> = {
  what,
  label: 'pixels',
  read: (value) => {
    if (value === 'never') return 0
    const [, digits] = /^\s*(\d{1,5})\s*(?:px|pixels?)?\s*$/i.exec(String(value)) ?? []
    const side = Number(digits)
    if (!['string', 'number'].includes(typeof value) || !(side >= 64 && side <= 16_384))
      throw new InvalidValue(what)
    return side
  },
  print: (side) => (side === 0 ? '"never"' : `"${side}px"`),
}
