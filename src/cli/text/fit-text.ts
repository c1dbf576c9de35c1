import { textWidth } from './text-width.js'

/**
 * A text that takes at most so many columns, with an ellipsis where something is left out. (cli-truncate 5 gives a column too many
 * where a wide letter stands at the edge, and a terminal that wraps tears the display.)
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
