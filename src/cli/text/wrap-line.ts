import { textWidth } from './text-width.js'

/**
 * A line as several that a terminal need not break: between words, the later ones indented by two more than the first. What has no
 * place to break stays as long as it is.
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
