import { textWidth } from './text-width.js'

/**
 * Wraps a line so that a terminal need not: between words, the later lines indented by two more than the
 * first. A line with no place to break stays as long as it is.
 */
export function wrapLine(text: string, columns: number): string[] {
  if (textWidth(text) <= columns) return [text]
  const indent = /^ */.exec(text)?.[0] ?? ''
  const lines: string[] = []
  let line = indent
  for (const [, gap = '', word = ''] of text.slice(indent.length).matchAll(/( *)([^ ]+)/g)) {
    if (line.trim() !== '' && textWidth(line + gap + word) > columns) {
      lines.push(line)
      line = `${indent}  ${word}`
    } else line += gap + word
  }
  return [...lines, line]
}
