import { textWidth } from './text-width.js'

/**
 * Shortens a text to at most this many columns, with an ellipsis where something is left out. (cli-truncate 5
 * gives one column too many when a wide letter stands at the edge; the terminal then wraps and tears the
 * display.)
 */
export function fitText(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text
  const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  let fitting = ''
  let width = 1
  for (const { segment } of graphemes.segment(text)) {
    width += textWidth(segment)
    if (width > columns) break
    fitting += segment
  }
  return columns < 1 ? '' : `${fitting}…`
}
