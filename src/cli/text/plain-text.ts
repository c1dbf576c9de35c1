/**
 * Characters that a terminal would obey or that would mislead a reader: C0, DEL, C1 (ECMA-48), the marks that
 * turn the direction of text (UAX #9), halves of a surrogate pair.
 */
const obeyed = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\p{Cs}]/gu
const lineEnds = /[\n\v\f\r\u0085\u2028\u2029]+/g

/** A line for a person: what others wrote stands in it as text and nothing else, and stays on its line. */
export function plainText(text: string): string {
  return text.replace(lineEnds, ' ').replace(obeyed, (sign) => (sign === '\t' ? ' ' : '\ufffd'))
}

/** An object as one line of JSON. It says what was there, and shown on a terminal does nothing. */
export function plainJson(value: object): string {
  return JSON.stringify(value).replace(lineEnds, escaped).replace(obeyed, escaped)
}

const escaped = (signs: string): string =>
  [...signs].map((sign) => `\\u${(sign.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`).join('')
