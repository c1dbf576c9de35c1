import stringWidth from 'string-width'

const ascii = /^[ -~]*$/

/** The columns that a text takes on a terminal. */
export function textWidth(text: string): number {
  return ascii.test(text) ? text.length : stringWidth(text)
}
