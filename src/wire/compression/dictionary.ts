import { headerCommonplaces } from './dictionary-headers.js'
import { htmlCommonplaces } from './dictionary-html.js'
import { englishPhrases, foreignPhrases } from './dictionary-phrases.js'

/**
 * What every stream starts compressing against, so that the first frames of a short sync aren't the most
 * expensive. The last bytes are the cheapest to refer to, so what comes first in a stream (text) stands last.
 */
export function shippedDictionary(): Uint8Array {
  return new TextEncoder().encode(htmlCommonplaces + foreignPhrases + headerCommonplaces + englishPhrases)
}

/**
 * First 8 bytes of the SHA-256 of `shippedDictionary()`, hex. Two sides with different dictionaries can't
 * read each other's frames, so it belongs to the protocol's version. A test compares it with the text.
 */
export const shippedDictionaryName = '432a2a74e9aaa9fc'
